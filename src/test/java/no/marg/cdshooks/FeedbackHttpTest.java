package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Feedback over HTTP, and the report made of it. */
@RunningMarg
@ExtendWith(OutputCaptureExtension.class)
class FeedbackHttpTest {
  private static final String SERVICE = "/cds-services/mm-patient-view/feedback";
  private static final String TIME = "2026-02-15T10:11:12.345Z";

  @LocalServerPort private int port;
  @Autowired private JdbcClient database;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  private static ObjectNode accepted(String card) {
    ObjectNode entry = entry(card, "accepted");
    entry.putArray("acceptedSuggestions").addObject().put("id", UUID.randomUUID().toString());
    return entry;
  }

  private static ObjectNode overridden(String card, String code, String comment) {
    ObjectNode entry = entry(card, "overridden");
    ObjectNode reason = entry.putObject("overrideReason");
    if (code != null) {
      reason
          .putObject("reason")
          .put("system", "https://marg-cds.github.io/fhir/CodeSystem/mm-override-reasons")
          .put("code", code);
    }
    if (comment != null) {
      reason.put("userComment", comment);
    }
    return entry;
  }

  private static ObjectNode entry(String card, String outcome) {
    return JsonMapper.shared()
        .createObjectNode()
        .put("card", card)
        .put("outcome", outcome)
        .put("outcomeTimestamp", TIME);
  }

