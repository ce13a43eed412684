package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Observation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the app writes to the record that opened it, and what becomes of it. */
class WritingHttpTest extends LaunchedApp {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FIRST = "attempt-0000000001";
  private static final String SECOND = "attempt-0000000002";
  private static final String BIOPSY = answer("bm-plasma-cells-biopsy", "35");
  private static final String CYCLE =
      "\"regimen\":\"bvd\",\"start\":\"2026-02-16\",\"number\":1,\"stepUp\":false";

  /** A page that a record has opened in a browser of its own. */
  private record Page(HttpClient browser, URI address) {
    static Page open(String patient) throws Exception {
      HttpClient browser =
          HttpClient.newBuilder()
              .cookieHandler(new CookieManager())
              .followRedirects(HttpClient.Redirect.ALWAYS)
              .build();
      HttpResponse<String> page =
          browser.send(
              HttpRequest.newBuilder(URI.create(EHR.launchAddress(APP, patient)))
                  .header("Accept-Language", "en")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(page.uri().getPath()).startsWith("/smart/app/");
      return new Page(browser, page.uri());
    }

    HttpResponse<String> ask(String what, String body) throws Exception {
      return browser.send(
          HttpRequest.newBuilder(URI.create(address + "/" + what + "?lang=en"))
              .header("Content-Type", "application/json")
              .header("X-Marg-App", "1")
              .POST(HttpRequest.BodyPublishers.ofString("{" + body + "}"))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }

    JsonNode json(String what, String body) throws Exception {
      HttpResponse<String> answer = ask(what, body);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return JSON.readTree(answer.body());
    }

    JsonNode view() throws Exception {
      return json("view", "");
    }

    HttpResponse<String> save(String attempt, String... answers) throws Exception {
      return ask("save", with(attempt, answers));
    }

    HttpResponse<String> cycle(String attempt) throws Exception {
      return ask("order-cycle", CYCLE + "," + with(attempt));
    }
  }

  private static String with(String attempt, String... answers) {
    return "\"attempt\":\"%s\",\"answers\":[%s]".formatted(attempt, String.join(",", answers));
  }

  private static String answer(String question, String value) {
    return answer(question, value, "2026-02-15");
  }

  private static String answer(String question, String value, String day) {
    return "{\"question\":\"%s\",\"value\":%s,\"day\":\"%s\"}"
        .formatted(question, value == null ? "null" : '"' + value + '"', day);
  }

  private static String value(JsonNode view, String key) {
    for (JsonNode line : view.get("summary")) {
      if (line.get("key").asString().equals(key)) {
        return line.get("value").isNull() ? "?" : line.get("value").asString();
      }
    }
    return "-";
  }

  private static List<JsonNode> stored(String... types) {
    return Stream.of(types).flatMap(type -> EHR.stored(type).stream()).toList();
  }

  private static List<JsonNode> all() {
    return stored(
        "Observation", "Condition", "QuestionnaireResponse", "MedicationRequest", "ServiceRequest");
  }

  private static String code(JsonNode resource) {
    return resource.path("code").path("coding").path(0).path("code").asString();
  }

  private static void assertTaken(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  // ---- facts ----

  @Test
  @Conforms("SM-37")
  void aSavedFactIsInTheRecordAndDecidesAtOnce() throws Exception {
    Page page = Page.open("insufficient-data");
    assertThat(page.view().get("canSave").asBoolean()).isTrue();
    assertThat(value(page.view(), "diagnosis")).isEqualTo("?");

    assertTaken(page.save(FIRST, BIOPSY));

    assertThat(EHR.stored("Observation")).hasSize(1);
    Observation fact =
        TestGuideline.FHIR
            .newJsonParser()
            .parseResource(Observation.class, EHR.stored("Observation").get(0).toString());
    assertThat(fact.getStatus()).isEqualTo(Observation.ObservationStatus.FINAL);
    assertThat(fact.getEffectiveDateTimeType().getValueAsString()).isEqualTo("2026-02-15");
    assertThat(fact.getIssued()).isNotNull();
    assertThat(fact.getPerformerFirstRep().getReference()).isEqualTo("Practitioner/lege-1");
    assertThat(fact.getCategory()).hasSize(2);
    assertThat(fact.getCategory().get(1).getCodingFirstRep().getCode()).isEqualTo("mm-fact");
    assertThat(fact.getIdentifierFirstRep().getSystem()).isEqualTo(MarkedTransaction.MARKS);
    JsonNode asked = EHR.stored("QuestionnaireResponse").get(0);
    assertThat(fact.getDerivedFromFirstRep().getReference())
        .isEqualTo("QuestionnaireResponse/" + asked.get("id").asString());
    assertThat(asked.get("author").get("reference").asString()).isEqualTo("Practitioner/lege-1");
    assertThat(asked.get("authored").asString()).startsWith("2026-02-15");
    JsonNode view = page.view();
    assertThat(value(view, "diagnosis")).isEqualTo("Multiple myeloma");
    assertThat(view.get("entered").isEmpty()).isTrue();
  }

  @Test
  @Conforms("SM-37")
  void anIllnessThatThePatientHasIsACondition() throws Exception {
    Page page = Page.open("first-relapse");
    assertTaken(
        page.save(
            FIRST,
            answer("polyneuropathy", "true"),
            answer("heart-failure", "false"),
            answer("arrhythmia", null),
            answer("active-infection", "true")));

    assertThat(EHR.stored("Condition")).hasSize(1);
    JsonNode condition = EHR.stored("Condition").get(0);
    assertThat(code(condition)).isEqualTo("302226006");
    assertThat(condition.get("recordedDate").asString()).isEqualTo("2026-02-15");
    assertThat(condition.has("onsetDateTime")).isFalse();
    assertThat(condition.get("recorder").get("reference").asString())
        .isEqualTo("Practitioner/lege-1");
    assertThat(EHR.stored("Observation"))
        .extracting(WritingHttpTest::code)
        .containsExactly("heart-failure", "arrhythmia", "active-infection");
    JsonNode unknown = EHR.stored("Observation").get(1);
    assertThat(unknown.has("valueBoolean")).isFalse();
    assertThat(unknown.toString()).contains("asked-unknown");
  }

  @Test
  @Conforms("SM-37")
  void aDiagnosisIsStatedAndPutOnTheListOfProblemsOnce() throws Exception {
    Page page = Page.open("insufficient-data");
    String smouldering = answer("diagnosis-statement", "smoldering-myeloma", "2026-01-20");

    assertTaken(page.save(FIRST, smouldering));

    JsonNode condition = EHR.stored("Condition").get(0);
    assertThat(code(condition)).isEqualTo("413587002");
    assertThat(condition.get("onsetDateTime").asString()).isEqualTo("2026-01-20");
    assertThat(code(EHR.stored("Observation").get(0))).isEqualTo("diagnosis-statement");
    assertThat(value(page.view(), "diagnosis")).isEqualTo("Smouldering myeloma");
    assertTaken(page.save(SECOND, smouldering));
    assertThat(EHR.stored("Condition")).hasSize(1);
    assertThat(EHR.stored("Observation")).hasSize(2);
  }

  /** The record holds IgG myeloma, which is myeloma. */
  @Test
  void whatTheListOfProblemsSaysInOtherWordsIsNotAddedToIt() throws Exception {
    assertTaken(
        Page.open("first-relapse")
            .save(FIRST, answer("diagnosis-statement", "multiple-myeloma", "2021-02-08")));
    assertThat(EHR.stored("Condition")).isEmpty();
    assertThat(EHR.stored("Observation")).hasSize(1);
  }

  @Test
  @Conforms("SM-11")
  void withoutTheRightToWriteConditionsAnIllnessIsAnObservation() throws Exception {
    EHR.granting(scope -> scope.replace("Condition.crs", "Condition.rs"));
    assertTaken(Page.open("first-relapse").save(FIRST, answer("polyneuropathy", "true")));
    assertThat(EHR.stored("Condition")).isEmpty();
    assertThat(EHR.stored("Observation").get(0).get("valueBoolean").asBoolean()).isTrue();
  }

  @Test
  void aFactOfTheSessionStandsInThePlaceOfTheRecordsOfThatDay() throws Exception {
    Page page = Page.open("new-myeloma-58");
    String before = value(page.view(), "hmas");
    String answers = "\"answers\":[%s]";

    JsonNode view =
        page.json("view", answers.formatted(answer("hmas-contraindication", "true", "2026-02-10")));
    assertThat(view.get("entered").get(0).get("replaces").asBoolean()).isTrue();
    assertThat(value(view, "hmas")).isNotEqualTo(before).isNotEqualTo("?");

    JsonNode earlier =
        page.json("view", answers.formatted(answer("hmas-contraindication", "true", "2026-02-09")));
    assertThat(earlier.get("entered").get(0).get("replaces").asBoolean()).isFalse();
    assertThat(value(earlier, "hmas")).isEqualTo(before);
  }

  /** The record knows when it took each; that decides where both are of one day. */
  @Test
  void ofTwoSavedAnswersOfOneDayTheLaterCounts() throws Exception {
    Page page = Page.open("new-myeloma-58");
    String before = value(page.view(), "hmas");
    assertTaken(page.save(FIRST, answer("hmas-contraindication", "true")));
    assertThat(value(page.view(), "hmas")).isNotEqualTo(before).isNotEqualTo("?");
    assertTaken(page.save(SECOND, answer("hmas-contraindication", "false")));
    assertThat(value(page.view(), "hmas")).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "bm-plasma-cells-biopsy, <img src=x onerror=alert(1)>",
    "diagnosis-statement, <b>mgus</b>",
    "hmas-contraindication, true<script>",
    "lung-function-test-date, 2026-02-01T<i>"
  })
  @Conforms("SM-29")
  void hostileTextInAFactIsRefusedAndNotSent(String question, String value) throws Exception {
    Page page = Page.open("insufficient-data");
    HttpResponse<String> answer = page.save(FIRST, answer(question, value));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).doesNotContain("<");
    assertThat(EHR.transactions()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "short", "attempt|0000000001", "attempt 0000000001 <b>"})
  void withoutAnAttemptNothingIsSent(String attempt) throws Exception {
    assertThat(Page.open("insufficient-data").save(attempt, BIOPSY).statusCode()).isEqualTo(400);
    assertThat(EHR.transactions()).isEmpty();
  }

