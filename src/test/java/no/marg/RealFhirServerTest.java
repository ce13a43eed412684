package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import no.marg.cdshooks.CardRules;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The demo patients on a FHIR server of another make: what the service reads there by itself gives
 * what the same data in the prefetch give. Run with {@code
 * src/test/scripts/with-real-fhir-server.sh}.
 */
@EnabledIfSystemProperty(
    named = "marg.fhirServer",
    matches = ".+",
    disabledReason = "needs the server of src/test/real-fhir-server; .ci/run has one")
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.access.open-fhir-servers=${marg.fhirServer}",
      // A busy machine must not make a record look incomplete.
      "marg.cdshooks.deadline=2m",
      "marg.ehr.timeout=2m"
    })
class RealFhirServerTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String SERVER = System.getProperty("marg.fhirServer", "");
  private static final Path DEMO = Path.of("src/main/resources/demo");

  @LocalServerPort private int port;
  private Http http;

  @BeforeAll
  static void load() throws Exception {
    for (String persona : Personas.ids().toList()) {
      Bundle transaction = new Bundle().setType(Bundle.BundleType.TRANSACTION);
      for (Resource resource : record(persona)) {
        transaction
            .addEntry()
            .setResource(resource)
            .getRequest()
            .setMethod(Bundle.HTTPVerb.PUT)
            .setUrl(resource.fhirType() + "/" + resource.getIdPart());
      }
      HttpResponse<String> answer =
          CLIENT.send(
              HttpRequest.newBuilder(URI.create(SERVER))
                  .header("Content-Type", Http.FHIR_JSON)
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          TestGuideline.FHIR.newJsonParser().encodeResourceToString(transaction)))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(persona + ": " + answer.body()).isEqualTo(200);
    }
  }

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  @Test
  void theServerIsNotOurs() throws Exception {
    CapabilityStatement statement = read(SERVER + "/metadata", CapabilityStatement.class);
    assertThat(statement.getSoftware().getName()).isEqualTo("HAPI FHIR Server");
    assertThat(statement.getFhirVersion().toCode()).isEqualTo("4.0.1");
  }

  @ParameterizedTest
  @MethodSource("no.marg.Personas#ids")
  @Conforms("CH-44")
  void everyHookGivesTheCardsOfThePrefetch(String persona) throws IOException {
    for (HookCall call : calls(persona)) {
      String service = call.body().get("hook").asString();
      JsonNode sent = answer(call);
      call.body().remove("prefetch");
      call.body().put("fhirServer", SERVER);
      assertThat(answer(call)).as(service).isEqualTo(sent);
    }
  }

  private static List<HookCall> calls(String persona) throws IOException {
    List<HookCall> calls = new ArrayList<>();
    for (String hook :
        List.of(
            "patient-view", "encounter-start", "problem-list-item-create", "appointment-book")) {
      calls.add(HookCall.of(hook, persona, record(persona)));
    }
    for (List<Resource> orders : orders(persona)) {
      calls.add(HookCall.of("order-select", persona, record(persona)).drafts(orders));
      calls.add(HookCall.of("order-sign", persona, record(persona)).drafts(orders));
    }
    return calls;
  }

  /** An order about which each record has something to say, and those written for the persona. */
  private static List<List<Resource>> orders(String persona) throws IOException {
    MedicationRequest lenalidomide =
        TestRecord.of(persona, null).draft("draft-1", "L04AX04", "Lenalidomid", "25 mg");
    List<List<Resource>> orders = new ArrayList<>(List.of(List.of(lenalidomide)));
    try (Stream<Path> files = Files.list(DEMO.resolve("orders"))) {
      files
          .sorted()
          .filter(file -> file.getFileName().toString().startsWith(persona))
          .forEach(file -> orders.add(resources(file)));
    }
    return orders;
  }

  /** Its pages are of 50 results, so that neither query of a large record is one answer. */
  @Test
  @Conforms("CH-46")
  void aLargeRecordIsReadOverItsPages() throws Exception {
    Bundle first = read(SERVER + "/Observation?patient=large-history&_count=1000", Bundle.class);
    assertThat(first.getEntry()).hasSize(50);
    assertThat(first.getLink("next").getUrl()).startsWith(SERVER);

    HookCall call = HookCall.of("patient-view", "large-history", record("large-history"));
    call.body().remove("prefetch");
    call.body().put("fhirServer", SERVER);
    JsonNode checked =
        http.post("/cds-services/mm-patient-view/$self-check", call.body().toString(), Http.JSON)
            .json();
    assertThat(checked.get("keys"))
        .allSatisfy(key -> assertThat(key.get("state").asString()).isEqualTo("fetched"));
  }

  /** A whole record as the server gives it, into {@code $apply}. */
  @ParameterizedTest
  @MethodSource("no.marg.Personas#ids")
  void applyGivesTheSameOnTheServersRecord(String persona) throws Exception {
    List<Resource> fetched = new ArrayList<>();
    String page = SERVER + "/Patient/" + persona + "/$everything?_count=50";
    while (page != null) {
      Bundle bundle = read(page, Bundle.class);
      bundle.getEntry().stream().map(BundleEntryComponent::getResource).forEach(fetched::add);
      page = bundle.getLink("next") == null ? null : bundle.getLink("next").getUrl();
    }
    assertThat(fetched).hasSameSizeAs(record(persona));
    assertThat(apply(persona, fetched)).isEqualTo(apply(persona, record(persona)));
  }

  private String apply(String persona, List<Resource> record) {
    Parameters call = new Parameters();
    call.addParameter().setName("subject").setValue(new StringType("Patient/" + persona));
    call.addParameter().setName("data").setResource(TestRecord.bundle(record));
    Http.Answer answer = http.post("/fhir/PlanDefinition/mm-patient-view/$apply", call);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private JsonNode answer(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    String text = answer.body();
    for (String uuid : answer.json().findValuesAsString("uuid")) {
      text = text.replace(uuid, "uuid");
    }
    return JsonMapper.shared().readTree(text);
  }

  private static <T extends Resource> T read(String address, Class<T> type) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(address)).header("Accept", Http.FHIR_JSON).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return TestGuideline.FHIR.newJsonParser().parseResource(type, answer.body());
  }

  private static List<Resource> record(String persona) {
    return resources(DEMO.resolve("personas/" + persona + ".json"));
  }

  private static List<Resource> resources(Path file) {
    try {
      return TestGuideline.FHIR
          .newJsonParser()
          .parseResource(Bundle.class, Files.readString(file))
          .getEntry()
          .stream()
          .map(BundleEntryComponent::getResource)
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
