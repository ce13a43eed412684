package no.marg.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.cdshooks.CardRules;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ten thousand damaged requests over HTTP: calls of hooks, operations, feedback and self-checks.
 * Whatever comes in, what goes out is a proper answer or a proper refusal, soon, and nothing of it
 * reaches a log.
 *
 * <p>The seed is printed; {@code -Dmarg.seed=} repeats a run, {@code -Dmarg.mutations=} sets how
 * many requests.
 */
@RunningMarg
class MutatedRequestsTest {
  private static final String MARK = "qcanaryq";
  private static final int CALLERS = 4;
  private static final int REQUESTS = Integer.getInteger("marg.mutations", 10_000);
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Set<Integer> REFUSALS = Set.of(400, 404, 405, 406, 412, 413, 415, 422);

  /** A refusal may name the resource it is about. */
  private static final Pattern REFERENCE = Pattern.compile("[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}");

  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/json;charset=utf-8",
          "application/json;charset=iso-8859-1",
          "application/json;charset=utf-16",
          "application/json;charset=nonsense",
          "application/fhir+json",
          "text/plain",
          "text/html",
          "application/x-www-form-urlencoded",
          "multipart/form-data",
          "*/*",
          "x");
  private static final List<String> OPERATIONS =
      List.of(
          "/fhir/$guideline-report",
          "/fhir/PlanDefinition/mm-order-sign/$apply",
          "/fhir/PlanDefinition/vrd-induction/$apply",
          "/fhir/PlanDefinition/mm-staging/$r5.apply",
          "/fhir/ActivityDefinition/nothing/$apply",
          "/fhir/Library/MMDiagnosis/$evaluate",
          "/fhir/Library/MMRelapse/$evaluate",
          "/fhir/Measure/mm-mgus-control/$evaluate-measure?periodStart=2026-01-01&periodEnd=2026-12-31",
          "/fhir/ValueSet/mm-egfr/$expand");

  @LocalServerPort private int port;

  /** A request that is well formed before it is damaged. */
  private record Base(String path, ObjectNode body) {}

  private final Map<Integer, Integer> statuses = new ConcurrentHashMap<>();
  private final Map<String, Map<Integer, Integer>> ofKind = new ConcurrentHashMap<>();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

  @Test
  @Conforms({"CH-5", "CH-39", "CH-55", "CH-91"})
  void everyRequestGetsAProperAnswer() throws Exception {
    long seed = Long.getLong("marg.seed", System.nanoTime());
    System.out.println("MutatedRequestsTest: -Dmarg.seed=" + seed);
    List<Base> bases = bases();
    try (LogTrap log = new LogTrap(MARK)) {
      ExecutorService pool = Executors.newFixedThreadPool(CALLERS);
      List<Callable<Void>> callers = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        Random random = new Random(seed + caller);
        callers.add(
            () -> {
              HttpClient http = HttpClient.newHttpClient();
              for (int i = 0; i < REQUESTS / CALLERS && wrong.size() < 30; i++) {
                one(http, random, bases);
              }
              return null;
            });
      }
      long start = System.nanoTime();
      for (Future<Void> done : pool.invokeAll(callers)) {
        done.get();
      }
      pool.shutdown();
      System.out.printf(
          "MutatedRequestsTest: %d requests in %d s, by status %s%n",
          statuses.values().stream().mapToInt(Integer::intValue).sum(),
          (System.nanoTime() - start) / 1_000_000_000,
          ofKind);
      String repeat = "-Dmarg.seed=" + seed + "\n" + String.join("\n", wrong);
      assertThat(wrong).as(repeat).isEmpty();
      assertThat(log.caught()).as("content in a log, -Dmarg.seed=" + seed).isEmpty();
      assertThat(log.errors()).as("failures that were logged, -Dmarg.seed=" + seed).isEmpty();
      assertThat(log.events()).as("lines that were read along").isPositive();
    }
    // Damage that is always refused would prove little.
    assertThat(statuses.get(200)).isGreaterThan(REQUESTS / 4);
    assertThat(statuses.get(400)).isGreaterThan(REQUESTS / 20);
    assertThat(ofKind).containsOnlyKeys("hook", "operation", "feedback", "self-check");
    for (Map<Integer, Integer> each : ofKind.values()) {
      // Feedback is seldom right after it was damaged, a self-check seldom refused.
      assertThat(each.getOrDefault(200, 0)).as(ofKind.toString()).isGreaterThan(REQUESTS / 1000);
      assertThat(each.getOrDefault(400, 0)).as(ofKind.toString()).isGreaterThan(REQUESTS / 2000);
    }
  }

  private void one(HttpClient http, Random random, List<Base> bases) {
    Base base = bases.get(random.nextInt(bases.size()));
    byte[] body = new Mutator(random, MARK).mutate(smaller(base.body(), random));
    String type = random.nextInt(12) == 0 ? TYPES.get(random.nextInt(TYPES.size())) : TYPES.get(0);
    if (base.path().startsWith("/fhir") && type.equals(TYPES.get(0))) {
      type = "application/fhir+json";
    }
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:" + port + base.path().replace("$", "%24")))
            .timeout(PATIENCE)
            .header("Content-Type", type)
            .header("Accept-Language", random.nextBoolean() ? "en" : "nb")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<String> answer =
          http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      statuses.merge(answer.statusCode(), 1, Integer::sum);
      ofKind
          .computeIfAbsent(kind(base), any -> new ConcurrentHashMap<>())
          .merge(answer.statusCode(), 1, Integer::sum);
      check(base, body, answer);
    } catch (AssertionError | IOException | RuntimeException e) {
      String sent = new String(body, StandardCharsets.UTF_8);
      wrong.add(base.path() + " " + type + " " + e + " for " + keep(sent, random));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String kind(Base base) {
    return base.path().startsWith("/fhir")
        ? "operation"
        : base.path().endsWith("/feedback")
            ? "feedback"
            : base.path().endsWith("$self-check") ? "self-check" : "hook";
  }

  /** The request is kept for a look; its name is told. */
  private static String keep(String sent, Random random) {
    try {
      Path file = Path.of("target", "abuse", Long.toHexString(random.nextLong()) + ".json");
      Files.createDirectories(file.getParent());
      return Files.writeString(file, sent).toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void check(Base base, byte[] sent, HttpResponse<String> answer) {
    int status = answer.statusCode();
    if (status == 200 && base.path().endsWith("/feedback")) {
      JsonNode receipt = strict(answer.body()).path("extension").path("no.marg.feedback");
      assertThat(receipt.propertyNames())
          .containsExactlyInAnyOrder("stored", "repeated", "unknownCards");
    } else if (status == 200 && base.path().endsWith("$self-check")) {
      ObjectNode checked = (ObjectNode) strict(answer.body());
      assertThat(checked.propertyNames()).contains("service", "statements", "milliseconds");
      // What looks like a code or a unit is shown there, and the mark looks like both.
      checked.remove(List.of("unknownCodes", "unitsRefused"));
      assertThat(REFERENCE.matcher(checked.toString()).replaceAll(""))
          .as("content in a self-check")
          .doesNotContainIgnoringCase(MARK);
    } else if (status == 200 && base.path().startsWith("/cds-services")) {
      // Of bytes the encoding of JSON is known by itself; a charset beside it says nothing.
      CardRules.check(JsonMapper.shared().readTree(sent), strict(answer.body()));
    } else if (status == 200) {
      assertThat(strict(answer.body()).has("resourceType")).isTrue();
    } else {
      assertThat(REFUSALS).as(answer.body()).contains(status);
      assertThat(strict(answer.body()).path("resourceType").asString(""))
          .as(answer.body())
          .isEqualTo("OperationOutcome");
      assertThat(REFERENCE.matcher(answer.body()).replaceAll(""))
          .as("content in a refusal")
          .doesNotContainIgnoringCase(MARK);
      assertThat(answer.body()).doesNotContain("no.marg.", "Exception", "\\tat ");
    }
  }

  private static JsonNode strict(String body) {
    try {
      return JsonMapper.builder()
          .enable(tools.jackson.core.StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build()
          .readTree(body);
    } catch (JacksonException e) {
      throw new AssertionError("not JSON: " + body, e);
    }
  }

  /** The request with a part of its resources, so that missing data are tried too. */
  private static ObjectNode smaller(ObjectNode body, Random random) {
    ObjectNode small = JsonMapper.shared().createObjectNode();
    body.properties().forEach(each -> small.set(each.getKey(), each.getValue()));
    if (body.get("prefetch") instanceof ObjectNode prefetch) {
      ObjectNode fewer = small.putObject("prefetch");
      prefetch
          .properties()
          .forEach(
              each -> {
                JsonNode value = each.getValue();
                fewer.set(each.getKey(), value.has("entry") ? sampled(value, random) : value);
              });
    } else if (body.get("parameter") instanceof ArrayNode parameters) {
      ArrayNode fewer = small.putArray("parameter");
      for (JsonNode parameter : parameters) {
        if (parameter.path("resource").has("entry")) {
          ObjectNode copy = JsonMapper.shared().createObjectNode();
          parameter.properties().forEach(each -> copy.set(each.getKey(), each.getValue()));
          copy.set("resource", sampled(parameter.get("resource"), random));
          fewer.add(copy);
        } else {
          fewer.add(parameter);
        }
      }
    }
    return small;
  }

  private static ObjectNode sampled(JsonNode bundle, Random random) {
    ObjectNode sampled = JsonMapper.shared().createObjectNode();
    bundle.properties().forEach(each -> sampled.set(each.getKey(), each.getValue()));
    ArrayNode entries = sampled.putArray("entry");
    int share = 5 + random.nextInt(25);
    for (JsonNode entry : bundle.get("entry")) {
      boolean isPatient =
          entry.path("resource").path("resourceType").asString("").equals("Patient");
      if (isPatient || random.nextInt(100) < share) {
        entries.add(entry);
      }
    }
    return sampled;
  }

  // ---- what is damaged ----

  private static List<Base> bases() throws IOException {
    List<Base> bases = new ArrayList<>();
    for (Path file : files("src/main/resources/demo/personas")) {
      String id = file.getFileName().toString().replace(".json", "");
      if (id.equals("index")) {
        continue;
      }
      List<Resource> record = marked(resources(file));
      bases.add(base(HookCall.of("patient-view", id, record)));
      for (Path drafts : files("src/main/resources/demo/orders")) {
        if (drafts.getFileName().toString().startsWith(id)) {
          List<Resource> orders = marked(resources(drafts));
          bases.add(base(HookCall.of("order-select", id, record).drafts(orders)));
          bases.add(base(HookCall.of("order-sign", id, record).drafts(orders)));
        }
      }
      bases.add(operation(OPERATIONS.get(bases.size() % OPERATIONS.size()), id, record));
      if (bases.size() % 3 == 0) {
        bases.add(feedback(bases.size()));
        Base checked = base(HookCall.of("patient-view", id, record));
        bases.add(new Base(checked.path() + "/$self-check", checked.body()));
      }
    }
    return bases;
  }

  private static Base base(HookCall call) {
    call.context().put("userId", "Practitioner/" + MARK);
    call.body().put("hookInstance", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea");
    return new Base("/cds-services/mm-" + call.body().get("hook").asString(), call.body());
  }

  /** What became of three cards; the mark stands where clinicians write and where codes are. */
  private static Base feedback(int number) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    ArrayNode entries = body.putArray("feedback");
    entry(entries, number, "accepted")
        .putArray("acceptedSuggestions")
        .addObject()
        .put("id", uuid(number + 1));
    ObjectNode coded = entry(entries, number + 1, "overridden").putObject("overrideReason");
    coded.putObject("reason").put("system", "https://example.org/" + MARK).put("code", MARK);
    coded.put("userComment", MARK + " says the clinician");
    entry(entries, number + 2, "overridden");
    return new Base("/cds-services/mm-order-sign/feedback", body);
  }

  private static ObjectNode entry(ArrayNode entries, int number, String outcome) {
    return entries
        .addObject()
        .put("card", uuid(number))
        .put("outcome", outcome)
        .put("outcomeTimestamp", "2026-02-15T10:00:00Z");
  }

  private static String uuid(int number) {
    return new java.util.UUID(0x4000, 0x8000000000000000L + number).toString();
  }

  private static Base operation(String path, String patientId, List<Resource> record) {
    ObjectNode body = JsonMapper.shared().createObjectNode().put("resourceType", "Parameters");
    ArrayNode parameters = body.putArray("parameter");
    parameters.addObject().put("name", "subject").put("valueString", "Patient/" + patientId);
    ObjectNode data = parameters.addObject().put("name", "data");
    ObjectNode bundle = data.putObject("resource").put("resourceType", "Bundle");
    bundle.put("type", "collection");
    ArrayNode entries = bundle.putArray("entry");
    record.forEach(each -> entries.addObject().set("resource", HookCall.json(each)));
    ObjectNode inner = parameters.addObject().put("name", "parameters").putObject("resource");
    inner.put("resourceType", "Parameters");
    ArrayNode given = inner.putArray("parameter");
    given.addObject().put("name", "CycleStart").put("valueDate", "2026-02-16");
    given.addObject().put("name", "CycleNumber").put("valueInteger", 1);
    return new Base(path, body);
  }

  /** Each resource gets the mark where people write text. */
  private static List<Resource> marked(List<Resource> resources) {
    List<Resource> marked = new ArrayList<>();
    for (Resource resource : resources) {
      ObjectNode json = (ObjectNode) HookCall.json(resource);
      switch (json.get("resourceType").asString()) {
        case "Patient" -> json.putArray("name").addObject().put("family", MARK);
        case "Observation", "MedicationRequest", "Procedure" ->
            json.putArray("note").addObject().put("text", MARK);
        default -> json.putArray("identifier").addObject().put("value", MARK);
      }
      marked.add((Resource) TestGuideline.FHIR.newJsonParser().parseResource(json.toString()));
    }
    return marked;
  }

  private static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static List<Resource> resources(Path file) throws IOException {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, Files.readString(file))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }
}
