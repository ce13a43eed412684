package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** With the memory switched on, what was overridden is not repeated while nothing has changed. */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.journal.memory.enabled=true",
      "marg.journal.key=0123456789abcdef0123456789abcdef",
      "marg.journal.comments-readable=true"
    })
class CardMemoryHttpTest {
  @LocalServerPort private int port;
  @Autowired private JdbcClient database;
  private Http http;
  private String patient;

  @BeforeEach
  void newPatient() {
    http = new Http(port);
    patient = "p-" + UUID.randomUUID();
  }

  private JsonNode sign(String egfr, String dose) {
    return sign(patient, egfr, dose, "len");
  }

  private JsonNode sign(String of, String egfr, String dose, String orderId) {
    TestRecord record = TestRecord.of(of, "1960-01-01").egfr(egfr + " mL/min/{1.73_m2}");
    MedicationRequest order = record.draft(orderId, "L04AX04", "Lenalidomid", dose);
    order.setAuthoredOnElement(
        new DateTimeType("2026-02-15T10:00:0" + orderId.length() % 10 + "Z"));
    return answer(HookCall.of("order-sign", of, record.resources()).drafts(List.of(order)));
  }

  private JsonNode answer(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    return answer.json();
  }

  /** The cards about statements, by their statements. */
  private static Map<String, JsonNode> cards(JsonNode answer) {
    return answer
        .get("cards")
        .valueStream()
        .filter(card -> card.path("extension").has("no.marg.statements"))
        .collect(
            Collectors.toMap(
                card -> card.get("extension").get("no.marg.statements").toString(),
                card -> card,
                (a, b) -> a,
                TreeMap::new));
  }

  private static Set<String> ofIndicator(Map<String, JsonNode> cards, boolean critical) {
    return cards.entrySet().stream()
        .filter(e -> e.getValue().get("indicator").asString().equals("critical") == critical)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private void override(JsonNode answer) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    ArrayNode entries = body.putArray("feedback");
    cards(answer)
        .values()
        .forEach(
            card ->
                entries
                    .addObject()
                    .put("card", card.get("uuid").asString())
                    .put("outcome", "overridden")
                    .put("outcomeTimestamp", OffsetDateTime.now().toString()));
    assertThat(
            http.post("/cds-services/mm-order-sign/feedback", body.toString(), Http.JSON).status())
        .isEqualTo(200);
  }

  private static int heldBack(JsonNode answer) {
    return answer.path("extension").path("no.marg.heldBack").path("count").asInt(0);
  }

  @Test
  void theSameFactsAreSilentButForWhatIsCritical() {
    JsonNode first = sign("25", "100 mg");
    Set<String> critical = ofIndicator(cards(first), true);
    Set<String> others = ofIndicator(cards(first), false);
    assertThat(critical).as("the case has a critical card").isNotEmpty();
    assertThat(others).as("the case has other cards").isNotEmpty();
    assertThat(heldBack(first)).isZero();
    override(first);

    JsonNode second = sign("25", "100 mg");
    assertThat(cards(second).keySet()).isEqualTo(critical);
    JsonNode held = second.get("extension").get("no.marg.heldBack");
    assertThat(held.get("count").asInt()).isEqualTo(others.size());
    assertThat(held.get("reason").asString()).isEqualTo("overridden-and-facts-unchanged");
    assertThat(held.get("cards").valueStream().map(c -> c.get("statements").toString()).toList())
        .containsExactlyInAnyOrderElementsOf(others);
    // Where there are cards, a last one says it in words.
    JsonNode last = second.get("cards").get(second.get("cards").size() - 1);
    assertThat(last.get("indicator").asString()).isEqualTo("info");
    assertThat(last.get("summary").asString()).startsWith(others.size() + " råd er satt til side");
  }

  /** A record gives a draft a new id and time each time it is written. */
  @Test
  void theSameOrderWrittenAgainIsTheSame() {
    JsonNode first = sign("25", "25 mg");
    override(first);
    JsonNode again = sign(patient, "25", "25 mg", "another-id");
    assertThat(heldBack(again)).isEqualTo(ofIndicator(cards(first), false).size());
  }

