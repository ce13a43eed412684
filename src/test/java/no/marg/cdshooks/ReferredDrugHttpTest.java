package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An order that names its drug by a reference is judged where the drug came with the call and the
 * reference can mean no other; else the card says that the order was not checked.
 */
@RunningMarg
class ReferredDrugHttpTest {
  private static final String EHR = "https://ehr.example.org/fhir";
  private static final String URN = "urn:uuid:5b9c1b4e-0f6b-4a55-9c0e-0a5a3a5a7c11";
  private static final String LENALIDOMIDE = "L04AX04";
  private static final String PARACETAMOL = "N02BE01";

  @LocalServerPort private int port;

  /** The drug as an entry beside the order; an empty id is none. */
  @ParameterizedTest
  @CsvSource({
    URN + "," + URN + ",",
    URN + "," + URN + ",5b9c1b4e-0f6b-4a55-9c0e-0a5a3a5a7c11",
    URN + "," + URN + ",other-id",
    EHR + "/Medication/m1," + EHR + "/Medication/m1,m1",
    "Medication/m1," + EHR + "/Medication/m1,m1",
    "Medication/m1,,m1",
  })
  void aDrugBesideTheOrderIsFound(String reference, String fullUrl, String id) {
    HookCall call = call(reference);
    add((ObjectNode) call.context().get("draftOrders"), fullUrl, drug(id, LENALIDOMIDE));
    assertChecked(call);
  }

  @ParameterizedTest
  @CsvSource({
    URN + "," + URN + ",",
    EHR + "/Medication/m1," + EHR + "/Medication/m1,m1",
    "Medication/m1," + EHR + "/Medication/m1,m1"
  })
  void aDrugInThePrefetchIsFound(String reference, String fullUrl, String id) {
    HookCall call = call(reference);
    add((ObjectNode) call.prefetch().get("medicationRequests"), fullUrl, drug(id, LENALIDOMIDE));
    assertChecked(call);
  }

  @ParameterizedTest
  @ValueSource(strings = {EHR, EHR + "/"})
  void anAddressOnTheServerOfTheCallIsThatOfTheRecord(String server) {
    HookCall call = call(EHR + "/Medication/m1");
    call.body().put("fhirServer", server);
    add((ObjectNode) call.prefetch().get("medicationRequests"), null, drug("m1", LENALIDOMIDE));
    assertChecked(call);
  }

