package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.Appointment;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Reference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What each hook carries in its context: required, optional, unknown, and what the logic sees. */
@RunningMarg
class HookContextHttpTest {
  private static final Map<String, List<String>> REQUIRED =
      Map.of(
          "patient-view", List.of("userId", "patientId"),
          "order-select", List.of("userId", "patientId", "selections", "draftOrders"),
          "order-sign", List.of("userId", "patientId", "draftOrders"),
          "encounter-start", List.of("userId", "patientId", "encounterId"),
          "appointment-book", List.of("userId", "patientId", "appointments"),
          "problem-list-item-create", List.of("userId", "patientId", "conditions"));

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  static Stream<Arguments> hooks() {
    return REQUIRED.keySet().stream().sorted().map(Arguments::of);
  }

  static Stream<Arguments> requiredFields() {
    return REQUIRED.entrySet().stream()
        .flatMap(hook -> hook.getValue().stream().map(f -> Arguments.of(hook.getKey(), f)));
  }

  private static HookCall call(String hook, TestRecord record) {
    HookCall call = HookCall.of(hook, record.id(), record.resources());
    return hook.startsWith("order-")
        ? call.drafts(List.of(record.draft("a", "L04AX04", "Lenalidomid", "25 mg")))
        : call;
  }

  private static TestRecord mgus() {
    return TestRecord.of("p1", "1966-01-01").fact("diagnosis-statement", "mgus");
  }

  @Test
  @Conforms("CH-109")
  void theSixHooksAreOfferedAndNoDeprecatedOne() {
    List<String> offered = new ArrayList<>();
    http.get("/cds-services")
        .json()
        .get("services")
        .forEach(service -> offered.add(service.get("hook").asString()));
    assertThat(offered).containsExactlyInAnyOrderElementsOf(REQUIRED.keySet());
  }

