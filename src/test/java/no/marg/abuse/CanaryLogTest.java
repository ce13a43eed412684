package no.marg.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.StubServer;
import no.marg.StubServer.Reply;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.access.TestEhr;
import no.marg.smart.FakeEhr;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A mark is put into every field of everything that comes in, one kind of field at a time, and must
 * be in nothing that is logged or printed, at the level of operation and at that of the search for
 * a fault. The ids that are meant to be logged ({@code hookInstance}, {@code jti}) are left alone.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.access.authentication=true",
      "marg.access.public-url=" + CanaryLogTest.PUBLIC
    })
@DirtiesContext
@Conforms("CH-91")
class CanaryLogTest {
  static final String PUBLIC = "https://marg.example.org";

  private static final String MARK = "qcanaryq";
  private static final List<String> HOOKS =
      List.of(
          "patient-view",
          "encounter-start",
          "problem-list-item-create",
          "appointment-book",
          "order-select");
  private static final int PORT = freePort();
  private static final String APP = "http://localhost:" + PORT;
  private static final TestEhr CLIENT = new TestEhr("key-1");
  private static final StubServer RECORD = stub();
  private static final StubServer KEYS = stub();
  private static final FakeEhr SMART = FakeEhr.withPersonas("first-relapse");

  private final Logger own = (Logger) LoggerFactory.getLogger("no.marg");
  private final Level usual = own.getLevel();
  @LocalServerPort private int port;
  private Http http;

  private static StubServer stub() {
    try {
      return StubServer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry settings) {
    settings.add("server.port", () -> PORT);
    settings.add("marg.access.clients[0].issuer", () -> TestEhr.ISSUER);
    settings.add("marg.access.clients[0].jwks-url", () -> KEYS.base() + "/keys");
    settings.add("marg.access.clients[0].fhir-servers", RECORD::base);
    settings.add("marg.access.clients[0].admin", () -> "true");
    settings.add("marg.smart.base-url", () -> APP);
    settings.add("marg.smart.ehrs[0].iss", SMART::iss);
    settings.add("marg.smart.ehrs[0].client-id", () -> "marg");
    settings.add("marg.smart.ehrs[0].write", () -> "Observation");
  }

  @BeforeEach
  void behave() {
    http = new Http(port);
    RECORD.answering(asked -> Reply.of(404, ""));
    KEYS.answering(asked -> Reply.of(200, CLIENT.publicKeys()));
    SMART.behave();
  }

  @AfterEach
  void usualLevel() {
    own.setLevel(usual);
  }

  @AfterAll
  static void stop() {
    RECORD.close();
    KEYS.close();
    SMART.close();
  }

  private interface Work {
    void run() throws Exception;
  }

  private void scan(String level, Work work) throws Exception {
    own.setLevel(Level.toLevel(level));
    try (LogTrap log = new LogTrap(MARK)) {
      work.run();
      assertThat(log.caught()).isEmpty();
      assertThat(log.errors()).isEmpty();
    }
  }

  /** Else the others would prove nothing. */
  @Test
  void theTrapHearsWhatThisServiceLogs() {
    own.setLevel(Level.DEBUG);
    try (LogTrap log = new LogTrap(MARK)) {
      LoggerFactory.getLogger("no.marg.cdshooks.CdsHooksController").debug("id={}", MARK);
      LoggerFactory.getLogger("no.marg.access.audit").info("nothing", new Exception("a " + MARK));
      System.out.println("printed " + MARK);
      assertThat(log.caught()).hasSizeGreaterThanOrEqualTo(3);
    }
  }

  // ---- one kind of field at a time ----

  /** Where strings are, by their place with the numbers in lists left out. */
  private static Map<String, List<String>> fields(JsonNode root) {
    Map<String, List<String>> found = new TreeMap<>();
    collect(root, "", found);
    found.remove("/hookInstance");
    return found;
  }

  private static void collect(JsonNode node, String at, Map<String, List<String>> found) {
    if (node instanceof ObjectNode object) {
      object
          .properties()
          .forEach(each -> collect(each.getValue(), at + "/" + each.getKey(), found));
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        collect(array.get(i), at + "/" + i, found);
      }
    } else if (node.isString()) {
      found.computeIfAbsent(at.replaceAll("/\\d+(?=/|$)", "/*"), any -> new ArrayList<>()).add(at);
    }
  }

  /** Copies, in each of which one kind of field is the mark, or ends with it. */
  private static void marked(JsonNode root, String within, Consumer<String> send) {
    fields(root)
        .forEach(
            (kind, places) -> {
              if (kind.startsWith(within)) {
                send.accept(with(root, places, false));
                send.accept(with(root, places, true));
              }
            });
  }

