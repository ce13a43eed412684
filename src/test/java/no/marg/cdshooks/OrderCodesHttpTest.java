package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** An order is checked by whatever code names its drug, and never passed over where none does. */
@RunningMarg
class OrderCodesHttpTest {
  private static final TestRecord WRITER = TestRecord.of("on-vrd-cycle-2", "1963-01-01");

  @LocalServerPort private int port;

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "order-select, http://www.whocc.no/atc, L04AX04",
    "order-sign, http://www.whocc.no/atc, L04AX04",
    "order-select, http://snomed.info/sct, 421471009",
    "order-sign, http://snomed.info/sct, 421471009"
  })
  void aCodeOfTheListsIsEnough(String hook, String system, String code) throws IOException {
    JsonNode cards =
        cards(hook, order(new CodeableConcept().addCoding(new Coding(system, code, null))));
    assertThat(summaries(cards)).anyMatch(each -> each.contains("høyere enn tabellens dose"));
    assertThat(summaries(cards)).noneMatch(OrderCodesHttpTest::isUnchecked);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"order-select", "order-sign"})
  void aMyelomaDrugInWordsIsSaidToBeUnchecked(String hook) throws IOException {
    JsonNode cards = cards(hook, order(new CodeableConcept().setText("Lenalidomid 25 mg kapsler")));
    JsonNode card =
        cards
            .valueStream()
            .filter(each -> isUnchecked(each.get("summary").asString()))
            .findFirst()
            .orElseThrow();
    assertThat(card.get("indicator").asString()).isEqualTo("warning");
    assertThat(card.get("detail").asString()).contains("Lenalidomid 25 mg kapsler");
    assertThat(card.get("extension").get("no.marg.orders").toString())
        .contains("MedicationRequest/d1");
    assertThat(card.get("suggestions").get(0).get("actions").get(0).get("type").asString())
        .isEqualTo("delete");
  }

  /** The terminology has no RxNorm codes of these drugs. */
  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "order-select, lenalidomide 25 MG Oral Capsule, 1",
    "order-sign, lenalidomide 25 MG Oral Capsule, 1",
    "order-sign, '', 1"
  })
  void anRxNormCodeThatIsNotListedIsSaidToBeUnchecked(String hook, String display, int count)
      throws IOException {
    Coding coding = new Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "642451", display);
    assertThat(
            summaries(cards(hook, order(new CodeableConcept().addCoding(coding)))).stream()
                .filter(OrderCodesHttpTest::isUnchecked))
        .hasSize(count);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({"order-select, 0", "order-sign, 1"})
  void anOrderWithoutADrugIsOnlySpokenOfWhenItIsSigned(String hook, int count) throws IOException {
    MedicationRequest order = order(null);
    assertThat(summaries(cards(hook, order)).stream().filter(OrderCodesHttpTest::isUnchecked))
        .hasSize(count);
  }

  private static boolean isUnchecked(String summary) {
    return summary.contains("ikke kontrollert");
  }

  private static MedicationRequest order(CodeableConcept drug) {
    MedicationRequest order = WRITER.draft("d1", "L04AX04", "Lenalidomid", "250 mg");
    order.setMedication(drug);
    return order;
  }

  private JsonNode cards(String hook, MedicationRequest draft) throws IOException {
    HookCall call = HookCall.of(hook, "on-vrd-cycle-2", record()).drafts(List.of(draft));
    Http.Answer answer = call.send(new Http(port));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    return answer.json().get("cards");
  }

  private static List<String> summaries(JsonNode cards) {
    return cards.valueStream().map(card -> card.get("summary").asString()).toList();
  }

  private static List<Resource> record() throws IOException {
    try (InputStream in =
        OrderCodesHttpTest.class.getResourceAsStream("/demo/personas/on-vrd-cycle-2.json")) {
      return TestGuideline.FHIR.newJsonParser().parseResource(Bundle.class, in).getEntry().stream()
          .map(Bundle.BundleEntryComponent::getResource)
          .toList();
    }
  }
}