  @ParameterizedTest(name = "{0} without {1}")
  @MethodSource("requiredFields")
  @Conforms({"CH-30", "CH-100", "CH-101", "CH-102", "CH-104", "CH-106", "CH-107"})
  void withoutARequiredFieldACallIsRefused(String hook, String field) {
    HookCall call = call(hook, mgus());
    call.context().remove(field);
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.as(OperationOutcome.class).getIssueFirstRep().getDetails().getText())
        .contains("context." + field);
    for (String wrong : List.of("7", "true", "null")) {
      call.context().set(field, JsonMapper.shared().readTree(wrong));
      assertThat(call.send(http).status()).as(field + " " + wrong).isEqualTo(400);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hooks")
  @Conforms({"CH-5", "CH-12", "CH-100", "CH-101", "CH-102", "CH-104", "CH-106", "CH-107"})
  void optionalAndUnknownFieldsChangeNothing(String hook) {
    HookCall call = call(hook, mgus());
    String plain = cards(call).toString();
    call.context().put("encounterId", "e1");
    call.context().put("invented", 1);
    call.context().putObject("extension").put("com.example.x", true);
    call.body().putObject("extension").putArray("com.example.y").add(1);
    assertThat(cards(call).toString()).isEqualTo(plain);
  }

  /** In these hooks a user may be of any kind that the hook allows. */
  @ParameterizedTest
  @CsvSource({"Practitioner/d1", "PractitionerRole/r1", "Patient/p1", "RelatedPerson/x"})
  @Conforms("CH-100")
  void theUserMayBeOfAnyKind(String user) {
    HookCall call = call("patient-view", mgus());
    String plain = cards(call).toString();
    call.context().put("userId", user);
    assertThat(cards(call).toString()).isEqualTo(plain);
  }

  // ---- problem-list-item-create ----

  private static Condition condition(String snomed) {
    Condition condition = new Condition();
    condition.setId("new");
    condition.getClinicalStatus().addCoding().setCode("active");
    condition
        .getClinicalStatus()
        .getCodingFirstRep()
        .setSystem("http://terminology.hl7.org/CodeSystem/condition-clinical");
    condition.addCategory().addCoding().setCode("problem-list-item");
    condition.getCode().addCoding().setSystem("http://snomed.info/sct").setCode(snomed);
    condition.setSubject(new Reference("Patient/p1"));
    condition.setRecordedDate(java.sql.Date.valueOf(TestRecord.EVALUATED));
    return condition;
  }

  /** A diagnosis that is being recorded counts as one of the patient's. */
  @Test
  @Conforms({"CH-107", "CH-118"})
  void theDiagnosisBeingRecordedIsJudged() {
    TestRecord nothing = TestRecord.of("p1", "1966-01-01");
    HookCall call = HookCall.of("problem-list-item-create", "p1", nothing.resources());
    List<String> before = statements(cards(call));
    call.context("conditions", List.of(condition("277577000")));
    List<String> after = statements(cards(call));
    assertThat(after).isNotEqualTo(before).contains("DX-MGUS-4");
  }

  @Test
  @Conforms("CH-37")
  void aDiagnosisOfAnotherPatientIsRefused() {
    HookCall call = call("problem-list-item-create", mgus());
    call.context(
        "conditions", List.of(condition("277577000").setSubject(new Reference("Patient/p2"))));
    assertThat(call.send(http).status()).isEqualTo(400);
  }

  /** Forms that records send; none brings the service down. */
  @Test
  @Conforms("CH-39")
  void aDiagnosisWithoutSubjectAndWithACategoryOutsideAListIsRead() {
    HookCall call = call("problem-list-item-create", TestRecord.of("p1", "1966-01-01"));
    call.context("conditions", List.of(condition("277577000")));
    List<String> expected = statements(cards(call));
    ObjectNode sent =
        (ObjectNode) call.context().get("conditions").get("entry").get(0).get("resource");
    sent.remove("subject");
    sent.set("category", sent.get("category").get(0));
    assertThat(statements(cards(call))).isEqualTo(expected);
  }

  // ---- appointment-book ----

  private static Appointment appointment(LocalDate day) {
    Appointment appointment = new Appointment();
    appointment.setId("booked");
    appointment.setStatus(Appointment.AppointmentStatus.PROPOSED);
    appointment.setStartElement(new InstantType(day + "T09:00:00+01:00"));
    appointment.addParticipant().setActor(new Reference("Patient/p1"));
    return appointment;
  }

  /** Diagnosis 2026-02-10: the first control is on 2026-08-10, a month of tolerance. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"2026-08-10, false", "2026-09-10, false", "2026-09-11, true", "2027-01-05, true"})
  @Conforms({"CH-106", "CH-118"})
  void anAppointmentAfterTheControlIsTold(LocalDate day, boolean told) {
    HookCall call =
        HookCall.of("appointment-book", "p1", mgus().resources())
            .context("appointments", List.of(appointment(day)));
    assertThat(cards(call).toString().contains("MGUS: timen er senere enn neste kontroll"))
        .isEqualTo(told);
  }

  /** The control is due three months after the last one, of 2026-02-10. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "smoldering-myeloma, 2026-05-10, false",
    "smoldering-myeloma, 2026-05-11, true",
    "solitary-plasmacytoma-bone, 2026-05-10, false",
    "solitary-plasmacytoma-bone, 2026-05-11, true"
  })
  void anAppointmentAfterTheControlOfThreeMonthsIsTold(
      String diagnosis, LocalDate day, boolean told) {
    TestRecord record =
        TestRecord.of("p1", "1966-01-01")
            .fact("diagnosis-statement", diagnosis)
            .fact("last-control-date", LocalDate.of(2026, 2, 10))
            .fact("plasmacytoma-treatment-end-date", LocalDate.of(2026, 2, 10));
    HookCall call =
        HookCall.of("appointment-book", "p1", record.resources())
            .context("appointments", List.of(appointment(day)));
    assertThat(cards(call).toString().contains("timen er senere enn neste kontroll"))
        .isEqualTo(told);
  }

  @Test
  void ofSeveralAppointmentsTheFirstCounts() {
    HookCall call =
        HookCall.of("appointment-book", "p1", mgus().resources())
            .context(
                "appointments",
                List.of(
                    appointment(LocalDate.of(2027, 1, 5)), appointment(LocalDate.of(2026, 8, 1))));
    assertThat(cards(call).toString()).doesNotContain("timen er senere");
    call.context(
        "appointments",
        List.of(
            appointment(LocalDate.of(2027, 1, 5)),
            appointment(LocalDate.of(2026, 8, 1))
                .setStatus(Appointment.AppointmentStatus.CANCELLED),
            new Appointment()));
    assertThat(cards(call).toString()).contains("timen er senere");
  }

  // ---- order-select ----

  private static TestRecord renal() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static HookCall select(String... selections) {
    TestRecord record = renal();
    HookCall call = HookCall.of("order-select", "p1", record.resources());
    call.drafts(
        List.of(
            record.draft("a", "L04AX04", "Lenalidomid", "25 mg"),
            record.draft("b", "C03CA01", "Furosemid", "40 mg"),
            record.draft("c", "L04AX04", "Lenalidomid", "20 mg"),
            record.draft("d", "L01FX24", "Teclistamab", "100 mg")));
    ArrayNode chosen = call.context().putArray("selections");
    for (String selection : selections) {
      chosen.add(selection);
    }
    return call;
  }

  @Test
  @Conforms({"CH-70", "CH-101"})
  void adviceIsAboutTheSelectedOrder() {
    JsonNode all =
        cards(
            select(
                "MedicationRequest/a",
                "MedicationRequest/b",
                "MedicationRequest/c",
                "MedicationRequest/d"));
    assertThat(statements(all)).contains("REN-2");
    assertThat(all.toString()).contains("MedicationRequest/a", "MedicationRequest/c");

    JsonNode first = cards(select("MedicationRequest/a"));
    assertThat(statements(first)).contains("REN-2");
    assertThat(first.toString())
        .contains("MedicationRequest/a", "Lenalidomid, 25 mg")
        .doesNotContain("MedicationRequest/c", "Lenalidomid, 20 mg", "MedicationRequest/d");

    JsonNode other = cards(select("MedicationRequest/b"));
    assertThat(statements(other)).doesNotContain("REN-2", "REN-4", "INF-PJP-1", "L1-SUP-2");
    assertThat(other.toString()).doesNotContain("no.marg.orders");

    // What a bispecific antibody needs names no order; it is there because of the selection.
    JsonNode teclistamab = cards(select("MedicationRequest/d"));
    assertThat(statements(teclistamab))
        .contains("BISP-PREP-1", "INF-PJP-1")
        .doesNotContain("REN-2", "REN-4");
  }

  /** Advice that no order is the reason of stays, whatever is selected. */
  @Test
  @Conforms("CH-70")
  void adviceAboutThePatientStays() {
    List<String> always = statements(cards(select("MedicationRequest/b")));
    assertThat(statements(cards(select("MedicationRequest/a")))).containsAll(always);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "urn:uuid:a", "https://ehr.example/fhir/MedicationRequest/a"})
  @Conforms("CH-39")
  void selectionsOfOtherFormsAreFound(String selection) {
    assertThat(statements(cards(select(selection))))
        .isEqualTo(statements(cards(select("MedicationRequest/a"))));
  }

