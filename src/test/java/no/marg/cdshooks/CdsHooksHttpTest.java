package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Timing;
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
import tools.jackson.databind.node.ObjectNode;

/** The CDS Hooks services over HTTP. */
@RunningMarg
class CdsHooksHttpTest {
  private static final Pattern TOKEN = Pattern.compile("\\{\\{([^}]*)}}");
  private static final Set<String> OF_PROFESSIONALS =
      Set.of(
          "context.userId",
          "context.patientId",
          "context.encounterId",
          "userPractitionerId",
          "userPractitionerRoleId");

  /**
   * The hooks with what their definitions let a prefetch token name: context fields marked for it,
   * and the ids of the kinds of user they have.
   */
  private static final Map<String, Set<String>> TOKENS =
      Map.of(
          "patient-view",
          Set.of(
              "context.userId",
              "context.patientId",
              "context.encounterId",
              "userPractitionerId",
              "userPractitionerRoleId",
              "userPatientId",
              "userRelatedPersonId"),
          "order-select",
          OF_PROFESSIONALS,
          "order-sign",
          OF_PROFESSIONALS,
          "encounter-start",
          OF_PROFESSIONALS,
          "problem-list-item-create",
          OF_PROFESSIONALS,
          "appointment-book",
          OF_PROFESSIONALS);

  private static final String LENALIDOMIDE = "L04AX04";

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  // ---- discovery ----