  private static String with(JsonNode root, List<String> places, boolean added) {
    JsonNode copy = root.deepCopy();
    for (String place : places) {
      int cut = place.lastIndexOf('/');
      JsonNode holder = copy.at(place.substring(0, cut));
      String name = place.substring(cut + 1);
      JsonNode value =
          JsonNodeFactory.instance.stringNode(added ? copy.at(place).asString() + MARK : MARK);
      if (holder instanceof ArrayNode array) {
        array.set(Integer.parseInt(name), value);
      } else {
        ((ObjectNode) holder).set(name, value);
      }
    }
    return copy.toString();
  }

  /** At most two resources of each type of a demo patient. */
  private static List<Resource> record() throws IOException {
    Map<String, Integer> seen = new LinkedHashMap<>();
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(
            Bundle.class,
            Files.readString(Path.of("src/main/resources/demo/personas/on-vrd-cycle-2.json")))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .filter(each -> seen.merge(each.fhirType(), 1, Integer::sum) <= 2)
        .toList();
  }

  private static HookCall call(String hook) throws IOException {
    HookCall call = HookCall.of(hook, "on-vrd-cycle-2", record());
    if (hook.startsWith("order")) {
      call.drafts(
          List.of(
              TestRecord.of("on-vrd-cycle-2", null).draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    }
    call.body().put("fhirServer", RECORD.base().toString());
    call.body()
        .putObject("fhirAuthorization")
        .put("access_token", "token" + MARK)
        .put("token_type", "Bearer")
        .put("expires_in", 300)
        .put("scope", "patient/*.rs")
        .put("subject", "marg")
        .put("patient", "on-vrd-cycle-2");
    return call;
  }

  private Http.Answer send(String path, String body, String type) {
    return http.post(path, body, type, "Authorization", token(path).header());
  }

  private static TestEhr.Token token(String path) {
    return CLIENT.token(PUBLIC + path, Instant.now());
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatAHookHolds(String level) throws Exception {
    ObjectNode sign = call("order-sign").body();
    assertThat(send("/cds-services/mm-order-sign", sign.toString(), Http.JSON).status())
        .isEqualTo(200);
    scan(
        level,
        () -> {
          marked(sign, "", body -> send("/cds-services/mm-order-sign", body, Http.JSON));
          for (String hook : HOOKS) {
            ObjectNode call = call(hook).body();
            call.remove("prefetch");
            marked(call, "", body -> send("/cds-services/mm-" + hook, body, Http.JSON));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatTheSelfCheckIsGiven(String level) throws Exception {
    String path = "/cds-services/mm-order-sign/$self-check";
    ObjectNode sign = call("order-sign").body();
    assertThat(send(path, sign.toString(), Http.JSON).status()).isEqualTo(200);
    scan(level, () -> marked(sign, "", body -> send(path, body, Http.JSON)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatARecordAnswers(String level) throws Exception {
    ObjectNode call = call("order-sign").body();
    call.remove("prefetch");
    JsonNode whole = HookCall.json(StubServer.page(record(), RECORD.base() + "/next"));
    List<Reply> replies = new ArrayList<>();
    marked(whole, "", body -> replies.add(Reply.of(200, body)));
    for (String body : List.of(MARK, "{\"resourceType\":\"" + MARK, "<html>" + MARK + "</html>")) {
      for (int status : List.of(200, 400, 401, 403, 404, 500)) {
        replies.add(Reply.of(status, body));
      }
    }
    replies.add(Reply.redirect("http://localhost:1/" + MARK));
    replies.add(Reply.redirect(MARK + " no address"));
    scan(
        level,
        () -> {
          for (Reply reply : replies) {
            RECORD.answering(asked -> reply);
            send("/cds-services/mm-order-sign", call.toString(), Http.JSON);
            RECORD.answering(
                asked ->
                    asked.query().startsWith("Patient/")
                        ? Reply.of(TestRecord.of("on-vrd-cycle-2", null).resources().get(0))
                        : reply);
            send("/cds-services/mm-order-sign", call.toString(), Http.JSON);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatAnOperationIsGiven(String level) throws Exception {
    ObjectNode call = JsonMapper.shared().createObjectNode().put("resourceType", "Parameters");
    ArrayNode parameters = call.putArray("parameter");
    parameters.addObject().put("name", "subject").put("valueString", "Patient/on-vrd-cycle-2");
    parameters
        .addObject()
        .put("name", "data")
        .set("resource", HookCall.json(TestRecord.bundle(record())));
    ObjectNode nested = parameters.addObject().put("name", "parameters").putObject("resource");
    nested.put("resourceType", "Parameters");
    ArrayNode cycle = nested.putArray("parameter");
    cycle.addObject().put("name", "CycleStart").put("valueDate", "2026-03-02");
    cycle.addObject().put("name", "CycleNumber").put("valueInteger", 1);
    Map<String, String> within =
        Map.of(
            "/fhir/PlanDefinition/vrd-induction/$apply", "",
            "/fhir/$guideline-report", "",
            "/fhir/PlanDefinition/mm-patient-view/$apply", "/parameter/*/name",
            "/fhir/ActivityDefinition/vrd-lenalidomide/$apply", "/parameter/*/value",
            "/fhir/Library/MMData/$evaluate", "/parameter/*/value",
            "/fhir/Measure/mm-iss-known/$evaluate-measure?periodStart=2026-01-01&periodEnd=2026-12-31",
                "/parameter/*/value",
            "/calendar", "/parameter/*/value");
    scan(
        level,
        () -> {
          within.forEach(
              (path, fields) -> marked(call, fields, body -> send(path, body, Http.FHIR_JSON)));
          for (String path : within.keySet()) {
            for (String body :
                List.of(
                    MARK,
                    "{\"" + MARK,
                    "{\"resourceType\":\"" + MARK + "\"}",
                    "{\"resourceType\":\"Patient\",\"id\":\"" + MARK + "\"}",
                    "<Parameters xmlns=\"http://hl7.org/fhir\"><" + MARK + "/></Parameters>",
                    "<!DOCTYPE " + MARK + "><" + MARK + "/>")) {
              for (String type : List.of(Http.FHIR_JSON, "application/fhir+xml", MARK + "/x")) {
                send(path, body, type);
              }
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatFeedbackHolds(String level) throws Exception {
    String path = "/cds-services/mm-order-sign/feedback";
    JsonNode feedback =
        JsonMapper.shared()
            .readTree(
                "{\"feedback\":[{\"card\":\"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea\",\"outcome\":"
                    + "\"overridden\",\"overrideReason\":{\"reason\":{\"code\":\"not-now\","
                    + "\"system\":\"s\",\"display\":\"d\"},\"userComment\":\"c\"},"
                    + "\"acceptedSuggestions\":[{\"id\":\"1\"}],"
                    + "\"outcomeTimestamp\":\"2026-02-15T12:00:00Z\"}]}");
    scan(
        level,
        () -> {
          marked(feedback, "", body -> send(path, body, Http.JSON));
          for (String body : List.of(MARK, "{\"" + MARK, "{\"feedback\":\"" + MARK + "\"}", "[]")) {
            send(path, body, Http.JSON);
          }
          for (String report : List.of("/admin/feedback-report", "/admin/feedback-report.csv")) {
            http.get(
                report + "?from=" + MARK + "&to=" + MARK, "Authorization", token(report).header());
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void pathsQueriesHeadersAndTokens(String level) throws Exception {
    List<String> paths =
        List.of(
            "/cds-services",
            "/cds-services/" + MARK,
            "/cds-services/mm-order-sign",
            "/cds-services/mm-order-sign/" + MARK,
            "/fhir/PlanDefinition/" + MARK,
            "/fhir/PlanDefinition/" + MARK + "/$apply",
            "/fhir/" + MARK,
            "/fhir/metadata",
            "/fhir/Library/MMData/$evaluate",
            "/admin/" + MARK,
            "/actuator/" + MARK,
            "/actuator/prometheus",
            "/demo/fhir/Patient/" + MARK,
            "/demo/fhir/Observation",
            "/smart/launch",
            "/smart/callback",
            "/smart/demo",
            "/smart/app/" + MARK,
            "/smart/styles/" + MARK,
            "/self-check/" + MARK,
            "/" + MARK);
    List<String> headers =
        List.of(
            "Accept",
            "Accept-Language",
            "Authorization",
            "Cookie",
            "Forwarded",
            "If-None-Match",
            "Origin",
            "Prefer",
            "Referer",
            "traceparent",
            "User-Agent",
            "X-Correlation-Id",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Marg-App",
            "X-Request-Id");
    String query =
        "?patient=MARK&subject=MARK&url=MARK&iss=MARK&launch=MARK&code=MARK&state=MARK&error=MARK"
            + "&error_description=MARK&expression=MARK&lang=MARK&_format=MARK&MARK=1";
    scan(
        level,
        () -> {
          for (String path : paths) {
            String asked = path + query.replace("MARK", MARK);
            http.get(asked);
            http.get(asked, "Authorization", token(path).header());
            http.post(asked, MARK, Http.JSON, "Authorization", token(path).header());
            for (String header : headers) {
              http.get(path, header, header.equals("Origin") ? "https://" + MARK + ".no" : MARK);
            }
          }
          for (String claim : List.of("iss", "aud", "exp", "iat", "nbf", "tenant", "sub", MARK)) {
            get(token("/cds-services").with(claim, MARK).header());
          }
          get(new TestEhr(MARK).token(PUBLIC + "/cds-services", Instant.now()).header());
          get(token("/cds-services").keyUrl("http://localhost/" + MARK).header());
          for (String header : List.of("Bearer " + MARK, "Bearer a.b." + MARK, "Basic " + MARK)) {
            get(header);
          }
        });
  }

  private void get(String authorization) {
    http.get("/cds-services", "Authorization", authorization);
  }

  // ---- the app ----

  private record Browser(HttpClient client) {
    Browser() {
      this(
          HttpClient.newBuilder()
              .cookieHandler(new CookieManager())
              .followRedirects(HttpClient.Redirect.NORMAL)
              .build());
    }

    HttpResponse<String> get(String address) throws Exception {
      return send(HttpRequest.newBuilder(URI.create(address)));
    }

    HttpResponse<String> post(String address, String body) throws Exception {
      return send(
          HttpRequest.newBuilder(URI.create(address))
              .header("Content-Type", Http.JSON)
              .header("X-Marg-App", "1")
              .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatALaunchBrings(String level) throws Exception {
    scan(
        level,
        () -> {
          launch();
          SMART.refusing(MARK, MARK);
          launch();
          SMART.behave();
          for (String name :
              List.of(
                  "access_token",
                  "token_type",
                  "expires_in",
                  "scope",
                  "refresh_token",
                  "id_token",
                  "patient",
                  "encounter",
                  "intent",
                  "tenant",
                  "appContext",
                  "smart_style_url",
                  "error",
                  "error_description",
                  MARK)) {
            SMART.tokenResponse(
                found -> {
                  Map<String, Object> changed = new LinkedHashMap<>(found);
                  changed.put(name, MARK);
                  return changed;
                });
            launch();
          }
          SMART.behave();
          for (String claim : List.of("iss", "aud", "sub", "nonce", "fhirUser", MARK)) {
            SMART.idToken(claims -> claims.claim(claim, MARK));
            launch();
          }
          SMART.behave();
          for (String name :
              List.of(
                  "issuer",
                  "jwks_uri",
                  "authorization_endpoint",
                  "token_endpoint",
                  "capabilities",
                  "grant_types_supported")) {
            SMART.configuration(
                found -> {
                  Map<String, Object> changed = new LinkedHashMap<>(found);
                  changed.put(name, MARK);
                  return changed;
                });
            launch();
          }
        });
  }

  private static HttpResponse<String> launch() throws Exception {
    return new Browser().get(SMART.launchAddress(APP, "first-relapse"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INFO", "DEBUG"})
  void whatTheAppReadsAndIsTold(String level) throws Exception {
    JsonNode asked =
        JsonMapper.shared()
            .readTree(
                "{\"answers\":[{\"question\":\"bm-plasma-cells-biopsy\",\"value\":\"35\","
                    + "\"day\":\"2026-02-15\"}],\"id\":\"DX-MM-1\",\"regimen\":\"vrd-induction\","
                    + "\"start\":\"2026-03-02\",\"advice\":\"a\",\"label\":\"l\",\"changes\":"
                    + "[{\"question\":\"bm-plasma-cells-biopsy\",\"value\":\"5\","
                    + "\"day\":\"2026-02-15\"}],\"number\":1,\"stepUp\":false,\"age\":60,"
                    + "\"attempt\":\"attempt-0000000001\"}");
    SMART.changing(
        text ->
            text.replaceAll(
                "\"(text|display|family|unit|title|city|valueString|label)\":\"",
                "\"$1\":\"" + MARK + " "));
    scan(
        level,
        () -> {
          Browser browser = new Browser();
          String page = browser.get(SMART.launchAddress(APP, "first-relapse")).uri().toString();
          assertThat(browser.post(page + "/view", "{}").body()).contains(MARK);
          for (String path :
              List.of(
                  "/view", "/statement", "/cycle", "/order-cycle", "/order", "/save", "/what-if")) {
            List<String> bodies = new ArrayList<>(List.of(MARK, "{\"" + MARK));
            marked(asked, "", bodies::add);
            for (String body : bodies) {
              browser.post(page + path + "?lang=" + MARK, body);
            }
          }
          browser.get(page + "/definition?library=" + MARK + "&name=" + MARK);
          browser.get(page + "/form?lang=" + MARK);
        });
  }
}