  @Test
  void aSelectionThatNamesNoOrderSilencesNothing() {
    assertThat(statements(cards(select("MedicationRequest/x")))).contains("REN-2");
    assertThat(statements(cards(select()))).contains("REN-2");
  }

  // ---- order-sign ----

  /** Signing again: an order that has left the draft stage is judged like a draft. */
  @ParameterizedTest
  @ValueSource(strings = {"active", "on-hold", "completed", "unknown"})
  @Conforms("CH-102")
  void anOrderThatIsNoDraftAnyMoreIsJudged(String status) {
    HookCall call = call("order-sign", renal());
    List<String> draft = statements(cards(call));
    ((ObjectNode) call.context().get("draftOrders").get("entry").get(0).get("resource"))
        .put("status", status);
    assertThat(statements(cards(call))).isEqualTo(draft).contains("REN-2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ServiceRequest",
        "DeviceRequest",
        "NutritionOrder",
        "VisionPrescription",
        "CommunicationRequest"
      })
  @Conforms("CH-110")
  void everyKindOfOrderIsAccepted(String type) {
    HookCall call = call("order-sign", renal());
    List<String> before = statements(cards(call));
    ((ArrayNode) call.context().get("draftOrders").get("entry"))
        .addObject()
        .putObject("resource")
        .put("resourceType", type)
        .put("id", "other")
        .put("status", "draft")
        .putObject(type.matches("NutritionOrder|VisionPrescription") ? "patient" : "subject")
        .put("reference", "Patient/p1");
    assertThat(statements(cards(call))).isEqualTo(before);
  }

  // ---- the source of a card ----

  @Test
  @Conforms("CH-57")
  void theIconIsAPngOfHundredByHundredWithoutTransparency() throws Exception {
    String icon = cards(select("MedicationRequest/a")).get(0).get("source").get("icon").asString();
    var image = javax.imageio.ImageIO.read(java.net.URI.create(icon).toURL());
    assertThat(image.getWidth()).isEqualTo(100);
    assertThat(image.getHeight()).isEqualTo(100);
    assertThat(image.getColorModel().hasAlpha()).isFalse();
  }

  @Test
  @Conforms({"CH-57", "CH-58"})
  void theSourceLeadsToTheGuidelineAndALinkToThePassage() {
    for (JsonNode card : cards(select("MedicationRequest/a"))) {
      String whole = card.get("source").get("url").asString();
      assertThat(http.get(whole.substring(http.base().length())).status()).isEqualTo(200);
      if (card.get("source").has("topic")) {
        String statement = card.get("source").get("topic").get("code").asString();
        String passage = card.get("links").get(0).get("url").asString();
        assertThat(passage).startsWith(http.base() + "/guideline/" + statement + "?lang=nb#");
        Http.Answer page = http.get(passage.substring(http.base().length()).split("#")[0]);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.contentType()).startsWith("text/html");
        assertThat(page.body()).contains("id=\"" + passage.split("#")[1] + "\"");
      }
    }
  }

  private JsonNode cards(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    String text = answer.body();
    for (String uuid : answer.json().findValuesAsString("uuid")) {
      text = text.replace(uuid, "uuid");
    }
    return JsonMapper.shared().readTree(text).get("cards");
  }

  private static List<String> statements(JsonNode cards) {
    List<String> statements = new ArrayList<>();
    for (JsonNode card : cards) {
      card.path("extension").path("no.marg.statements").forEach(s -> statements.add(s.asString()));
    }
    return statements;
  }
}