  @Test
  @Conforms({"CH-1", "CH-10", "CH-11", "CH-13", "CH-14"})
  void discoveryDescribesEveryService() {
    Http.Answer answer = http.get("/cds-services");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.contentType()).startsWith("application/json");
    assertThat(answer.json().propertyNames()).containsExactly("services");
    List<String> ids = new ArrayList<>();
    for (JsonNode service : services()) {
      ids.add(service.get("id").asString());
      assertThat(service.propertyNames())
          .contains("hook", "id", "title", "description", "prefetch", "usageRequirements")
          .isSubsetOf("hook", "id", "title", "description", "prefetch", "usageRequirements");
      service
          .properties()
          .forEach(
              each -> {
                if (!each.getKey().equals("prefetch")) {
                  assertThat(each.getValue().asString()).as(each.getKey()).isNotBlank();
                }
              });
      assertThat(service.get("hook").asString()).isIn(TOKENS.keySet());
      assertThat(service.get("description").asString())
          .contains("ikke for klinisk bruk før godkjenning")
          .contains("ÅPEN DEMO");
    }
    assertThat(ids)
        .doesNotHaveDuplicates()
        .contains("mm-patient-view", "mm-order-select", "mm-order-sign");
  }

  @Test
  void discoverySpeaksEnglish() {
    JsonNode service =
        http.get("/cds-services", "Accept-Language", "en").json().get("services").get(0);
    assertThat(service.get("description").asString())
        .contains("not for clinical use until approved");
  }

  /** Without the key patient no call of the service could be answered. */
  @Test
  @Conforms("CH-16")
  void everyServiceAsksForThePatientAndForTheSameData() {
    for (JsonNode service : services()) {
      assertThat(service.get("prefetch").propertyNames())
          .as(service.get("id").asString())
          .contains("patient")
          .containsAll(HookCall.dataKeys());
    }
  }

  @Test
  @Conforms({"CH-17", "CH-18", "CH-19", "CH-20"})
  void prefetchTemplatesAreReadsAndSearchesThatAnyServerCanDo() {
    int longest = 0;
    for (JsonNode service : services()) {
      for (var template : service.get("prefetch").properties()) {
        String text = template.getValue().asString();
        Matcher tokens = TOKEN.matcher(text);
        while (tokens.find()) {
          assertThat(TOKENS.get(service.get("hook").asString())).contains(tokens.group(1));
        }
        String filled = text.replace("{{context.patientId}}", "a".repeat(64));
        assertThat(filled).doesNotContain("{").doesNotContain("}").doesNotContain(" ");
        URI uri = URI.create(filled);
        assertThat(uri.isAbsolute()).isFalse();
        longest = Math.max(longest, filled.length());
        if (uri.getQuery() == null) {
          assertThat(text).isEqualTo("Patient/{{context.patientId}}");
          continue;
        }
        assertThat(uri.getPath()).matches("[A-Z][A-Za-z]+");
        assertThat(text).contains("?patient={{context.patientId}}");
        for (String parameter : uri.getRawQuery().split("&")) {
          String name = parameter.substring(0, parameter.indexOf('='));
          String value =
              URLDecoder.decode(parameter.substring(name.length() + 1), StandardCharsets.UTF_8);
          assertThat(name).isIn("patient", "code", "category", "status", "_sort", "_count");
          assertThat(value).isNotBlank().doesNotContain(",,");
        }
        assertThat(filled).as("a bounded page").contains("_count=");
      }
    }
    // Servers and proxies commonly refuse more than 2,000 characters.
    assertThat(longest).isLessThan(1900);
  }

  @Test
  @Conforms("CH-12")
  void everyServiceAnswersItsHook() {
    for (JsonNode service : services()) {
      HookCall call = call(service.get("hook").asString(), reference(90), order("a", "25 mg"));
      Http.Answer answer =
          http.post(
              "/cds-services/" + service.get("id").asString(), call.body().toString(), Http.JSON);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      CardRules.check(call.body(), answer.json());
    }
  }

  private JsonNode services() {
    return http.get("/cds-services").json().get("services");
  }

  // ---- lenalidomide and renal function ----

  @ParameterizedTest(name = "eGFR {0}")
  @ValueSource(strings = {"28", "29.9"})
  void belowThirtyTheOrderIsOfferedWithFifteenMilligrams(String egfr) {
    JsonNode card = renalCard(reference(Double.parseDouble(egfr)), order("a", "25 mg"));
    assertThat(topic(card)).isEqualTo("REN-2");
    assertThat(card.get("indicator").asString()).isEqualTo("warning");
    assertThat(card.get("detail").asString())
        .contains(egfr.replace('.', ','), "10.02.2026", "< 30 mL/min/1,73 m²");
    assertThat(updates(card)).containsExactly("a 15 mg");
  }

  @Test
  void atExactlyThirtyFifteenIsOfferedToBeConfirmed() {
    JsonNode card = renalCard(reference(30), order("a", "25 mg"));
    assertThat(topic(card)).isEqualTo("REN-3");
    assertThat(card.get("summary").asString()).contains("bekreft");
    assertThat(updates(card)).containsExactly("a 15 mg");
  }

  @Test
  void aboveThirtyTheDoseStands() {
    JsonNode cards = cards(reference(30.1), order("a", "25 mg"));
    assertThat(statements(cards)).doesNotContain("REN-2", "REN-3").contains("REN-4");
    assertThat(allUpdates(cards)).isEmpty();
  }

  @Test
  void fifteenMilligramsBelowThirtyIsNotCriticised() {
    JsonNode cards = cards(reference(28), order("a", "15 mg"));
    assertThat(statements(cards)).doesNotContain("REN-2", "REN-3").contains("REN-4");
    assertThat(allUpdates(cards)).isEmpty();
  }

  static Stream<Arguments> undecided() {
    TestRecord none = TestRecord.of("p1", "1966-01-01");
    TestRecord coarse = TestRecord.of("p1", "1966-01-01").egfr("<60 mL/min/{1.73_m2}");
    TestRecord old =
        TestRecord.of("p1", "1966-01-01")
            .result("98979-8", "28 mL/min/{1.73_m2}", LocalDate.of(2026, 1, 1));
    TestRecord wrongUnit = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min");
    return Stream.of(
        Arguments.of("none", none, "eGFR"),
        Arguments.of("reported as below 60", coarse, "< 60 mL/min/1,73 m²"),
        Arguments.of("45 days old", old, "nyeste er fra 01.01.2026"),
        Arguments.of("in mL/min", wrongUnit, "nyeste svar kan ikke brukes"));
  }

  @ParameterizedTest(name = "eGFR {0}")
  @MethodSource("undecided")
  @Conforms("CH-49")
  void anEgfrThatCanNotDecideIsSaidAndChangesNothing(String what, TestRecord patient, String said) {
    JsonNode card = renalCard(patient, order("a", "25 mg"));
    assertThat(topic(card)).isEqualTo("REN-2");
    assertThat(card.get("summary").asString()).contains("kan ikke vurderes");
    assertThat(card.get("detail").asString()).contains(said);
    assertThat(updates(card)).isEmpty();
  }

  @ParameterizedTest(name = "eGFR {0}")
  @CsvSource({"none", "45 days old"})
  void aMissingEgfrIsOfferedToBeOrdered(String what) {
    TestRecord patient =
        (TestRecord)
            undecided()
                .filter(each -> each.get()[0].equals(what))
                .findFirst()
                .orElseThrow()
                .get()[1];
    JsonNode card = renalCard(patient, order("a", "25 mg"));
    assertThat(created(card)).contains("98979-8");
  }

  @Test
  @Conforms("CH-49")
  void anOrderWithoutADoseIsSaidToBeUndecided() {
    JsonNode card = renalCard(reference(28), order("a", null));
    assertThat(card.get("summary").asString()).contains("kan ikke vurderes");
    assertThat(updates(card)).isEmpty();
  }

  @Test
  @Conforms("CH-70")
  void ofSeveralOrdersOnlyThoseAboveFifteenAreChanged() {
    List<MedicationRequest> orders =
        List.of(on("2026-02-16", order("a", "25 mg")), on("2026-02-17", order("b", "10 mg")));
    assertThat(updates(renalCard(reference(28), orders))).containsExactly("a 15 mg");
    JsonNode both =
        renalCard(
            reference(28),
            List.of(on("2026-02-16", order("a", "25 mg")), on("2026-02-17", order("b", "20 mg"))));
    assertThat(updates(both)).containsExactlyInAnyOrder("a 15 mg", "b 15 mg");
    assertThat(both.get("suggestions").get(0).get("actions").size()).isEqualTo(2);
    assertThat(both.get("extension").get("no.marg.orders").toString())
        .contains("MedicationRequest/a", "MedicationRequest/b");
  }

  @Test
  void anotherDrugGetsNoRenalCard() {
    MedicationRequest other = patient().draft("a", "C03CA01", "Furosemid", "40 mg");
    assertThat(statements(cards(reference(28), List.of(other))))
        .noneMatch(statement -> statement.startsWith("REN-"));
  }

  // ---- languages ----

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "en, gives 15 mg",
    "'en-GB,en;q=0.9', gives 15 mg",
    "nb, gir 15 mg",
    "'nb-NO,nb;q=0.9,en;q=0.8', gir 15 mg",
    "de, gir 15 mg"
  })
  void cardsSpeakTheLanguageAskedFor(String accepted, String expected) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    JsonNode cards = answer(call, "Accept-Language", accepted);
    assertThat(cards.get(0).get("summary").asString()).contains(expected);
  }

  @Test
  void englishCardsHaveNoNorwegianWordsAroundThem() {
    JsonNode cards =
        answer(call("order-sign", reference(28), order("a", "25 mg")), "Accept-Language", "en");
    for (JsonNode card : cards) {
      assertThat(card.toString())
          .doesNotContain("Kilde:", "Gjelder ordinasjonen", "Pasientens verdi", "Mangler");
      assertThat(card.get("source").get("label").asString()).startsWith("Norwegian guideline");
    }
  }

  // ---- what stands in records stays text ----

  @Test
  @Conforms({"CH-54", "CH-55"})
  void textOfAnOrderNeverBecomesMarkup() {
    String hostile =
        "<script>alert(1)</script> ![x](https://evil.example/x.png) [klikk](https://evil.example)"
            + " **fet** `kode` | celle\n"
            + "# overskrift\n"
            + "- punkt www.evil.example a@evil.example &lt;b&gt;";
    MedicationRequest order = patient().draft("a", LENALIDOMIDE, hostile, "25 mg");
    order.getDosageInstructionFirstRep().setText(hostile);
    HookCall call = call("order-sign", reference(28), List.of(order));
    JsonNode cards = answer(call);
    String detail = cards.get(0).get("detail").asString();
    assertThat(detail).contains("alert(1)");
    String ours = detail.replaceAll("\\\\.", "");
    for (JsonNode card : cards) {
      assertThat(card.get("summary").asString()).doesNotContain("alert", "evil");
    }
    assertThat(ours)
        .doesNotContain(
            "<s", "<b", "](", "`", "**fet", "https:", "www.", "@evil", "\n# o", "\n- punkt")
        .contains("&lt;script&gt;", "&amp;lt;b&amp;gt;");
    assertThat(detail).doesNotContain("| celle\n").contains("\\| celle");
  }

  @Test
  @Conforms({"CH-54", "CH-55"})
  void textOfAResultNeverBecomesMarkup() {
    TestRecord patient = reference(28);
    patient.result("718-7", "9 <img/src=x>");
    JsonNode cards = answer(call("order-sign", patient, order("a", "25 mg")));
    JsonNode data = cards.get(cards.size() - 1);
    assertThat(data.get("detail").asString()).contains("ukjent enhet").doesNotContain("<img");
  }

  // ---- requests that are refused ----

  static Stream<Arguments> refused() {
    return Stream.of(
        refused("no hook", call -> call.body().remove("hook")),
        refused("hook null", call -> call.body().putNull("hook")),
        refused("hook a number", call -> call.body().put("hook", 1)),
        refused("another hook", call -> call.body().put("hook", "patient-view")),
        refused("no hookInstance", call -> call.body().remove("hookInstance")),
        refused("hookInstance empty", call -> call.body().put("hookInstance", "")),
        refused("no context", call -> call.body().remove("context")),
        refused("context a string", call -> call.body().put("context", "x")),
        refused("no userId", call -> call.context().remove("userId")),
        refused("no patientId", call -> call.context().remove("patientId")),
        refused("patientId a number", call -> call.context().put("patientId", 1)),
        refused("patientId not an id", call -> call.context().put("patientId", "p1&x=y")),
        refused("no draftOrders", call -> call.context().remove("draftOrders")),
        refused("draftOrders a string", call -> call.context().put("draftOrders", "x")),
        refused("prefetch an array", call -> call.body().putArray("prefetch")),
        refused("a prefetch key a string", call -> call.prefetch().put("conditions", "none")),
        refused(
            "a prefetch key that is no resource",
            call -> call.prefetch().putObject("conditions").put("a", 1)),
        refused(
            "a prefetch key of an unknown type",
            call -> call.prefetch().putObject("conditions").put("resourceType", "Nothing")),
        refused(
            "a patient key that is no Patient",
            call -> call.prefetch().putObject("patient").put("resourceType", "Practitioner")),
        refused(
            "authorization without server",
            call -> call.body().putObject("fhirAuthorization").put("access_token", "t")),
        refused(
            "another patient",
            call ->
                call.prefetch()
                    .set(
                        "patient",
                        HookCall.json(TestRecord.of("p2", "1950-01-01").resources().get(0)))),
        refused(
            "a result of another patient",
            call ->
                call.prefetch()
                    .set(
                        "latestObservations",
                        HookCall.json(
                            TestRecord.of("p2", null).weight("70 kg").resources().get(1)))),
        refused(
            "an order for another patient",
            call ->
                call.drafts(
                    List.of(TestRecord.of("p2", null).draft("a", LENALIDOMIDE, "x", "25 mg")))));
  }

  private static Arguments refused(String what, Consumer<HookCall> change) {
    return Arguments.of(what, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  @Conforms({"CH-30", "CH-31", "CH-34", "CH-37", "CH-51"})
  void aWrongRequestIsRefused(String what, Consumer<HookCall> change) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    change.accept(call);
    assertRefused(call.send(http), 400);
  }

  /** The order of a missing examination would be signed with the card. */
  @Test
  void anExaminationThatIsContraindicatedIsNotOfferedAsMissing() {
    TestRecord smouldering =
        TestRecord.of("p1", "1960-01-01").fact("diagnosis-statement", "smoldering-myeloma");
    assertThat(offers("encounter-start", smouldering)).contains("46358-8", "46305-9");
    assertThat(offers("encounter-start", smouldering.fact("mri-contraindication", true)))
        .contains("46305-9")
        .doesNotContain("46358-8");
  }

  /** A control is due: the card names and offers every test of it that has no result. */
  @Test
  void eachMissingTestOfAControlIsOffered() {
    Condition listed = new Condition();
    listed.setId("mgus");
    listed.setSubject(new Reference("Patient/p1"));
    listed.getCode().addCoding().setSystem("http://snomed.info/sct").setCode("277577000");
    listed.setRecordedDateElement(new DateTimeType("2023-01-10"));
    TestRecord mgus = TestRecord.of("p1", "1960-01-01").with(listed);
    assertThat(offers("encounter-start", mgus)).contains("718-7", "14682-9", "33762-6", "6768-6");
    assertThat(offers("encounter-start", mgus.result("718-7", "13.2 g/dL")))
        .contains("14682-9", "33762-6", "6768-6")
        .doesNotContain("718-7");
  }

  private String offers(String hook, TestRecord record) {
    StringBuilder all = new StringBuilder();
    answer(call(hook, record, List.of())).forEach(card -> all.append(card.path("suggestions")));
    return all.toString();
  }

  @Test
  @Conforms("CH-101")
  void orderSelectNeedsItsSelections() {
    HookCall call = call("order-select", reference(28), order("a", "25 mg"));
    assertThat(call.send(http).status()).isEqualTo(200);
    call.context().remove("selections");
    assertRefused(call.send(http), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "\"x\"",
        "null",
        "{\"hook\":\"order-sign\"} x",
        "{'hook':1}",
        "{\"hook\":\"a\",\"hook\":\"b\"}",
        "{\"hook\":\"order-sign\",}"
      })
  @Conforms({"CH-33", "CH-51"})
  void brokenJsonIsRefused(String body) {
    assertRefused(http.post("/cds-services/mm-order-sign", body, Http.JSON), 400);
  }

  @Test
  @Conforms("CH-33")
  void anUnknownServiceIsNotFound() {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    assertRefused(http.post("/cds-services/none", call.body().toString(), Http.JSON), 404);
  }

  @Test
  @Conforms("CH-33")
  void aServiceIsCalledByPostWithJson() {
    assertThat(http.get("/cds-services/mm-order-sign").status()).isEqualTo(405);
    assertThat(http.post("/cds-services/mm-order-sign", "hello", "text/plain").status())
        .isEqualTo(415);
  }

  @ParameterizedTest
  @ValueSource(strings = {"absent", "null", "outcome", "empty"})
  @Conforms("CH-42")
  void withoutThePatientNothingIsAdvised(String state) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    switch (state) {
      case "absent" -> call.prefetch().remove("patient");
      case "null" -> call.prefetch().putNull("patient");
      case "outcome" -> call.prefetch().set("patient", outcome());
      default -> call.body().remove("prefetch");
    }
    assertRefused(call.send(http), 412);
  }

  private static void assertRefused(Http.Answer answer, int status) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    OperationOutcome outcome = answer.as(OperationOutcome.class);
    assertThat(outcome.getIssue())
        .isNotEmpty()
        .allMatch(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .allMatch(issue -> issue.getDetails().hasText());
    assertThat(answer.body()).doesNotContain("Exception", "no.marg.", "\\tat ");
  }

  // ---- what a client may send ----

  @Test
  @Conforms({"CH-32", "CH-37"})
  void thePatientIdMayBeAReferenceAndHookInstanceAnyText() {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    JsonNode expected = withoutIds(answer(call));
    call.context().put("patientId", "Patient/p1");
    call.body().put("hookInstance", "not a uuid");
    assertThat(withoutIds(answer(call))).isEqualTo(expected);
  }

  @Test
  @Conforms({"CH-5", "CH-47"})
  void unknownFieldsChangeNothing() {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    JsonNode expected = withoutIds(answer(call));
    call.body().putObject("extension").put("com.example.x", 1);
    call.body().put("invented", true);
    call.body().put("fhirServer", "https://fhir.example.org");
    call.context().putArray("invented").addObject().put("a", "b");
    call.context().put("encounterId", "e1");
    call.prefetch().set("invented", outcome());
    call.prefetch().putNull("other");
    ((ObjectNode) call.prefetch().get("patient")).put("invented", "x");
    assertThat(withoutIds(answer(call))).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("dataKeys")
  @Conforms({"CH-40", "CH-41", "CH-43"})
  void aKeyThatWasNotReadIsNamed(String key) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    String complete = answer(call).toString();
    assertThat(complete).doesNotContain("Ikke lest fra journalen");
    call.prefetch().remove(key);
    JsonNode absent = withoutIds(answer(call));
    assertThat(absent.toString()).contains("Ikke lest fra journalen", "(ikke sendt)");
    call.prefetch().set(key, outcome());
    assertThat(withoutIds(answer(call)).toString())
        .as("failed as absent, but for the reason")
        .isEqualTo(absent.toString().replace("ikke sendt", "journalsystemet kunne ikke hente dem"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"imagingReports", "procedures", "mmFacts"})
  void aCtIsNotCalledMissingWhereItsSourceWasNotRead(String key) {
    String missing = "Behandlingslinje starter uten lavdose CT";
    String notKnown = "det er ikke kjent om lavdose CT er tatt";
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    assertThat(answer(call).toString()).contains(missing).doesNotContain(notKnown);
    call.prefetch().remove(key);
    assertThat(answer(call).toString()).contains(notKnown).doesNotContain(missing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"carePlans", "procedures"})
  void aDoseThatMayBeOfMaintenanceHasItsOwnCardWhereHmasWasNotRead(String key) {
    String told = "er det vedlikehold etter HMAS, er dosen 15 mg";
    HookCall call = call("order-sign", reference(60), order("a", "25 mg"));
    assertThat(answer(call).toString()).doesNotContain(told);
    call.prefetch().remove(key);
    assertThat(answer(call).toString()).contains(told);
  }

  static List<String> dataKeys() {
    return HookCall.dataKeys();
  }

  @ParameterizedTest
  @MethodSource("dataKeys")
  @Conforms("CH-40")
  void nullIsAKeyThatHoldsNothing(String key) {
    HookCall call = call("order-sign", patient(), order("a", "25 mg"));
    JsonNode expected = withoutIds(answer(call));
    call.prefetch().putNull(key);
    assertThat(withoutIds(answer(call))).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}: incomplete {1}")
  @CsvSource({"conditions, true", "mmFacts, true", "latestObservations, false"})
  @Conforms("CH-46")
  void aFurtherPageIsMissingUnlessTheNewestComeFirst(String key, boolean incomplete) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    ((ObjectNode) call.prefetch().get(key))
        .putArray("link")
        .addObject()
        .put("relation", "next")
        .put("url", "https://fhir.example.org/?page=2");
    assertThat(answer(call).toString().contains("Ikke lest fra journalen")).isEqualTo(incomplete);
  }

  @Test
  @Conforms("CH-39")
  void orderFormsOfOtherRecordsAreReadAsFarAsTheyGo() {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    ObjectNode bundle = (ObjectNode) call.context().get("draftOrders");
    bundle.remove("type");
    var entries = (tools.jackson.databind.node.ArrayNode) bundle.get("entry");
    entries.addObject();
    entries.addObject().putObject("resource").put("resourceType", "NutritionOrder").put("id", "n");
    entries.addObject().putObject("resource").put("resourceType", "MedicationRequest");
    ObjectNode bare = entries.addObject().putObject("resource");
    bare.put("resourceType", "MedicationRequest").put("id", "bare").put("status", "bogus");
    ((ObjectNode) entries.get(0).get("resource")).remove("intent");
    assertThat(statements(answer(call))).contains("REN-2");
  }

  // ---- always ----

  @Test
  @Conforms({"CH-52", "CH-71", "CH-72"})
  void theSameCallGivesTheSameCards() {
    HookCall call =
        call("order-sign", reference(28), List.of(order("a", "25 mg"), order("b", null)));
    JsonNode first = answer(call);
    JsonNode second = answer(call);
    assertThat(withoutIds(second)).isEqualTo(withoutIds(first));
    assertThat(uuids(first)).doesNotContainAnyElementsOf(uuids(second));
  }

  @Test
  @Conforms({"CH-58", "CH-66"})
  void aCardLeadsToItsRule() {
    for (JsonNode card : cards(reference(28), order("a", "25 mg"))) {
      for (JsonNode link : card.path("links")) {
        String url = link.get("url").asString();
        assertThat(url).startsWith(http.base());
        assertThat(http.get(url.substring(http.base().length())).status()).isEqualTo(200);
      }
    }
  }

  @Test
  @Conforms("CH-119")
  void theHookAndApplySayTheSame() {
    TestRecord patient = reference(28);
    List<MedicationRequest> orders = List.of(order("a", "25 mg"));
    Set<String> ofHook = new TreeSet<>(statements(answer(call("order-sign", patient, orders))));
    Parameters apply = new Parameters();
    apply.addParameter().setName("subject").setValue(new StringType("Patient/p1"));
    apply.addParameter().setName("data").setResource(patient.bundle());
    apply.addParameter().setName("draftOrders").setResource(TestRecord.bundle(orders));
    CarePlan plan =
        http.post("/fhir/PlanDefinition/mm-order-sign/$apply", apply).as(CarePlan.class);
    Set<String> ofApply = new TreeSet<>();
    plan.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .flatMap(group -> ((RequestGroup) group).getAction().stream())
        .forEach(action -> ofApply.add(action.getDocumentationFirstRep().getLabel()));
    assertThat(ofApply).isEqualTo(ofHook).contains("REN-2");
  }

  @Test
  void aDeadPatientGetsNoAdvice() {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    ((ObjectNode) call.prefetch().get("patient")).put("deceasedDateTime", "2026-02-01");
    assertThat(answer(call)).isEmpty();
  }

  @Test
  void twentyThousandResourcesAreRead() {
    TestRecord patient = reference(28);
    for (int i = 0; i < 20_000; i++) {
      patient.result("718-7", "11.2 g/dL", LocalDate.of(2026, 2, 14).minusDays(i));
    }
    assertThat(statements(answer(call("order-sign", patient, order("a", "25 mg")))))
        .contains("REN-2");
  }

  /** Resources of a record, each with a date in the place of {@code @}. */
  private static final Map<String, String> DATED =
      Map.ofEntries(
          Map.entry("patient", "{'resourceType':'Patient','id':'p1','birthDate':'@'}"),
          Map.entry(
              "patient deceased",
              "{'resourceType':'Patient','id':'p1','birthDate':'1966-01-01','deceasedDateTime':'@'}"),
          Map.entry(
              "latestObservations",
              "{'resourceType':'Observation','status':'final','code':{'coding':[{'system':"
                  + "'http://loinc.org','code':'98979-8'}]},'effectiveDateTime':'@','valueQuantity':"
                  + "{'value':28,'system':'http://unitsofmeasure.org','code':'mL/min/{1.73_m2}'}}"),
          Map.entry(
              "latestObservations issued",
              "{'resourceType':'Observation','status':'final','code':{'coding':[{'system':"
                  + "'http://loinc.org','code':'98979-8'}]},'issued':'@','valueQuantity':"
                  + "{'value':28,'system':'http://unitsofmeasure.org','code':'mL/min/{1.73_m2}'}}"),
          Map.entry(
              "latestObservations period",
              "{'resourceType':'Observation','status':'final','code':{'coding':[{'system':"
                  + "'http://loinc.org','code':'98979-8'}]},'effectivePeriod':{'start':'@','end':'@'},"
                  + "'valueQuantity':{'value':28,'system':'http://unitsofmeasure.org',"
                  + "'code':'mL/min/{1.73_m2}'}}"),
          Map.entry(
              "mmFacts",
              "{'resourceType':'Observation','status':'final','code':{'coding':[{'system':"
                  + "'FACTS','code':'diagnosis-date'}]},'effectiveDateTime':'@','valueDateTime':'@'}"),
          Map.entry(
              "conditions",
              "{'resourceType':'Condition','code':{'coding':[{'system':'http://snomed.info/sct',"
                  + "'code':'109989006'}]},'onsetDateTime':'@','recordedDate':'@',"
                  + "'abatementDateTime':'@'}"),
          Map.entry(
              "medicationRequests",
              "{'resourceType':'MedicationRequest','status':'active','intent':'order',"
                  + "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc',"
                  + "'code':'L04AX04'}]},'authoredOn':'@'}"),
          Map.entry(
              "medicationStatements",
              "{'resourceType':'MedicationStatement','status':'active',"
                  + "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc',"
                  + "'code':'J05AB11'}]},'effectiveDateTime':'@','dateAsserted':'@'}"),
          Map.entry(
              "medicationAdministrations",
              "{'resourceType':'MedicationAdministration','status':'completed',"
                  + "'medicationCodeableConcept':{'coding':[{'system':'http://www.whocc.no/atc',"
                  + "'code':'L01XG01'}]},'effectiveDateTime':'@'}"),
          Map.entry(
              "procedures",
              "{'resourceType':'Procedure','status':'completed','code':{'coding':[{'system':"
                  + "'http://snomed.info/sct','code':'58776007'}]},'performedDateTime':'@'}"),
          Map.entry(
              "carePlans",
              "{'resourceType':'CarePlan','status':'active','intent':'plan',"
                  + "'period':{'start':'@','end':'@'},'created':'@'}"),
          Map.entry(
              "imagingReports",
              "{'resourceType':'DiagnosticReport','status':'final','code':{'text':'CT'},"
                  + "'effectiveDateTime':'@'}"),
          Map.entry(
              "immunizations",
              "{'resourceType':'Immunization','status':'completed','vaccineCode':{'coding':"
                  + "[{'system':'http://www.whocc.no/atc','code':'J07BB02'}]},"
                  + "'occurrenceDateTime':'@'}"),
          Map.entry(
              "allergies",
              "{'resourceType':'AllergyIntolerance','code':{'text':'x'},'recordedDate':'@'}"));

  static Stream<Arguments> broken() {
    List<String> dates =
        List.of(
            "2026-13-45",
            "2026-02-30",
            "soon",
            "20260210",
            "2026-02-10T25:61:00+01:00",
            "2026-02-10T08:00",
            "2026-02-10T08:00:00",
            "99999-01-01",
            "-1",
            "2026-2-1");
    return DATED.keySet().stream()
        .sorted()
        .flatMap(place -> dates.stream().map(date -> Arguments.of(place, date)));
  }

  /** A broken date in one place of a record must never bring the service down. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("broken")
  @Conforms("CH-39")
  void aBrokenDateIsNeverAFailure(String place, String date) {
    String key = place.replaceFirst(" .*", "");
    ObjectNode resource =
        (ObjectNode)
            JsonMapper.shared()
                .readTree(
                    DATED
                        .get(place)
                        .replace('\'', '"')
                        .replace("FACTS", Guideline.FACTS)
                        .replace("@", date));
    if (!key.equals("patient")) {
      resource.putIfAbsent("id", JsonMapper.shared().valueToTree("broken"));
      String owner = key.equals("immunizations") || key.equals("allergies") ? "patient" : "subject";
      resource.putObject(owner).put("reference", "Patient/p1");
    }
    for (String hook : List.of("patient-view", "order-sign")) {
      HookCall call = call(hook, reference(28), order("a", "25 mg"));
      if (key.equals("patient")) {
        call.prefetch().set("patient", resource);
      } else {
        ((ObjectNode) call.prefetch().get(key))
            .putArray("entry")
            .addObject()
            .set("resource", resource);
      }
      Http.Answer answer = call.send(http);
      assertThat(answer.status()).as(hook + " " + answer.body()).isIn(200, 400);
      if (answer.status() == 200) {
        CardRules.check(call.body(), answer.json());
      } else {
        assertRefused(answer, 400);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"valueQuantity\":{\"value\":\"abc\",\"code\":\"kg\"}}",
        "{\"valueQuantity\":{\"value\":1e400,\"code\":\"kg\"}}",
        "{\"valueQuantity\":[]}",
        "{\"valueQuantity\":\"70 kg\"}",
        "{\"status\":\"bogus\"}",
        "{\"status\":7}",
        "{\"code\":null}",
        "{\"code\":{\"coding\":[{}]}}",
        "{\"code\":{\"coding\":{\"code\":\"29463-7\"}}}",
        "{\"category\":{\"coding\":[]}}",
        "{\"subject\":{\"display\":\"p1\"}}",
        "{\"id\":\"\"}",
        "{\"component\":[null]}",
        "{\"referenceRange\":[{\"low\":{\"value\":\"x\"}}]}"
      })
  @Conforms("CH-39")
  void aBrokenResultIsNeverAFailure(String change) {
    HookCall call = call("order-sign", reference(28), order("a", "25 mg"));
    ObjectNode result =
        (ObjectNode) call.prefetch().get("latestObservations").get("entry").get(0).get("resource");
    result.setAll((ObjectNode) JsonMapper.shared().readTree(change));
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isIn(200, 400);
    if (answer.status() == 200) {
      CardRules.check(call.body(), answer.json());
    } else {
      assertRefused(answer, 400);
    }
  }

  // ---- calls and answers ----

  private static TestRecord patient() {
    return TestRecord.of("p1", "1966-01-01");
  }

  private static TestRecord reference(double egfr) {
    return patient().weight("70 kg").height("175 cm").egfr(egfr + " mL/min/{1.73_m2}");
  }

  private static MedicationRequest order(String id, String dose) {
    return patient().draft(id, LENALIDOMIDE, "Lenalidomid", dose);
  }

  /** Given on one day alone. */
  private static MedicationRequest on(String day, MedicationRequest order) {
    order
        .getDosageInstructionFirstRep()
        .setTiming(new Timing().addEvent(new DateTimeType(day).getValue()));
    return order;
  }

  /** What would still give too much on a day is not changed to a dose that looks right. */
  @Test
  void twoOrdersOfOneDayAreNotChangedEachByItself() {
    List<MedicationRequest> orders = List.of(order("a", "25 mg"), order("b", "10 mg"));
    JsonNode card = renalCard(reference(28), orders);
    assertThat(updates(card)).isEmpty();
    assertThat(card.get("suggestions").toString()).contains("delete");
  }

  private static HookCall call(String hook, TestRecord patient, MedicationRequest order) {
    return call(hook, patient, List.of(order));
  }

  private static HookCall call(String hook, TestRecord patient, List<MedicationRequest> orders) {
    HookCall call = HookCall.of(hook, patient.id(), patient.resources());
    return hook.startsWith("order-") ? call.drafts(orders) : call;
  }

  /** The cards of a call, checked. */
  private JsonNode answer(HookCall call, String... headers) {
    Http.Answer answer = call.send(http, headers);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.contentType()).startsWith("application/json");
    CardRules.check(call.body(), answer.json());
    return answer.json().get("cards");
  }

  private JsonNode cards(TestRecord patient, MedicationRequest order) {
    return cards(patient, List.of(order));
  }

  private JsonNode cards(TestRecord patient, List<MedicationRequest> orders) {
    return answer(call("order-sign", patient, orders));
  }

  private JsonNode renalCard(TestRecord patient, MedicationRequest order) {
    return renalCard(patient, List.of(order));
  }

  private JsonNode renalCard(TestRecord patient, List<MedicationRequest> orders) {
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode card : cards(patient, orders)) {
      String topic = topic(card);
      if (topic.equals("REN-2") || topic.equals("REN-3")) {
        found.add(card);
      }
    }
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static String topic(JsonNode card) {
    return card.get("source").path("topic").path("code").asString("");
  }

  private static List<String> statements(JsonNode cards) {
    List<String> statements = new ArrayList<>();
    for (JsonNode card : cards) {
      card.path("extension")
          .path("no.marg.statements")
          .forEach(statement -> statements.add(statement.asString()));
    }
    return statements;
  }

  /** Order and new dose of each update of a card. */
  private static List<String> updates(JsonNode card) {
    List<String> updates = new ArrayList<>();
    for (JsonNode suggestion : card.path("suggestions")) {
      for (JsonNode action : suggestion.get("actions")) {
        if (action.get("type").asString().equals("update")) {
          JsonNode resource = action.get("resource");
          JsonNode dose =
              resource
                  .get("dosageInstruction")
                  .get(0)
                  .get("doseAndRate")
                  .get(0)
                  .get("doseQuantity");
          updates.add(
              resource.get("id").asString()
                  + " "
                  + dose.get("value").asInt()
                  + " "
                  + dose.get("code").asString());
        }
      }
    }
    return updates;
  }

  private static List<String> allUpdates(JsonNode cards) {
    List<String> updates = new ArrayList<>();
    cards.forEach(card -> updates.addAll(updates(card)));
    return updates;
  }

  /** Codes of the tests that a card offers to order. */
  private static List<String> created(JsonNode card) {
    List<String> codes = new ArrayList<>();
    for (JsonNode suggestion : card.path("suggestions")) {
      for (JsonNode action : suggestion.get("actions")) {
        action
            .path("resource")
            .path("code")
            .path("coding")
            .forEach(coding -> codes.add(coding.get("code").asString()));
      }
    }
    return codes;
  }

  private static ObjectNode outcome() {
    ObjectNode outcome = JsonMapper.shared().createObjectNode();
    outcome.put("resourceType", "OperationOutcome");
    outcome.putArray("issue").addObject().put("severity", "error").put("code", "forbidden");
    return outcome;
  }

  private static Collection<String> uuids(JsonNode cards) {
    return cards.findValuesAsString("uuid");
  }

  private static JsonNode withoutIds(JsonNode cards) {
    String text = cards.toString();
    for (String uuid : uuids(cards)) {
      text = text.replace(uuid, "uuid");
    }
    return JsonMapper.shared().readTree(text);
  }
}