  // ---- orders ----

  @Test
  @Conforms("SM-37")
  void aCycleIsOneTransactionOfDrafts() throws Exception {
    Page page = Page.open("first-relapse");
    assertThat(page.json("cycle", CYCLE).get("canSend").asBoolean()).isTrue();

    assertTaken(page.cycle(FIRST));

    assertThat(EHR.transactions()).hasSize(1);
    assertThat(EHR.stored("MedicationRequest"))
        .isNotEmpty()
        .allSatisfy(
            order -> {
              assertThat(order.get("status").asString()).isEqualTo("draft");
              assertThat(order.get("identifier").get(0).get("system").asString())
                  .isEqualTo(MarkedTransaction.MARKS);
            });
    JsonNode sent = JSON.readTree(EHR.transactions().get(0).body());
    assertThat(sent.get("entry").size()).isEqualTo(all().size());
    sent.get("entry")
        .forEach(
            entry ->
                assertThat(entry.get("request").get("ifNoneExist").asString())
                    .startsWith("identifier=" + MarkedTransaction.MARKS + "|"));
    assertThat(sent.toString())
        .doesNotContain(page.address().getPath().replaceFirst(".*/", ""))
        .doesNotContain(FIRST);
  }

  @Test
  void whatAnAdviceOffersIsSent() throws Exception {
    Page page = Page.open("insufficient-data");
    for (JsonNode advice : page.view().get("now")) {
      for (JsonNode offer : advice.get("offers")) {
        if (offer.get("canSend").asBoolean()) {
          String asked =
              "\"advice\":%s,\"label\":%s,".formatted(advice.get("id"), offer.get("label"));
          assertTaken(page.ask("order", asked + with(FIRST)));
          assertThat(stored("ServiceRequest", "MedicationRequest")).isNotEmpty();
          assertThat(
                  page.ask(
                          "order",
                          asked.replace("\",\"label\":\"", "\",\"label\":\"x") + with(SECOND))
                      .statusCode())
              .isEqualTo(409);
          return;
        }
      }
    }
    throw new AssertionError("Nothing can be sent");
  }