  private static String body(ObjectNode... entries) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putArray("feedback").addAll(List.of(entries));
    return body.toString();
  }

  private Http.Answer send(ObjectNode... entries) {
    return http.post(SERVICE, body(entries), Http.JSON);
  }

  private JsonNode receipt(ObjectNode... entries) {
    Http.Answer answer = send(entries);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.contentType()).startsWith("application/json");
    return answer.json().get("extension").get("no.marg.feedback");
  }

  private static String anyCard() {
    return UUID.randomUUID().toString();
  }

  /** An order for a patient about whom little is known: there is something to say. */
  private static HookCall call(String patient) {
    TestRecord record = TestRecord.of(patient, "1960-01-01").egfr("25 mL/min/{1.73_m2}");
    return HookCall.of("order-sign", patient, record.resources())
        .drafts(List.of(record.draft("len", "L04AX04", "Lenalidomid", "25 mg")));
  }

  private List<JsonNode> cards() {
    Http.Answer answer = call("p").send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return new ArrayList<>(answer.json().get("cards").valueStream().toList());
  }

  private long rows(String table, String where, Object... params) {
    return database
        .sql("select count(*) from " + table + " where " + where)
        .params(params)
        .query(Long.class)
        .single();
  }

  private JsonNode line(String statement) {
    Http.Answer answer = http.get("/admin/feedback-report");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer
        .json()
        .get("statements")
        .valueStream()
        .filter(line -> line.get("statement").asString().equals(statement))
        .findFirst()
        .orElseGet(
            () ->
                JsonMapper.shared()
                    .readTree("{\"shown\":0,\"accepted\":0,\"overridden\":0,\"ignored\":0}"));
  }

  private static int number(JsonNode line, String name) {
    return line.get(name).asInt();
  }

  @Test
  @Conforms({"CH-75", "CH-76", "CH-77"})
  void whatBecameOfCardsIsInTheReport() {
    List<JsonNode> cards = cards();
    JsonNode card = cards.get(0);
    String statement = card.get("extension").get("no.marg.statements").get(0).asString();
    receipt(overridden(anyCard(), null, null)); // settles what was given before
    JsonNode before = line(statement);
    String first = card.get("uuid").asString();
    String second = cards().get(0).get("uuid").asString();
    cards();

    JsonNode receipt =
        receipt(accepted(first), overridden(second, "trial", null), accepted(anyCard()));

    assertThat(number(receipt, "stored")).isEqualTo(3);
    assertThat(number(receipt, "repeated")).isZero();
    assertThat(number(receipt, "unknownCards")).isEqualTo(1);
    JsonNode after = line(statement);
    assertThat(number(after, "shown")).isEqualTo(number(before, "shown") + 2);
    assertThat(number(after, "accepted")).isEqualTo(number(before, "accepted") + 1);
    assertThat(number(after, "overridden")).isEqualTo(number(before, "overridden") + 1);
    assertThat(number(after, "ignored")).isEqualTo(number(before, "ignored"));
    assertThat(after.get("reasons").findValuesAsString("code")).contains("trial");
  }

  static Stream<Arguments> wrongBodies() {
    return Stream.of(
        wrong("no card", e -> e.remove("card"), "feedback[1].card"),
        wrong("card is no uuid", e -> e.put("card", "Kari 010203"), "feedback[1].card"),
        wrong("no outcome", e -> e.remove("outcome"), "feedback[1].outcome"),
        wrong("invented outcome", e -> e.put("outcome", "ignored"), "feedback[1].outcome"),
        wrong("no time", e -> e.remove("outcomeTimestamp"), "feedback[1].outcomeTimestamp"),
        wrong(
            "time without offset",
            e -> e.put("outcomeTimestamp", "2026-02-15T10:11:12"),
            "feedback[1].outcomeTimestamp"),
        wrong(
            "time is a number", e -> e.put("outcomeTimestamp", 1), "feedback[1].outcomeTimestamp"),
        wrong(
            "accepted without suggestions",
            e -> e.remove("acceptedSuggestions"),
            "feedback[1].acceptedSuggestions"),
        wrong(
            "accepted with an empty list",
            e -> e.putArray("acceptedSuggestions"),
            "feedback[1].acceptedSuggestions"),
        wrong(
            "suggestion without id",
            e -> e.putArray("acceptedSuggestions").addObject(),
            "feedback[1].acceptedSuggestions[0].id"),
        wrong(
            "accepted and a reason against it",
            e -> e.putObject("overrideReason"),
            "feedback[1].overrideReason"),
        wrong(
            "reason is a text",
            e -> override(e).put("reason", "because"),
            "feedback[1].overrideReason.reason"),
        wrong(
            "reason without code",
            e -> override(e).putObject("reason").put("system", "https://example.org"),
            "feedback[1].overrideReason.reason.code"),
        wrong(
            "comment is no text",
            e -> override(e).putArray("userComment"),
            "feedback[1].overrideReason.userComment"),
        wrong(
            "endless comment",
            e -> override(e).put("userComment", "x".repeat(8001)),
            "feedback[1].overrideReason.userComment"));
  }

  private static ObjectNode override(ObjectNode entry) {
    entry.put("outcome", "overridden").remove("acceptedSuggestions");
    return entry.putObject("overrideReason");
  }

  private static Arguments wrong(String name, Consumer<ObjectNode> change, String place) {
    return Arguments.of(name, change, place);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongBodies")
  @Conforms("CH-76")
  void oneWrongEntryRefusesTheWholeBatch(String name, Consumer<ObjectNode> change, String place) {
    String good = anyCard();
    ObjectNode bad = accepted(anyCard());
    change.accept(bad);
    Http.Answer answer = send(accepted(good), bad, overridden(good, "trial", null));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    OperationOutcome outcome = answer.as(OperationOutcome.class);
    assertThat(outcome.getIssueFirstRep().getDetails().getText())
        .startsWith(place)
        .doesNotContain("Kari")
        .doesNotContain("because");
    assertThat(rows("feedback", "card = ?", UUID.fromString(good))).isZero();
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{",
        "{}",
        "{\"feedback\":null}",
        "{\"feedback\":{}}",
        "{\"feedback\":[]}",
        "{\"feedback\":[1]}"
      })
  void aBodyThatIsNoFeedbackIsRefused(String body) {
    Http.Answer answer = http.post(SERVICE, body, Http.JSON);
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    answer.as(OperationOutcome.class);
  }

  @Test
  void otherServicesMethodsAndMediaTypesAreRefused() {
    String body = body(accepted(anyCard()));
    assertThat(http.post("/cds-services/none/feedback", body, Http.JSON).status()).isEqualTo(404);
    assertThat(http.post(SERVICE, body, "text/plain").status()).isEqualTo(415);
    assertThat(http.get(SERVICE).status()).isEqualTo(405);
    assertThat(http.post(SERVICE, " ".repeat(1_000_001) + body, Http.JSON).status()).isEqualTo(413);
  }

  static Stream<Arguments> overrides() {
    return Stream.of(
        Arguments.of("reason", "not-now", null),
        Arguments.of("comment", null, "snakket med pasienten"),
        Arguments.of("both", "not-now", "senere"),
        Arguments.of("neither", null, null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("overrides")
  @Conforms("CH-77")
  void aReasonMayBeCodedWrittenBothOrNeither(String name, String code, String comment) {
    String card = anyCard();
    ObjectNode entry = overridden(card, code, comment);
    if (code == null && comment == null) {
      entry.remove("overrideReason");
    }
    assertThat(number(receipt(entry), "stored")).isEqualTo(1);
    UUID id = UUID.fromString(card);
    assertThat(rows("feedback", "card = ? and reason_code is not null", id))
        .isEqualTo(code == null ? 0 : 1);
    assertThat(
            rows(
                "feedback_comment",
                "feedback in (select id from feedback where card = ?) and comment = ?",
                id,
                String.valueOf(comment)))
        .isEqualTo(comment == null ? 0 : 1);
  }

  /** Clients that write null for what they have not are understood; inventions are passed over. */
  @Test
  void nullsAndUnknownAttributesAreNoErrors() {
    ObjectNode entry = overridden(anyCard(), "trial", null);
    entry.putNull("acceptedSuggestions").put("invented", 1).putObject("extension").put("a", "b");
    ((ObjectNode) entry.get("overrideReason")).putNull("userComment").put("invented", true);
    assertThat(number(receipt(entry), "stored")).isEqualTo(1);
  }

  @Test
  @Conforms("CH-78")
  void theSameFeedbackIsStoredOnceHoweverOftenItComes() {
    String card = anyCard();
    ObjectNode entry = accepted(card);
    assertThat(number(receipt(entry), "stored")).isEqualTo(1);
    assertThat(number(receipt(entry), "repeated")).isEqualTo(1);
    entry.put("outcomeTimestamp", "2026-02-15T11:11:12.345+01:00");
    assertThat(number(receipt(entry, entry), "repeated"))
        .as("the same moment, written otherwise")
        .isEqualTo(2);
    assertThat(rows("feedback", "card = ?", UUID.fromString(card))).isEqualTo(1);
    entry.put("outcomeTimestamp", "2026-02-15T10:11:13Z");
    assertThat(number(receipt(entry), "stored")).as("a later moment").isEqualTo(1);
    assertThat(rows("feedback", "card = ?", UUID.fromString(card))).isEqualTo(2);
  }

  @Test
  @Conforms("CH-78")
  void feedbackAboutAnUnknownCardIsKeptAndMarked() {
    int before = unknownAccepted();
    JsonNode receipt = receipt(accepted(anyCard()));
    assertThat(number(receipt, "stored")).isEqualTo(1);
    assertThat(number(receipt, "unknownCards")).isEqualTo(1);
    assertThat(unknownAccepted()).isEqualTo(before + 1);
  }

  private int unknownAccepted() {
    return http.get("/admin/feedback-report").json().get("unknownCards").get("accepted").asInt();
  }

  @Test
  @Conforms("CH-79")
  void freeTextIsKeptApartAndNeitherLoggedNorReported(CapturedOutput output) {
    String canary = "canary" + UUID.randomUUID().toString().replace("-", "");
    receipt(overridden(anyCard(), "trial", "Ola Nordmann " + canary));
    ObjectNode broken = overridden(anyCard(), "trial", canary);
    broken.put("outcome", canary);
    assertThat(send(broken).body()).doesNotContain(canary);
    assertThat(rows("feedback_comment", "comment like ?", "%" + canary + "%")).isEqualTo(1);
    assertThat(http.get("/admin/feedback-report").body()).doesNotContain(canary);
    assertThat(http.get("/admin/feedback-report.csv").body()).doesNotContain(canary);
    assertThat(http.get("/admin/feedback-comments").status())
        .as("not readable unless a setting says so")
        .isEqualTo(404);
    assertThat(output.getAll()).contains("feedback=1").doesNotContain(canary);
  }

  @Test
  void theReportIsAlsoATable() {
    String card = cards().get(0).get("uuid").asString();
    receipt(overridden(card, "=1+1", null));
    Http.Answer answer = http.get("/admin/feedback-report.csv");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.contentType()).startsWith("text/csv");
    assertThat(answer.body())
        .startsWith("statement,shown,accepted,overridden,ignored,reason_system,reason_code,")
        .as("no formula for a spreadsheet")
        .contains(",\"'=1+1\",1\r\n");
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(
      strings = {"from=yesterday", "to=2026-13-01", "from=2026-02-02&to=2026-02-01"})
  void aReportOfNoDaysIsRefused(String period) {
    Http.Answer answer = http.get("/admin/feedback-report?" + period);
    assertThat(answer.status()).isEqualTo(400);
    answer.as(OperationOutcome.class);
  }

  @Test
  void theReportKnowsOnlyCardsOfItsDays() {
    String card = cards().get(0).get("uuid").asString();
    receipt(overridden(card, null, null));
    Http.Answer answer = http.get("/admin/feedback-report?from=2001-01-01&to=2001-01-02");
    assertThat(answer.json().get("cards").asInt()).isZero();
    assertThat(http.get("/admin/feedback-report").json().get("cards").asInt()).isPositive();
  }

  /** Who, which service, when, how it ended, on which knowledge; nothing of what was said. */
  @Test
  @Conforms("CH-32")
  void aCallIsRecordedWithoutContent() {
    HookCall call = call("canarypatient");
    String instance = UUID.randomUUID().toString();
    call.body().put("hookInstance", instance);
    int cards = call.send(http).json().get("cards").size();
    call.send(http);
    receipt(accepted(anyCard()));
    List<java.util.Map<String, Object>> rows =
        database
            .sql("select * from hook_call where hook_instance = ?")
            .param(instance)
            .query()
            .listOfRows();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0))
        .containsEntry("SERVICE", "mm-order-sign")
        .containsEntry("ISSUER", "open-demo")
        .containsEntry("STATUS", 200)
        .containsKeys("ANSWERED", "KNOWLEDGE");
    assertThat((String) rows.get(0).get("INPUT_HASH"))
        .matches("[0-9a-f]{64}")
        .isEqualTo(rows.get(1).get("INPUT_HASH"));
    assertThat(rows("issued_card", "call_id = ?", rows.get(0).get("ID"))).isEqualTo(cards);
    assertThat(rows.toString()).doesNotContain("canarypatient");
  }

  /** A call that was refused leaves a trace too: its status, and no cards. */
  @Test
  @Conforms("CH-32")
  void aRefusedCallIsRecordedToo() {
    HookCall call = call("p");
    String instance = UUID.randomUUID().toString();
    call.body().put("hookInstance", instance);
    call.prefetch().remove("patient");
    assertThat(call.send(http).status()).isEqualTo(412);
    long before = rows("hook_call", "status = 400");
    assertThat(http.post("/cds-services/mm-order-sign", "{", Http.JSON).status()).isEqualTo(400);
    http.post("/cds-services/invented", "{}", Http.JSON);
    receipt(accepted(anyCard()));
    // A refused call is recorded when it is over, which may be after its answer has come.
    await()
        .untilAsserted(
            () -> {
              assertThat(rows("hook_call", "hook_instance = ? and status = 412", instance))
                  .isEqualTo(1);
              assertThat(rows("hook_call", "status = 400")).isGreaterThan(before);
            });
    assertThat(rows("hook_call", "service = 'invented'")).isZero();
  }
}
