package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Ratio;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What records really hold: broken dates, coarse results, unusual dosages, foreign authorizations.
 */
@RunningMarg
class CdsHooksRobustnessTest {
  @LocalServerPort private int port;

  // The lenient parser lets an invalid date through; copying the resource would throw.
  @ParameterizedTest
  @ValueSource(strings = {"soon", "2026-13-45", "2026-02-10T08:00"})
  @Conforms("CH-39")
  void aBrokenDateInADraftOrderIsNeverAFailure(String date) {
    HookCall call = call(reference(), order());
    ((ObjectNode) call.context().get("draftOrders").get("entry").get(0).get("resource"))
        .put("authoredOn", date);
    assertThat(send(call).status()).isIn(200, 400);
  }

  // A result that is converted is copied.
  @ParameterizedTest
  @ValueSource(strings = {"soon", "2026-13-45", "2026-02-10T08:00"})
  void aBrokenDateInAConvertedResultIsNeverAFailure(String date) {
    HookCall call = call(reference().result("718-7", "88 g/L"), order());
    ((ObjectNode) call.prefetch().get("latestObservations").get("entry").get(1).get("resource"))
        .put("effectiveDateTime", date);
    assertThat(send(call).status()).isIn(200, 400);
  }

  // So is an order whose medication is a reference.
  @Test
  void aBrokenDateInAnOrderWithMedicationReferenceIsNeverAFailure() {
    HookCall call = call(reference(), order());
    ((ObjectNode) call.prefetch().get("medicationRequests"))
        .putArray("entry")
        .addObject()
        .set(
            "resource",
            JsonMapper.shared()
                .readTree(
                    """
                    {"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order",
                     "contained":[{"resourceType":"Medication","id":"m","code":{"coding":
                       [{"system":"http://www.whocc.no/atc","code":"L04AX04"}]}}],
                     "medicationReference":{"reference":"#m"},
                     "subject":{"reference":"Patient/p1"},"authoredOn":"soon"}
                    """));
    assertThat(send(call).status()).isIn(200, 400);
  }

  // The year 0000 passes the parser and no calendar of the logic.
  @Test
  void theYearNullIsNeverAFailure() {
    TestRecord patient = reference();
    ((Observation) patient.resources().get(1)).setEffective(new DateTimeType("0000"));
    assertThat(send(call(patient, order())).status()).isIn(200, 400);
  }

  // No handler is found for these; they still have an OperationOutcome.
  @Test
  @Conforms({"CH-33", "CH-51"})
  void wrongMethodAndMediaTypeCarryAnOperationOutcome() {
    Http http = new Http(port);
    assertThat(http.get("/cds-services/mm-order-sign").as(OperationOutcome.class).getIssue())
        .isNotEmpty();
    assertThat(
            http.post("/cds-services/mm-order-sign", "x", "text/plain")
                .as(OperationOutcome.class)
                .getIssue())
        .isNotEmpty();
  }

  // A value too coarse to decide is named, and the test offered again.
  @Test
  void aValueTooCoarseToDecideIsNamedAndOfferedAgain() {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("<60 mL/min/{1.73_m2}");
    for (JsonNode card : send(call(patient, order())).json().get("cards")) {
      if (card.get("source").path("topic").path("code").asString("").equals("REN-2")) {
        assertThat(card.get("detail").asString()).contains("Mangler");
        assertThat(card.has("suggestions")).isTrue();
      }
    }
  }

  // CH-63: nothing else in the order changes.
  @Test
  @Conforms("CH-63")
  void aChangedOrderKeepsEveryOtherFieldOfItsDosage() {
    MedicationRequest order = order();
    Dosage dosage = order.getDosageInstructionFirstRep();
    dosage.setText("25 mg peroralt 1 gang daglig dag 1-21");
    dosage.setPatientInstruction("Svelges hele");
    dosage.addExtension("https://example.org/local", new StringType("kept"));
    dosage.setMaxDosePerPeriod(
        new Ratio()
            .setNumerator(new Quantity(25).setUnit("mg"))
            .setDenominator(new Quantity(1).setUnit("d")));
    HookCall call = call(reference(), order);
    Http.Answer answer = send(call);
    CardRules.check(call.body(), answer.json());
    assertThat(answer.body())
        .contains("dag 1-21\",\"")
        .as("words to the patient that speak of no dose stay")
        .contains("Svelges hele");
  }

  // CH-35: the patient of the authorization is that of the context.
  @Test
  @Conforms("CH-35")
  void anAuthorizationForAnotherPatientIsRefused() {
    HookCall call = call(reference(), order());
    call.body().put("fhirServer", "https://fhir.example.org");
    call.body()
        .putObject("fhirAuthorization")
        .put("access_token", "t")
        .put("token_type", "Bearer")
        .put("expires_in", 300)
        .put("scope", "patient/*.rs")
        .put("subject", "s")
        .put("patient", "p2");
    assertThat(send(call).status()).isEqualTo(400);
  }

  // What the model can not hold would be missing from the order that is sent back.
  @Test
  @Conforms("CH-63")
  void anOrderThatIsNotReadWholeIsNotChanged() {
    HookCall call = call(reference(), order());
    assertThat(send(call).body()).contains("\"type\":\"update\"");
    ((ObjectNode) call.context().get("draftOrders").get("entry").get(0).get("resource"))
        .put("status", "no such status");
    Http.Answer answer = send(call);
    CardRules.check(call.body(), answer.json());
    assertThat(answer.body()).doesNotContain("\"type\":\"update\"").contains("for hånd");
  }

  private Http.Answer send(HookCall call) {
    return call.send(new Http(port));
  }

  private static TestRecord reference() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static MedicationRequest order() {
    return reference().draft("a", "L04AX04", "Lenalidomid", "25 mg");
  }

  private static HookCall call(TestRecord patient, MedicationRequest order) {
    return HookCall.of("order-sign", patient.id(), patient.resources()).drafts(List.of(order));
  }
}