  // ---- what becomes of it ----

  @Test
  @Conforms("SM-38")
  void aRepeatAfterAnOutcomeThatNobodyKnowsDoublesNothing() throws Exception {
    Page page = Page.open("first-relapse");
    EHR.writesEnd(true, 0);
    assertThat(page.cycle(FIRST).statusCode()).isEqualTo(504);
    int taken = all().size();
    assertThat(taken).isPositive();
    EHR.writesEnd(true, 503);
    assertThat(page.cycle(FIRST).statusCode()).isEqualTo(504);
    EHR.writesEnd(true, 200);
    assertTaken(page.cycle(FIRST));
    assertThat(all()).hasSize(taken);

    // Another press is another order, and so is one of another launch.
    assertTaken(page.cycle(SECOND));
    assertThat(all()).hasSize(2 * taken);
    assertTaken(Page.open("first-relapse").cycle(FIRST));
    assertThat(all()).hasSize(3 * taken);
  }

  /** The repeat finds the Condition of the first in the record and is the same all the same. */
  @Test
  @Conforms("SM-38")
  void aRepeatedSaveDoublesNothing() throws Exception {
    Page page = Page.open("insufficient-data");
    String[] answers = {
      BIOPSY, answer("diagnosis-statement", "mgus"), answer("polyneuropathy", "true")
    };
    EHR.writesEnd(true, 0);
    assertThat(page.save(FIRST, answers).statusCode()).isEqualTo(504);
    EHR.writesEnd(true, 200);
    assertTaken(page.save(FIRST, answers));
    assertThat(EHR.stored("QuestionnaireResponse")).hasSize(1);
    assertThat(EHR.stored("Observation")).hasSize(2);
    assertThat(EHR.stored("Condition")).hasSize(2);
  }

