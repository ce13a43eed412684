package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import no.marg.Conforms;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the pages of the app ask, asked as they do. */
@RunningMarg
class AppHttpTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @LocalServerPort private int port;

  /** A page that is open on a patient. */
  private record Page(String address, String cookie) {}

  private Page open(String patient) throws Exception {
    HttpResponse<String> answer =
        CLIENT.send(
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + port + "/smart/demo?patient=" + patient))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Page(
        "http://localhost:" + port + answer.headers().firstValue("Location").orElseThrow(),
        answer.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0]);
  }

  private HttpResponse<String> ask(Page page, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(page.address() + path))
            .header("Content-Type", "application/json")
            .header("Cookie", page.cookie())
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(Page page, String path, String body) throws Exception {
    HttpResponse<String> answer = ask(page, path, body, "X-Marg-App", "1");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private static String value(JsonNode view, String key) {
    for (JsonNode line : view.get("summary")) {
      if (line.get("key").asString().equals(key)) {
        return line.get("value").isNull() ? "?" : line.get("value").asString();
      }
    }
    return "-";
  }

  @ParameterizedTest
  @CsvSource({
    "new-myeloma-58, Multiple myeloma, ISS II · R-ISS II, vrd-induction",
    "fourth-line, Multiple myeloma, ISS I · R-ISS I, teclistamab",
    "first-relapse, Multiple myeloma, ISS I · R-ISS I, bvd",
    "mgus-low-risk, Presumed MGUS (no marrow), -, ",
    "insufficient-data, ?, -, "
  })
  void theOverviewHasThePublishedResults(
      String patient, String diagnosis, String stage, String regimen) throws Exception {
    JsonNode view = json(open(patient), "/view?lang=en", "{}");
    assertThat(value(view, "diagnosis")).isEqualTo(diagnosis);
    assertThat(value(view, "stage")).isEqualTo(stage);
    JsonNode recommended = view.get("treatment").get("recommended");
    assertThat(recommended.isEmpty() ? null : recommended.get(0).get("id").asString())
        .isEqualTo(regimen);
  }

  @Test
  void theAdviceIsThatOfTheCards() throws Exception {
    JsonNode view = json(open("insufficient-data"), "/view?lang=nb", "{}");
    JsonNode first = view.get("now").get(0);
    assertThat(first.get("kind").asString()).isEqualTo("undecided");
    assertThat(first.get("indicator").asString()).isEqualTo("warning");
    assertThat(first.get("missing").get(0).get("id").asString())
        .isEqualTo("bone-marrow-plasma-cells-percent");
    assertThat(first.get("offers").get(0).get("bundle").asString()).contains("ServiceRequest");
  }

  /** "Nothing now" would be a "no" where nobody knows. */
  @Test
  void whatCanNotBeDecidedIsToldWithWhatIsMissing() throws Exception {
    JsonNode view = json(open("insufficient-data"), "/view?lang=en", "{}");
    JsonNode vaccines = view.get("supportive").get(0);
    assertThat(vaccines.get("items")).isEmpty();
    List<String> undecided = new ArrayList<>();
    for (JsonNode each : vaccines.get("undecided")) {
      undecided.add(each.get("statement").asString() + each.get("missing"));
    }
    assertThat(undecided).anyMatch(each -> each.matches("VAC-PNEU-1\\[\".*PCV20.*"));
    JsonNode treatment = view.get("treatment");
    assertThat(treatment.get("known").asBoolean()).isFalse();
    assertThat(treatment.get("heading").asString())
        .isEqualTo("The choice of treatment cannot be decided");
    assertThat(
            json(open("mgus-marrow"), "/view?lang=en", "{}")
                .get("treatment")
                .get("heading")
                .asString())
        .isEqualTo("No new line is to be chosen on what is known");
  }

  @Test
  void aFactOfTheSessionDecides() throws Exception {
    Page page = open("insufficient-data");
    String answers =
        "{\"answers\":[{\"question\":\"bm-plasma-cells-biopsy\",\"value\":\"35\","
            + "\"day\":\"2026-02-15\"}]}";
    JsonNode view = json(page, "/view?lang=en", answers);
    assertThat(value(view, "diagnosis")).isEqualTo("Multiple myeloma");
    assertThat(view.get("entered").get(0).get("value").asString()).isEqualTo("35 %");
    // Nothing was kept.
    assertThat(value(json(page, "/view?lang=en", "{}"), "diagnosis")).isEqualTo("?");
  }

  @Test
  void askedAndNotKnownIsAnAnswer() throws Exception {
    JsonNode view =
        json(
            open("new-myeloma-58"),
            "/view?lang=en",
            "{\"answers\":[{\"question\":\"hmas-contraindication\",\"value\":null,"
                + "\"day\":\"2026-02-15\"}]}");
    assertThat(value(view, "hmas")).isEqualTo("?");
  }

  @ParameterizedTest
  @CsvSource({
    "no-such-question, 1, 2026-02-15",
    "bm-plasma-cells-biopsy, many, 2026-02-15",
    "bm-plasma-cells-biopsy, 35, 2026-02-16",
    "bm-plasma-cells-biopsy, 35, yesterday",
    "hmas-contraindication, perhaps, 2026-02-15",
    "del17p, 1, 2026-02-15"
  })
  void anAnswerThatDoesNotFitIsRefused(String question, String value, String day) throws Exception {
    HttpResponse<String> answer =
        ask(
            open("new-myeloma-58"),
            "/view",
            "{\"answers\":[{\"question\":\"%s\",\"value\":\"%s\",\"day\":\"%s\"}]}"
                .formatted(question, value, day),
            "X-Marg-App",
            "1");
    assertThat(answer.statusCode()).isEqualTo(400);
  }

  @Test
  void aCycleHasDosesOrdersAndACalendar() throws Exception {
    JsonNode cycle =
        json(
            open("new-myeloma-58"),
            "/cycle",
            "{\"regimen\":\"vrd-induction\",\"start\":\"2026-02-16\",\"number\":1,"
                + "\"stepUp\":false}");
    assertThat(cycle.get("isWhole").asBoolean()).isTrue();
    assertThat(cycle.get("calendar").get("rows").get(0).get("calculated").asString())
        .isEqualTo("2,4 mg");
    assertThat(cycle.get("ics").asString()).startsWith("BEGIN:VCALENDAR");
    Bundle bundle =
        TestGuideline.FHIR
            .newJsonParser()
            .parseResource(Bundle.class, cycle.get("bundle").asString());
    assertThat(cycle.get("bundle").asString()).doesNotContain("\"id\":");
    assertThat(bundle.getType()).isEqualTo(Bundle.BundleType.TRANSACTION);
    assertThat(bundle.getEntry())
        .isNotEmpty()
        .allSatisfy(
            entry -> {
              assertThat(entry.getRequest().getMethod()).isEqualTo(Bundle.HTTPVerb.POST);
              if (entry.getResource() instanceof MedicationRequest order) {
                assertThat(order.getStatus())
                    .isEqualTo(MedicationRequest.MedicationRequestStatus.DRAFT);
                assertThat(order.getSubject().getReference()).isEqualTo("Patient/new-myeloma-58");
              }
            });
  }

  private static JsonNode regimen(JsonNode treatment, String id) {
    for (String list : List.of("recommended", "awaiting", "others")) {
      for (JsonNode each : treatment.get(list)) {
        if (each.get("id").asString().equals(id)) {
          return each;
        }
      }
    }
    throw new AssertionError(id);
  }

  /**
   * The dose of belantamab falls after the first cycle, so a form must not begin at 1 by itself.
   */
  @ParameterizedTest
  @CsvSource({
    "on-vrd-cycle-2, vrd-induction, true, 3",
    "belantamab-eyes, bpd, true, 4",
    "new-myeloma-58, vrd-induction, false, 1",
    "new-myeloma-58, bvd, false, ?"
  })
  void aCycleIsProposedWithTheNumberThatComesNext(
      String patient, String id, boolean running, String number) throws Exception {
    JsonNode treatment = json(open(patient), "/view?lang=nb", "{}").get("treatment");
    JsonNode regimen = regimen(treatment, id);
    assertThat(regimen.get("running").asBoolean()).isEqualTo(running);
    JsonNode next = regimen.get("next");
    assertThat(next.isNull() ? "?" : next.get("number").asString()).isEqualTo(number);
    if (!next.isNull()) {
      assertThat(next.get("start").asString()).isGreaterThanOrEqualTo("2026-02-15");
    }
  }

  @Test
  void aBispecificAntibodyIsProposedWithItsStepUp() throws Exception {
    JsonNode treatment = json(open("fourth-line"), "/view?lang=nb", "{}").get("treatment");
    assertThat(regimen(treatment, "teclistamab").get("next").get("stepUp").asBoolean()).isTrue();
  }

  @Test
  void aCycleWithoutNumberIsAskedForIt() throws Exception {
    HttpResponse<String> answer =
        ask(
            open("new-myeloma-58"),
            "/cycle",
            "{\"regimen\":\"bvd\",\"start\":\"2026-02-16\",\"number\":null,\"stepUp\":false}",
            "X-Marg-App",
            "1");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).containsIgnoringCase("kurens nummer");
  }

  @ParameterizedTest
  @CsvSource({"2031-02-16, 1", "2026-02-30, 1", "2026-02-16, 0", "2026-02-16, 999"})
  void aCycleThatCanNotBeMadeIsExplainedInTheLanguageOfThePage(String start, int number)
      throws Exception {
    HttpResponse<String> answer =
        ask(
            open("new-myeloma-58"),
            "/cycle?lang=nb",
            "{\"regimen\":\"vrd-induction\",\"start\":\"%s\",\"number\":%d,\"stepUp\":false}"
                .formatted(start, number),
            "X-Marg-App",
            "1");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).containsPattern("Første dag må være|Kurens nummer må være");
  }

  @ParameterizedTest
  @CsvSource({
    "igm-gammopathy, outside this guideline",
    "early-progression, follow the advice below",
    "mgus-low-risk, recommends no new treatment"
  })
  void thatNoRegimenIsRecommendedIsSaidWithItsReason(String patient, String said) throws Exception {
    JsonNode treatment = json(open(patient), "/view?lang=en", "{}").get("treatment");
    assertThat(treatment.get("recommended")).isEmpty();
    assertThat(treatment.get("none").asString()).contains(said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "after-hmas | Linje 1, ingen behandling pågår",
        "remission | Linje 1, pågår",
        "first-relapse | Linje 1, avsluttet – neste er linje 2"
      })
  void theLineOfTherapyIsToldOnce(String patient, String said) throws Exception {
    assertThat(value(json(open(patient), "/view?lang=nb", "{}"), "course")).isEqualTo(said);
  }

  @Test
  void theDrugsOfALineThatRunsAreThoseThatAreGivenNow() throws Exception {
    for (JsonNode line : json(open("remission"), "/view?lang=nb", "{}").get("summary")) {
      if (line.get("key").asString().equals("course")) {
        assertThat(line.get("note").asString()).isEqualTo("gis nå: lenalidomid");
      }
    }
  }

  @Test
  void equalAlternativesHaveNoRank() throws Exception {
    assertThat(ranked("new-myeloma-58")).isTrue();
    assertThat(ranked("new-myeloma-78")).isFalse();
  }

  private boolean ranked(String patient) throws Exception {
    return json(open(patient), "/view", "{}").get("treatment").get("ranked").asBoolean();
  }

  @ParameterizedTest
  @ValueSource(strings = {"new-myeloma-58", "after-hmas", "first-relapse", "fourth-line"})
  void whatIsImportantStandsFirstInTheTreatment(String patient) throws Exception {
    List<Integer> ranks = new ArrayList<>();
    for (JsonNode each : json(open(patient), "/view", "{}").get("treatment").get("decisions")) {
      ranks.add(List.of("critical", "warning", "info").indexOf(each.get("indicator").asString()));
    }
    assertThat(ranks).isNotEmpty().isSorted();
  }

  @Test
  void aCycleIsInTheLanguageOfThePage() throws Exception {
    JsonNode cycle =
        json(
            open("first-relapse"),
            "/cycle?lang=en",
            "{\"regimen\":\"bvd\",\"start\":\"2026-02-16\",\"number\":1,\"stepUp\":false}");
    assertThat(cycle.get("calendar").get("notes").toString())
        .contains("Artificial tears without preservative at least 4 times a day")
        .doesNotContain("tårevæske");
    assertThat(cycle.get("calendar").get("rows").toString())
        .contains("\"dexamethasone\"", "subcutaneous")
        .doesNotContain("deksametason");
    assertThat(cycle.get("bundle").asString())
        .contains("on days 1, 8, 15")
        .doesNotContain("translation");
  }

  @Test
  void aHypothesisChangesTheAdviceAndNothingElse() throws Exception {
    Page page = open("new-myeloma-58");
    JsonNode comparison = json(page, "/what-if?lang=en", "{\"age\":82,\"changes\":[]}");
    assertThat(comparison.get("changes").toString())
        .contains("\"gone\"")
        .contains("Candidate for HMAS");
    assertThat(json(page, "/view?lang=en", "{}").get("patient").get("age").asInt()).isEqualTo(58);
    assertThat(json(page, "/what-if", "{\"changes\":[]}").get("changes").isEmpty()).isTrue();
  }

  @Test
  void aTraceLeadsToTheRuleAndTheRecord() throws Exception {
    JsonNode trace = json(open("new-myeloma-58"), "/statement?lang=en", "{\"id\":\"DX-CRAB-A\"}");
    assertThat(trace.get("verdict").asString()).isEqualTo("applies");
    assertThat(trace.get("logic").get("library").asString()).isEqualTo("MMDiagnosis");
    assertThat(trace.get("logic").get("text").asString())
        .startsWith("/*")
        .contains("define \"CRAB A\":");
    assertThat(trace.get("logic").get("uses").isEmpty()).isFalse();
    assertThat(trace.get("facts").toString())
        .contains("Observation/new-myeloma-58-hb-2026-02-10")
        .contains("9.4 g/dL");
  }

  @Test
  void theRecordOfTheDemoIsNotWritten() throws Exception {
    Page page = open("new-myeloma-58");
    assertThat(
            ask(
                    page,
                    "/save",
                    "{\"attempt\":\"attempt-0000000001\",\"answers\":[{\"question\":\"frailty-status\","
                        + "\"value\":\"fit\",\"day\":\"2026-02-15\"}]}",
                    "X-Marg-App",
                    "1")
                .statusCode())
        .isEqualTo(403);
    assertThat(
            ask(
                    page,
                    "/order-cycle",
                    "{\"regimen\":\"vrd-induction\",\"start\":\"2026-02-16\",\"number\":1,"
                        + "\"stepUp\":false,\"attempt\":\"attempt-0000000001\"}",
                    "X-Marg-App",
                    "1")
                .statusCode())
        .isEqualTo(403);
  }

  @Test
  @Conforms("SM-30")
  void anotherBrowserAndAnEndedSessionGetNothing() throws Exception {
    Page page = open("new-myeloma-58");
    Page other = open("fourth-line");
    assertThat(
            ask(new Page(page.address(), other.cookie()), "/view", "{}", "X-Marg-App", "1")
                .statusCode())
        .isEqualTo(401);
    assertThat(ask(page, "/end", "{}", "X-Marg-App", "1").statusCode()).isEqualTo(204);
    assertThat(ask(page, "/view", "{}", "X-Marg-App", "1").statusCode()).isEqualTo(401);
  }

  @Test
  void aPageOfAnotherSiteCanNotAsk() throws Exception {
    Page page = open("new-myeloma-58");
    assertThat(ask(page, "/view", "{}").statusCode()).isEqualTo(403);
    assertThat(
            ask(page, "/end", "{}", "X-Marg-App", "1", "Sec-Fetch-Site", "cross-site").statusCode())
        .isEqualTo(403);
  }

  @Test
  @Conforms("SM-35")
  void thePageLoadsNothingInlineAndNothingForeign() throws Exception {
    Page page = open("new-myeloma-58");
    HttpResponse<String> html =
        CLIENT.send(
            HttpRequest.newBuilder(URI.create(page.address())).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(html.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("script-src 'self'")
        .contains("style-src 'self'")
        .doesNotContain("unsafe");
    assertThat(html.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
    assertThat(html.body()).doesNotContain("style=").doesNotContain("://").contains("<title>Marg<");
  }
}