  @Test
  void aChangedFactIsToldAgain() {
    override(sign("25", "25 mg"));
    Map<String, JsonNode> again = cards(sign("24", "25 mg"));
    assertThat(ofIndicator(again, false))
        .as("what rests on the eGFR: " + again.keySet())
        .anyMatch(id -> again.get(id).get("detail").asString().contains("eGFR"));
    assertThat(
            again.values().stream()
                .filter(card -> card.get("detail").asString().contains("**24 mL/min"))
                .count())
        .isEqualTo(
            cards(sign("p-other", "24", "25 mg", "len")).values().stream()
                .filter(card -> card.get("detail").asString().contains("**24 mL/min"))
                .count());
  }

  @Test
  void anotherDoseIsToldAgain() {
    Set<String> aboutTheOrder = concerningOrders(cards(sign("25", "25 mg")));
    assertThat(aboutTheOrder).isNotEmpty();
    override(sign("25", "25 mg"));
    assertThat(concerningOrders(cards(sign("25", "20 mg")))).containsAll(aboutTheOrder);
  }

  private static Set<String> concerningOrders(Map<String, JsonNode> cards) {
    return cards.entrySet().stream()
        .filter(e -> !e.getValue().get("indicator").asString().equals("critical"))
        .filter(e -> e.getValue().get("extension").has("no.marg.orders"))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Test
  void anotherPatientIsToldAll() {
    JsonNode first = sign("25", "25 mg");
    override(first);
    JsonNode other = sign("p-" + UUID.randomUUID(), "25", "25 mg", "len");
    assertThat(heldBack(other)).isZero();
    assertThat(cards(other).keySet()).isEqualTo(cards(first).keySet());
  }

  @Test
  void whenThePeriodIsOverAllIsToldAgain() {
    JsonNode first = sign("25", "25 mg");
    override(first);
    assertThat(heldBack(sign("25", "25 mg"))).isPositive();
    OffsetDateTime before = OffsetDateTime.now().minusDays(31);
    database
        .sql("update feedback set received = ?, outcome_timestamp = ?")
        .params(before, before)
        .update();
    JsonNode again = sign("25", "25 mg");
    assertThat(heldBack(again)).isZero();
    assertThat(cards(again).keySet()).isEqualTo(cards(first).keySet());
  }

  /** What was set aside when the chart was opened is told when orders are signed. */
  @Test
  void anotherServiceTellsItAgain() {
    TestRecord record = TestRecord.of(patient, "1960-01-01").egfr("25 mL/min/{1.73_m2}");
    MedicationRequest order = record.draft("len", "L04AX04", "Lenalidomid", "25 mg");
    JsonNode selected =
        answer(HookCall.of("order-select", patient, record.resources()).drafts(List.of(order)));
    assertThat(cards(selected)).isNotEmpty();
    override(selected);
    assertThat(heldBack(sign("25", "25 mg"))).isZero();
  }

  /** Free text has a path and a setting of its own. */
  @Test
  void freeTextIsReadableWhereTheSettingAllowsIt() {
    String card = cards(sign("25", "25 mg")).values().iterator().next().get("uuid").asString();
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.putArray("feedback")
        .addObject()
        .put("card", card)
        .put("outcome", "overridden")
        .put("outcomeTimestamp", "2026-02-15T10:00:00Z")
        .putObject("overrideReason")
        .put("userComment", "Avtalt med pasienten");
    http.post("/cds-services/mm-order-sign/feedback", body.toString(), Http.JSON);
    Http.Answer answer = http.get("/admin/feedback-comments");
    assertThat(answer.status()).isEqualTo(200);
    JsonNode comment =
        answer
            .json()
            .get("comments")
            .valueStream()
            .filter(each -> each.get("card").asString().equals(card))
            .findFirst()
            .orElseThrow();
    assertThat(comment.get("comment").asString()).isEqualTo("Avtalt med pasienten");
    assertThat(comment.get("timestamp").asString()).isEqualTo("2026-02-15T10:00:00Z");
    assertThat(comment.get("statements")).isNotEmpty();
    assertThat(http.get("/admin/feedback-report").body()).doesNotContain("Avtalt");
  }
}