  @Test
  @Conforms("SM-38")
  void whatWasNotTakenIsTakenByTheRepeat() throws Exception {
    Page page = Page.open("insufficient-data");
    EHR.writesEnd(false, 0);
    HttpResponse<String> answer = page.save(FIRST, BIOPSY);
    assertThat(answer.statusCode()).isEqualTo(504);
    assertThat(answer.body()).contains("It is not known whether the record took the data");
    assertThat(all()).isEmpty();
    EHR.writesEnd(true, 200);
    assertTaken(page.save(FIRST, BIOPSY));
    assertThat(EHR.stored("Observation")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"403, 403", "422, 502", "412, 502"})
  @Conforms("SM-38")
  void aRefusalIsToldWithTheRecordsReason(int status, int told) throws Exception {
    Page page = Page.open("first-relapse");
    EHR.writesEnd(false, status);
    HttpResponse<String> answer = page.cycle(FIRST);
    assertThat(answer.statusCode()).isEqualTo(told);
    assertThat(JSON.readTree(answer.body()).get("reason").asString())
        .isEqualTo("told to <b>" + status + "</b>");
    assertThat(all()).isEmpty();
  }

  // ---- rights ----

  @Test
  @Conforms("SM-27")
  void aTokenThatEndsAtAWriteIsRenewedOnceAndTheWriteIsMade() throws Exception {
    Page page = Page.open("first-relapse");
    EHR.tokensEndAtWrite(1);
    assertTaken(page.cycle(FIRST));
    assertThat(EHR.asked("/auth/token")).hasSize(2);
    assertThat(EHR.transactions()).hasSize(2);
    assertThat(EHR.stored("MedicationRequest")).isNotEmpty();
  }

  @Test
  @Conforms("SM-27")
  void aTokenThatIsRefusedAgainAtAWriteEndsTheSession() throws Exception {
    Page page = Page.open("first-relapse");
    EHR.tokensEndAtWrite(2);
    HttpResponse<String> answer = page.cycle(FIRST);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(JSON.readTree(answer.body()).get("problem").asString())
        .isEqualTo("The session has ended");
    assertThat(EHR.transactions()).hasSize(2);
    assertThat(all()).isEmpty();
    assertThat(page.ask("view", "").statusCode()).isEqualTo(401);
  }

