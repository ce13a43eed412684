package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Observation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** What an integrator sees of a request. */
@RunningMarg
class SelfCheckHttpTest {
  private static final String CANARY = "canary7f3a";

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  @Test
  void everyKeySaysWhatBecameOfIt() {
    HookCall call = call(record());
    call.prefetch().remove("conditions");
    call.prefetch().putNull("procedures");
    call.prefetch()
        .putObject("allergies")
        .put("resourceType", "OperationOutcome")
        .putArray("issue");
    JsonNode keys = check(call).get("keys");
    assertThat(state(keys, "patient")).isEqualTo("used");
    assertThat(state(keys, "latestObservations")).isEqualTo("used");
    assertThat(state(keys, "conditions")).isEqualTo("absent");
    assertThat(state(keys, "procedures")).isEqualTo("null");
    assertThat(state(keys, "allergies")).isEqualTo("failed");
  }

  @Test
  void itTellsTheCardsOfTheSameCall() {
    HookCall call = call(record());
    JsonNode check = check(call);
    JsonNode cards = call.send(http).json().get("cards");
    assertThat(check.get("cards").size()).isEqualTo(cards.size());
    for (int i = 0; i < cards.size(); i++) {
      assertThat(check.get("cards").get(i).get("indicator"))
          .isEqualTo(cards.get(i).get("indicator"));
    }
    assertThat(check.get("milliseconds").propertyNames())
        .containsExactly("read", "data", "chart", "engine", "cards");
    assertThat(check.has("refused")).isFalse();
  }

  @Test
  void eachStatementSaysWhyItIsOnACardOrNot() {
    JsonNode check = check(call(record()));
    assertThat(outcome(check, "REN-2").get("outcome").asString()).isEqualTo("shown");
    JsonNode merged = outcome(check, "REN-4");
    assertThat(merged.get("outcome").asString()).isEqualTo("merged");
    assertThat(merged.get("with").asString()).isEqualTo("REN-2");

    JsonNode normal = check(call(TestRecord.of("p1", "1966-01-01").egfr("90 mL/min/{1.73_m2}")));
    JsonNode not = outcome(normal, "REN-2");
    assertThat(not.get("outcome").asString()).isEqualTo("false");
    assertThat(not.get("because").get(0).asString()).startsWith("MM").contains("\"");

    JsonNode unknown = outcome(check(call(TestRecord.of("p1", "1966-01-01"))), "REN-2");
    assertThat(unknown.toString()).contains("eGFR");

    HookCall view = HookCall.of("patient-view", "p1", record().resources());
    JsonNode other = http.post(path("mm-patient-view"), view.body().toString(), Http.JSON).json();
    assertThat(other.get("statements").findValuesAsString("outcome"))
        .contains("not-in-hook", "reason-of-another");
    assertThat(other.get("statements").size()).isGreaterThan(600);
  }

  @Test
  void unitsAndCodesThatAreNotKnownAreToldAndTextsAreNot() {
    TestRecord patient = record().result("718-7", "9 furlong");
    patient.with(coded("http://loinc.org", "99999-9"));
    patient.with(coded("http://loinc.org", CANARY + " has pain"));
    patient.with(coded("http://example.org/" + "x?name=" + CANARY, "1"));
    patient.with(coded("urn:oid:2.16.578.1.12.4.1.4.1", "01019912345"));
    JsonNode check = check(call(patient));
    assertThat(check.get("unitsRefused").get(0).get("unit").asString()).isEqualTo("furlong");
    assertThat(check.get("unused").get("unknown-unit").asInt()).isEqualTo(1);
    assertThat(check.get("unknownCodes").toString())
        .contains("99999-9", "(not shown)")
        .doesNotContain(CANARY, "has pain", "01019912345");
  }

  @Test
  void aRequestThatWouldBeRefusedSaysSo() {
    HookCall call = call(record());
    call.prefetch().remove("patient");
    JsonNode check = check(call);
    assertThat(check.get("refused").get("status").asInt()).isEqualTo(412);
    assertThat(state(check.get("keys"), "patient")).isEqualTo("absent");
    JsonNode broken = http.post(path("mm-order-sign"), "{", Http.JSON).json();
    assertThat(broken.get("refused").get("status").asInt()).isEqualTo(400);
    assertThat(http.post(path("none"), "{}", Http.JSON).status()).isEqualTo(404);
  }

  @Test
  void thePageIsThereAndLoadsNothingFromElsewhere() {
    Http.Answer page = http.get("/self-check/index.html");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body())
        .doesNotContain("http:", "https:", "onclick", "style=")
        .contains("main.js");
    assertThat(http.get("/self-check").status()).isIn(200, 302);
  }

  private static TestRecord record() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static Observation coded(String system, String code) {
    Observation result = new Observation();
    result.setId("o" + Math.abs(code.hashCode()));
    result.setStatus(Observation.ObservationStatus.FINAL);
    result.setSubject(new org.hl7.fhir.r4.model.Reference("Patient/p1"));
    result.setCode(new CodeableConcept().addCoding(new Coding(system, code, CANARY)));
    return result;
  }

  private static HookCall call(TestRecord patient) {
    return HookCall.of("order-sign", "p1", patient.resources())
        .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")));
  }

  private static String path(String service) {
    return "/cds-services/" + service + "/$self-check";
  }

  private JsonNode check(HookCall call) {
    Http.Answer answer = http.post(path("mm-order-sign"), call.body().toString(), Http.JSON);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json();
  }

  private static String state(JsonNode keys, String key) {
    return keys.valueStream()
        .filter(each -> each.get("key").asString().equals(key))
        .findFirst()
        .orElseThrow()
        .get("state")
        .asString();
  }

  private static JsonNode outcome(JsonNode check, String id) {
    return check
        .get("statements")
        .valueStream()
        .filter(each -> each.get("id").asString().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
