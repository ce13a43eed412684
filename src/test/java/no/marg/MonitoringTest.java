package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Health and metrics, as the hospital's monitoring sees them. */
@RunningMarg
class MonitoringTest {
  private static final String CANARY = "canary7f3a";

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  @Test
  @Conforms("CH-98")
  void healthSaysUpAndNothingElse() {
    for (String path : List.of("", "/liveness", "/readiness")) {
      JsonNode health = http.get("/actuator/health" + path).json();
      assertThat(health.get("status").asString()).isEqualTo("UP");
      assertThat(health.propertyNames()).isSubsetOf("status", "groups");
    }
    for (String closed : List.of("env", "heapdump", "loggers", "configprops", "beans")) {
      assertThat(http.get("/actuator/" + closed).status()).as(closed).isEqualTo(404);
    }
  }

  @Test
  void whatIsAnsweredIsCounted() {
    HookCall call = call("p1");
    double calls = value("marg_calls_seconds_count", "mm-order-sign", "status=\"200\"");
    double warnings = value("marg_cards_total", "mm-order-sign", "indicator=\"warning\"");
    double unread = value("marg_keys_unread_total", "mm-order-sign", "key=\"conditions\"");
    double undecided = value("marg_undecided_total", "mm-order-sign", "");
    call.prefetch().remove("conditions");
    JsonNode cards = call.send(http).json().get("cards");
    long expected =
        cards
            .valueStream()
            .filter(card -> card.get("indicator").asString().equals("warning"))
            .count();
    assertThat(expected).isPositive();
    assertThat(value("marg_calls_seconds_count", "mm-order-sign", "status=\"200\""))
        .isEqualTo(calls + 1);
    assertThat(value("marg_cards_total", "mm-order-sign", "indicator=\"warning\""))
        .isEqualTo(warnings + expected);
    assertThat(value("marg_keys_unread_total", "mm-order-sign", "key=\"conditions\""))
        .isEqualTo(unread + 1);
    assertThat(value("marg_undecided_total", "mm-order-sign", "")).isGreaterThan(undecided);
    assertThat(metrics()).contains("marg_knowledge_statements{").contains("jvm_memory_used_bytes");
  }

  @Test
  void refusedCallsAreCountedWithTheirStatus() {
    double before = value("marg_calls_seconds_count", "mm-order-sign", "status=\"400\"");
    http.post("/cds-services/mm-order-sign", "{", Http.JSON);
    assertThat(value("marg_calls_seconds_count", "mm-order-sign", "status=\"400\""))
        .isEqualTo(before + 1);
  }

  /** A rule that fails is counted from its first failure on; FailingRuleTest has one. */
  @Test
  void theMetricsOfTheManualAreThoseOfTheService() throws IOException {
    call("p1").send(http);
    List<String> told =
        names(
            "(?m)^\\| `(marg_\\w+)` ", Files.readString(Path.of("docs/operations/monitoring.md")));
    List<String> there = names("(?m)^# TYPE (marg_\\w+?)(?:_max)? ", metrics());
    assertThat(there).contains("marg_access_refused", "marg_journal_waiting");
    assertThat(told)
        .filteredOn(name -> !name.equals("marg_rules_failed"))
        .containsExactlyInAnyOrderElementsOf(there);
  }

  private static List<String> names(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1).replace("_total", ""))
        .distinct()
        .toList();
  }

  /** Whatever a client sends, and wherever it writes it, no name of a meter or tag comes of it. */
  @Test
  @Conforms("CH-98")
  void nothingThatIsSentReachesTheMetrics() {
    HookCall call = call(CANARY);
    call.body().put("hookInstance", CANARY);
    call.context().put("userId", "Practitioner/" + CANARY);
    call.prefetch().putNull(CANARY);
    assertThat(call.send(http).status()).isEqualTo(200);
    http.post("/cds-services/" + CANARY, call.body().toString(), Http.JSON);
    http.get("/fhir/PlanDefinition/" + CANARY);
    http.get("/fhir/Patient/" + CANARY + "?name=" + CANARY);
    http.get("/demo/fhir/Patient/" + CANARY);
    http.get("/demo/fhir/Observation?patient=" + CANARY);
    http.get("/" + CANARY);
    assertThat(metrics()).doesNotContain(CANARY).contains("service=\"other\"");
  }

  private static HookCall call(String patientId) {
    TestRecord patient = TestRecord.of(patientId, "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    return HookCall.of("order-sign", patientId, patient.resources())
        .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")));
  }

  private String metrics() {
    Http.Answer answer = http.get("/actuator/prometheus");
    assertThat(answer.status()).isEqualTo(200);
    return answer.body();
  }

  /** The value of a meter of a service; 0 where there is none yet. */
  private double value(String meter, String service, String tag) {
    Pattern line =
        Pattern.compile(
            "(?m)^"
                + meter
                + "\\{(?=[^}]*service=\""
                + service
                + "\")(?=[^}]*"
                + tag
                + ")[^}]*} ([0-9.E]+)$");
    Matcher found = line.matcher(metrics());
    return found.find() ? Double.parseDouble(found.group(1)) : 0;
  }
}