  @Test
  @Conforms("SM-27")
  void whereRenewalIsRefusedAtAWriteTheSessionEnds() throws Exception {
    Page page = Page.open("insufficient-data");
    EHR.tokensEndAtWrite(1).refusingRenewal("invalid_grant");
    assertThat(page.save(FIRST, BIOPSY).statusCode()).isEqualTo(401);
    assertThat(EHR.transactions()).hasSize(1);
    assertThat(page.ask("view", "").statusCode()).isEqualTo(401);
  }

  @Test
  @Conforms("SM-27")
  void whereRenewalGetsNoAnswerNothingIsSentAndTheSessionStays() throws Exception {
    Page page = Page.open("insufficient-data");
    EHR.tokensEndAtWrite(1).refusingRenewal("503");
    HttpResponse<String> answer = page.save(FIRST, BIOPSY);
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/json");
    assertThat(JSON.readTree(answer.body()).get("problem").asString())
        .isEqualTo("The record does not answer; nothing was sent");
    assertThat(all()).isEmpty();
    EHR.refusingRenewal(null);
    assertTaken(page.save(FIRST, BIOPSY));
    assertThat(EHR.stored("Observation")).hasSize(1);
  }

  @Test
  @Conforms("SM-27")
  void fewerRightsOfANewTokenCountAtOnce() throws Exception {
    Page page = Page.open("insufficient-data");
    EHR.tokensEndAtWrite(1).granting(scope -> scope.replace("Observation.crs", "Observation.rs"));
    assertThat(page.save(FIRST, BIOPSY).statusCode()).isEqualTo(403);
    assertThat(EHR.transactions()).hasSize(1);
  }

  @Test
  @Conforms("SM-11")
  void withoutTheRightToCreateOrdersTheyAreAFile() throws Exception {
    EHR.granting(scope -> scope.replace("MedicationRequest.crs", "MedicationRequest.rs"));
    Page page = Page.open("first-relapse");
    JsonNode cycle = page.json("cycle", CYCLE);
    assertThat(cycle.get("canSend").asBoolean()).isFalse();
    assertThat(cycle.get("bundle").asString()).contains("MedicationRequest");
    assertThat(page.cycle(FIRST).statusCode()).isEqualTo(403);
    assertThat(EHR.transactions()).isEmpty();
    assertThat(page.view().get("canSave").asBoolean()).isTrue();
  }

  @Test
  @Conforms("SM-11")
  void whatIsOfferedFollowsTheRightsOfItsOwnTypes() throws Exception {
    Map<String, String> gone = Map.of("ServiceRequest.c", "", "MedicationRequest.crs", "");
    for (String right : gone.keySet()) {
      EHR.granting(scope -> scope.replace("patient/" + right, ""));
      JsonNode view = Page.open("new-myeloma-58").view();
      String type = right.split("\\.")[0];
      for (JsonNode advice : view.get("now")) {
        for (JsonNode offer : advice.get("offers")) {
          if (!offer.get("bundle").isNull()) {
            assertThat(offer.get("canSend").asBoolean())
                .as(offer.get("label").asString())
                .isEqualTo(!offer.get("bundle").asString().contains("\"url\":\"" + type + "\""));
          }
        }
      }
    }
  }

  /** A patient who was not read is no patient on whom the guideline has nothing to say. */
  @Test
  @Conforms("SM-33")
  void whatTheRecordDoesNotGiveIsNamedAndTheRestWorks() throws Exception {
    JsonNode view = Page.open("nobody").view();
    assertThat(view.get("record").get("unread").get(0).asString()).isEqualTo("the patient");
    assertThat(view.get("criteria").size()).isEqualTo(9);
    assertThat(view.get("record").get("patient").asBoolean()).isFalse();
    assertThat(view.get("patient").get("name").asString()).isEqualTo("The patient was not read");
    assertThat(Page.open("first-relapse").view().get("record").get("patient").asBoolean()).isTrue();
  }

  @Test
  void aCycleThatIsNotWholeHasNoOrdersAndNoFile() throws Exception {
    JsonNode cycle = Page.open("nobody").json("cycle", CYCLE);
    assertThat(cycle.get("isWhole").asBoolean()).isFalse();
    assertThat(cycle.get("ics").isNull()).isTrue();
    assertThat(cycle.get("bundle").isNull()).isTrue();
    assertThat(cycle.get("calendar").get("problems").isEmpty()).isFalse();
  }
}