  /** Another server's m1 is another drug, whatever it looks like. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://other.example.org/fhir/Medication/m1",
        "http://ehr.example.org/fhir/Medication/m1",
        EHR + ".evil.example/Medication/m1",
        EHR + "/x/../Medication/m1",
        "https://other.example.org/fhir/Medication/m1/_history/2",
        EHR + "/Medication/m1/_history/",
        EHR + "/Medication/m1/_history/2/x",
        EHR + "/Medication/m1?x",
        EHR + "/Substance/m1",
        "https://user@ehr.example.org/fhir/Medication/m1",
        "Medication/m2",
        "m1",
        URN
      })
  void anotherAddressIsNotTakenForIt(String reference) {
    HookCall call = call(reference);
    call.body().put("fhirServer", EHR);
    add((ObjectNode) call.prefetch().get("medicationRequests"), null, drug("m1", LENALIDOMIDE));
    assertNotChecked(call);
  }

  @ParameterizedTest
  @CsvSource({
    "Medication/m1/_history/3,3,true",
    "Medication/m1/_history/3,,true",
    "Medication/m1/_history/3,4,false",
    "Medication/m1/_history/3,03,false",
    EHR + "/Medication/m1/_history/3,3,true",
    EHR + "/Medication/m1/_history/3,2,false"
  })
  void aVersionIsThatOfTheDrugWhereItTellsOne(String reference, String version, boolean isFound) {
    HookCall call = call(reference);
    call.body().put("fhirServer", EHR);
    ObjectNode drug = drug("m1", LENALIDOMIDE);
    if (version != null) {
      drug.putObject("meta").put("versionId", version);
    }
    add((ObjectNode) call.prefetch().get("medicationRequests"), null, drug);
    if (isFound) {
      assertChecked(call);
    } else {
      assertNotChecked(call);
    }
  }

  @Test
  void aVersionOfANameOfTwoDrugsIsNone() {
    HookCall call = call("Medication/m1/_history/3");
    ObjectNode known = (ObjectNode) call.prefetch().get("medicationRequests");
    add(known, null, drug("m1", PARACETAMOL));
    add(known, null, drug("m1", LENALIDOMIDE));
    assertNotChecked(call);
  }

  @Test
  void withoutAServerNobodyKnowsWhoseAddressItIs() {
    HookCall call = call(EHR + "/Medication/m1");
    add((ObjectNode) call.prefetch().get("medicationRequests"), null, drug("m1", LENALIDOMIDE));
    assertNotChecked(call);
  }

  @Test
  void whatIsNoMedicationIsNoDrug() {
    HookCall call = call(URN);
    ObjectNode substance = JsonMapper.shared().createObjectNode().put("resourceType", "Substance");
    substance.set("code", drug(null, LENALIDOMIDE).get("code"));
    add((ObjectNode) call.context().get("draftOrders"), URN, substance);
    assertNotChecked(call);
  }

  @ParameterizedTest
  @CsvSource({URN + ",", EHR + "/Medication/m1,m1", "Medication/m1,m1"})
  void aNameOfTwoDrugsIsNone(String name, String id) {
    HookCall call = call(name);
    String fullUrl = name.startsWith("Medication/") ? null : name;
    ObjectNode known = (ObjectNode) call.prefetch().get("medicationRequests");
    add(known, fullUrl, drug(id, LENALIDOMIDE));
    add(known, fullUrl, drug(id, PARACETAMOL));
    assertNotChecked(call);
    // The same drug twice is one drug.
    call = call(name);
    known = (ObjectNode) call.prefetch().get("medicationRequests");
    add(known, fullUrl, drug(id, LENALIDOMIDE));
    add(known, fullUrl, drug(id, LENALIDOMIDE));
    assertChecked(call);
  }

  private void assertChecked(HookCall call) {
    String answer = answer(call);
    assertThat(answer).contains("\"REN-2\"").doesNotContain("ikke kontrollert");
  }

  private void assertNotChecked(HookCall call) {
    String answer = answer(call);
    assertThat(answer).contains("ikke kontrollert").doesNotContain("\"REN-2\"");
  }

  private String answer(HookCall call) {
    Http.Answer answer = call.send(new Http(port));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    return answer.body();
  }

  /** Lenalidomide 25 mg with eGFR 28, the drug named by a reference. */
  private static HookCall call(String reference) {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    HookCall call =
        HookCall.of("order-sign", "p1", patient.resources())
            .drafts(List.of(patient.draft("a", LENALIDOMIDE, "Lenalidomid", "25 mg")));
    ObjectNode order =
        (ObjectNode) call.context().get("draftOrders").get("entry").get(0).get("resource");
    order.remove("medicationCodeableConcept");
    order.putObject("medicationReference").put("reference", reference);
    return call;
  }

  private static ObjectNode drug(String id, String atc) {
    ObjectNode drug = JsonMapper.shared().createObjectNode().put("resourceType", "Medication");
    if (id != null) {
      drug.put("id", id);
    }
    drug.putObject("code")
        .putArray("coding")
        .addObject()
        .put("system", "http://www.whocc.no/atc")
        .put("code", atc);
    return drug;
  }

  private static void add(ObjectNode bundle, String fullUrl, ObjectNode resource) {
    ArrayNode entries =
        bundle.has("entry") ? (ArrayNode) bundle.get("entry") : bundle.putArray("entry");
    ObjectNode entry = entries.addObject();
    if (fullUrl != null) {
      entry.put("fullUrl", fullUrl);
    }
    entry.set("resource", resource);
  }
}
