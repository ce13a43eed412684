package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.Timing;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** A draft with a wrong dose or wrong days comes back right, whole, in a suggestion. */
@RunningMarg
class OrderMendsHttpTest {
  private static final TestRecord WRITER = TestRecord.of("on-vrd-cycle-2", "1963-01-01");

  /** eGFR 28. */
  private static final TestRecord RENAL = TestRecord.of("renal-failure", "1959-12-04");

  @LocalServerPort private int port;

  @Test
  @Conforms("CH-68")
  void tooHighADoseIsChangedToTheDoseOfTheTableAndTheRestOfTheOrderStays() throws IOException {
    MedicationRequest draft = WRITER.draft("d1", "L04AX04", "Lenalidomid", "250 mg");
    JsonNode card = doseCard(sign(draft));
    assertThat(card.get("indicator").asString()).isEqualTo("critical");
    assertThat(labels(card))
        .containsExactly("Endre til Lenalidomid 25 mg", "Slett utkastet med for høy dose");
    assertThat(card.get("detail").asString()).contains("**For hånd:** Endre til Lenalidomid 25 mg");
    MedicationRequest mended = resource(card);
    Dosage dosage = mended.getDosageInstructionFirstRep();
    assertThat(dosage.getDoseAndRateFirstRep().getDoseQuantity().getValue())
        .isEqualByComparingTo("25");
    assertThat(dosage.getText()).doesNotContain("250");
    assertThat(mended.getExtensionString("https://example.org/local")).isEqualTo("kept");
    assertThat(mended.getNoteFirstRep().getText()).isEqualTo("Etter avtale");
    assertThat(dosage.getRoute().getText()).isEqualTo("Peroralt");
    assertThat(dosage.getTiming().getRepeat().getFrequency()).isEqualTo(1);
  }

  @Test
  void aDoseThatTheTablesLeaveOpenIsNotInvented() throws IOException {
    MedicationRequest draft = WRITER.draft("d1", "L01FX29", "Talkvetamab", "1000 mg");
    JsonNode card = doseCard(sign(draft));
    assertThat(labels(card)).containsExactly("Slett utkastet med for høy dose");
    assertThat(card.get("detail").asString()).contains("Riktig dose kan ikke foreslås");
  }

  @Test
  void otherDaysThanTheTableAreChangedToItsDaysCountedFromTheFirstDayOrdered() throws IOException {
    MedicationRequest draft =
        on(
            perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "1.3"),
            "2026-03-09",
            "2026-03-12",
            "2026-03-16",
            "2026-03-19");
    JsonNode card = doseCard(sign(draft));
    assertThat(card.get("indicator").asString()).isEqualTo("warning");
    assertThat(labels(card)).contains("Endre til Bortezomib 1,3 mg/m2 dag 1, 8, 15");
    assertThat(card.get("detail").asString())
        .contains("Bortezomib (1, 4, 8, 11)")
        .contains("Bortezomib (1, 8, 15)");
    MedicationRequest mended = resource(card);
    assertThat(days(mended)).containsExactly("2026-03-09", "2026-03-16", "2026-03-23");
    assertThat(mended.getDosageInstructionFirstRep().getText())
        .isEqualTo("Bortezomib 1,3 mg/m2 dag 1, 8, 15");
  }

  @Test
  void wrongDoseAndWrongDaysAreMendedByOneUpdate() throws IOException {
    MedicationRequest draft =
        on(
            perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "13"),
            "2026-03-09",
            "2026-03-12");
    JsonNode card = doseCard(sign(draft));
    List<String> updates =
        labels(card).stream().filter(label -> label.startsWith("Endre")).toList();
    assertThat(updates).hasSize(1);
    assertThat(updates.get(0))
        .startsWith("Endre til Bortezomib 1,3 mg/m2 (")
        .endsWith("dag 1, 8, 15");
    assertThat(days(resource(card))).containsExactly("2026-03-09", "2026-03-16", "2026-03-23");
  }

  @Test
  void everyDayOfTheCycleBecomesTheTwentyOneDaysOfTheTable() throws IOException {
    MedicationRequest draft = WRITER.draft("d1", "L04AX04", "Lenalidomid", "25 mg");
    draft
        .getDosageInstructionFirstRep()
        .getTiming()
        .getRepeat()
        .setBounds(
            new org.hl7.fhir.r4.model.Period()
                .setStartElement(new DateTimeType("2026-03-09"))
                .setEndElement(new DateTimeType("2026-04-05")));
    JsonNode card = doseCard(sign(draft));
    assertThat(labels(card)).contains("Endre til Lenalidomid 25 mg daglig dag 1-21");
    Timing timing = resource(card).getDosageInstructionFirstRep().getTiming();
    assertThat(timing.getRepeat().getBoundsPeriod().getEndElement().getValueAsString())
        .startsWith("2026-03-29");
  }

  @Test
  void aDoseTooSoonAfterTheLastIsMovedToTheEarliestRightDay() throws IOException {
    // The last dose on record is of 2026-02-09; day 8 of the cycle is 2026-02-16.
    MedicationRequest draft =
        on(
            perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "1.3"),
            "2026-02-15");
    JsonNode card = doseCard(sign(draft));
    assertThat(card.get("detail").asString()).contains("fra siste registrerte dose");
    assertThat(labels(card)).anyMatch(label -> label.startsWith("Endre til Bortezomib"));
    assertThat(days(resource(card))).containsExactly("2026-02-16");
  }

  @Test
  void severalOrdersAreMendedEachUnderItsOwnName() throws IOException {
    JsonNode card =
        doseCard(
            sign(
                WRITER.draft("d1", "L04AX04", "Lenalidomid", "250 mg"),
                WRITER.draft("d2", "H02AB02", "Deksametason", "400 mg")));
    JsonNode suggestion = card.get("suggestions").get(0);
    assertThat(suggestion.get("label").asString()).isEqualTo("Endre til tabellens dose og dager");
    assertThat(suggestion.get("actions").valueStream().map(a -> a.get("description").asString()))
        .containsExactlyInAnyOrder("Endre til Lenalidomid 25 mg", "Endre til Deksametason 40 mg");
    assertThat(card.get("detail").asString())
        .contains("- Endre til Lenalidomid 25 mg\n", "- Endre til Deksametason 40 mg\n");
  }

  @Test
  void theMendIsInEnglishForWhoAsks() throws IOException {
    JsonNode answer =
        HookCall.of("order-sign", "on-vrd-cycle-2", record())
            .drafts(List.of(WRITER.draft("d1", "L04AX04", "Lenalidomid", "250 mg")))
            .send(new Http(port), "Accept-Language", "en")
            .json();
    JsonNode card =
        answer
            .get("cards")
            .valueStream()
            .filter(each -> each.get("summary").asString().startsWith("The dose is above"))
            .findFirst()
            .orElseThrow();
    assertThat(labels(card).get(0)).isEqualTo("Change to lenalidomide 25 mg");
    assertThat(resource(card).getDosageInstructionFirstRep().getText())
        .isEqualTo("lenalidomide 25 mg once a day");
    JsonNode bortezomib =
        HookCall.of("order-sign", "on-vrd-cycle-2", record())
            .drafts(
                List.of(
                    perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "13")))
            .send(new Http(port), "Accept-Language", "en")
            .json();
    assertThat(bortezomib.toString())
        .contains("Change to bortezomib 1.3 mg/m2 (")
        .contains("**Concerns the order:** Bortezomib, 2.4 mg daglig");
  }

  @Test
  void noTranslationOfTheOldWordsStaysAndOthersDo() throws IOException {
    for (String language : List.of("nb", "en")) {
      MedicationRequest draft = WRITER.draft("d1", "L04AX04", "Lenalidomid", "250 mg");
      Dosage dosage = draft.getDosageInstructionFirstRep();
      dosage.setTextElement(new Text("250 mg daglig", "250 mg daily").element());
      dosage.setPatientInstructionElement(new Text("Ta 250 mg", "Take 250 mg").element());
      draft
          .getMedicationCodeableConcept()
          .setTextElement(new Text("Lenalidomid", "Lenalidomide").element());
      JsonNode answer =
          HookCall.of("order-sign", "on-vrd-cycle-2", record())
              .drafts(List.of(draft))
              .send(new Http(port), "Accept-Language", language)
              .json();
      MedicationRequest mended =
          answer
              .get("cards")
              .valueStream()
              .filter(card -> card.get("indicator").asString().equals("critical"))
              .map(OrderMendsHttpTest::resource)
              .findFirst()
              .orElseThrow();
      String words =
          language.equals("en")
              ? "lenalidomide 25 mg once a day"
              : "Lenalidomid 25 mg én gang daglig";
      Dosage changed = mended.getDosageInstructionFirstRep();
      assertThat(changed.getText()).isEqualTo(words);
      assertThat(changed.getTextElement().hasExtension()).isFalse();
      assertThat(changed.getPatientInstruction()).isEqualTo(words);
      assertThat(changed.getPatientInstructionElement().hasExtension()).isFalse();
      assertThat(changed.hasExtension()).isFalse();
      assertThat(Text.of(mended.getMedicationCodeableConcept().getTextElement()))
          .isEqualTo(new Text("Lenalidomid", "Lenalidomide"));
    }
  }

  @Test
  void aLowerDoseIsWrittenAnewFromTheStructureAndNothingOfTheOldDoseStays() throws IOException {
    for (String language : List.of("nb", "en")) {
      MedicationRequest draft = days(RENAL.draft("d1", "L04AX04", "Lenalidomid", "25 mg"), 0);
      Dosage dosage = draft.getDosageInstructionFirstRep();
      dosage.setTextElement(new Text("Lenalidomid 5 mg x 5", "Lenalidomide 5 mg x 5").element());
      dosage.setPatientInstruction("Ta fem kapsler");
      dosage.setMaxDosePerAdministration(new Quantity().setValue(25).setUnit("mg"));
      draft.getDispenseRequest().setQuantity(new Quantity().setValue(105).setUnit("kapsler"));
      draft.getDispenseRequest().setNumberOfRepeatsAllowed(0);
      MedicationRequest mended = resource(renalCard(language, draft));
      String words =
          language.equals("en")
              ? "Lenalidomide 15 mg once a day from 16 Feb 2026 to 8 Mar 2026"
              : "Lenalidomid 15 mg én gang daglig fra 16.02.2026 til 08.03.2026";
      Dosage changed = mended.getDosageInstructionFirstRep();
      assertThat(changed.getText()).isEqualTo(words);
      assertThat(changed.getPatientInstruction()).isEqualTo(words);
      assertThat(changed.getDoseAndRateFirstRep().getDoseQuantity().getValue())
          .isEqualByComparingTo("15");
      assertThat(changed.hasMaxDosePerAdministration()).isFalse();
      assertThat(mended.getDispenseRequest().hasQuantity()).isFalse();
      assertThat(mended.getDispenseRequest().getNumberOfRepeatsAllowed()).isZero();
      assertThat(changed.getTiming().getRepeat().hasBoundsPeriod()).isTrue();
    }
  }

  @Test
  void dailyInWordsAloneStaysAndWordsToThePatientWithoutADoseToo() throws IOException {
    for (String language : List.of("nb", "en")) {
      MedicationRequest draft = RENAL.draft("d1", "L04AX04", "Lenalidomid", "25 mg");
      Dosage dosage = draft.getDosageInstructionFirstRep();
      dosage.setTiming(null);
      dosage.setText("25 mg daglig dag 1-21");
      dosage.setPatientInstruction("Kapslene svelges hele");
      Dosage changed = resource(renalCard(language, draft)).getDosageInstructionFirstRep();
      assertThat(changed.getText())
          .isEqualTo(
              language.equals("en")
                  ? "Lenalidomide 15 mg daily days 1-21"
                  : "Lenalidomid 15 mg daglig dag 1-21");
      assertThat(changed.getPatientInstruction()).isEqualTo("Kapslene svelges hele");
    }
  }

  @Test
  void onlyTheInstructionAboveTheDoseIsChanged() throws IOException {
    MedicationRequest draft = days(RENAL.draft("d1", "L04AX04", "Lenalidomid", "25 mg"), 0);
    Dosage then =
        days(RENAL.draft("d2", "L04AX04", "Lenalidomid", "10 mg"), 21)
            .getDosageInstructionFirstRep();
    draft.addDosageInstruction(then.copy());
    MedicationRequest mended = resource(renalCard("nb", draft));
    assertThat(
            mended
                .getDosageInstruction()
                .get(0)
                .getDoseAndRateFirstRep()
                .getDoseQuantity()
                .getValue())
        .isEqualByComparingTo("15");
    assertThat(mended.getDosageInstruction().get(1).equalsDeep(then)).isTrue();
  }

  @Test
  void whatIsAboveTogetherOnOneDayIsDeletedAndNotChanged() throws IOException {
    MedicationRequest draft = days(RENAL.draft("d1", "L04AX04", "Lenalidomid", "15 mg"), 0);
    draft.addDosageInstruction(
        days(RENAL.draft("d2", "L04AX04", "Lenalidomid", "10 mg"), 0)
            .getDosageInstructionFirstRep());
    assertThat(labels(renalCard("nb", draft)))
        .contains("Slett utkastet med for høy dose")
        .noneMatch(label -> label.startsWith("Endre"));
    assertThat(labels(renalCard("en", draft)))
        .contains("Delete the draft with the dose that is too high");
  }

  @Test
  void onlyTheInstructionAboveTheTableGetsItsDose() throws IOException {
    MedicationRequest draft =
        on(
            perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "2.6"),
            "2026-03-09");
    Dosage lower =
        on(
                perSquareMetre(WRITER.draft("d2", "L01XG01", "Bortezomib", "2.4 mg"), "1.0"),
                "2026-03-16",
                "2026-03-23")
            .getDosageInstructionFirstRep();
    draft.addDosageInstruction(lower.copy());
    MedicationRequest mended = resource(doseCard(sign(draft)));
    Dosage changed = mended.getDosageInstructionFirstRep();
    assertThat(changed.getDoseAndRateFirstRep().getDoseQuantity().getValue())
        .isEqualByComparingTo("1.3");
    assertThat(changed.getText()).endsWith(" 09.03.2026");
    assertThat(mended.getDosageInstruction().get(1).equalsDeep(lower)).isTrue();
  }

  @Test
  void twoDosesOnOneDayAreDeletedAndNotChanged() throws IOException {
    MedicationRequest draft = days(WRITER.draft("d1", "L04AX04", "Lenalidomid", "25 mg"), 0);
    draft.addDosageInstruction(draft.getDosageInstructionFirstRep().copy());
    assertThat(labels(doseCard(sign(draft)))).containsExactly("Slett utkastet med for høy dose");
  }

  @Test
  void twoNumbersForOneDoseThatDisagreeAreTold() throws IOException {
    MedicationRequest draft =
        on(
            perSquareMetre(WRITER.draft("d1", "L01XG01", "Bortezomib", "2.4 mg"), "1.3"),
            "2026-03-09");
    draft
        .getDosageInstructionFirstRep()
        .addDoseAndRate()
        .setDose(
            new Quantity()
                .setValue(1)
                .setUnit("mg")
                .setSystem("http://unitsofmeasure.org")
                .setCode("mg"));
    JsonNode card =
        sign(draft)
            .get("cards")
            .valueStream()
            .filter(each -> each.get("summary").asString().startsWith("Dosen i mg stemmer ikke"))
            .findFirst()
            .orElseThrow();
    assertThat(card.get("indicator").asString()).isEqualTo("critical");
    assertThat(labels(card)).containsExactly("Slett utkastet og bestill på nytt");
  }

  /** Each of 21 days, so many days after 16 February. */
  @Test
  void twoBispecificAntibodiesForOneDayAreCriticalAndBothAreNamed() throws IOException {
    for (String hook : List.of("order-select", "order-sign")) {
      JsonNode card =
          HookCall.of(hook, "on-vrd-cycle-2", record())
              .drafts(
                  List.of(
                      on(WRITER.draft("d1", "L01FX24", "Teklistamab", "4 mg"), "2026-02-16"),
                      on(WRITER.draft("d2", "L01FX29", "Talkvetamab", "0.7 mg"), "2026-02-16")))
              .send(new Http(port))
              .json()
              .get("cards")
              .valueStream()
              .filter(each -> each.get("summary").asString().contains("To bispesifikke antistoff"))
              .findFirst()
              .orElseThrow();
      assertThat(card.get("indicator").asString()).isEqualTo("critical");
      assertThat(card.get("extension").get("no.marg.orders").toString())
          .contains("MedicationRequest/d1", "MedicationRequest/d2");
      assertThat(card.get("detail").asString())
          .contains("samme klasse i utkastene | **Talkvetamab, Teklistamab**");
    }
  }

  private static MedicationRequest days(MedicationRequest draft, int later) {
    LocalDate first = LocalDate.of(2026, 2, 16).plusDays(later);
    draft
        .getDosageInstructionFirstRep()
        .getTiming()
        .getRepeat()
        .setBounds(
            new org.hl7.fhir.r4.model.Period()
                .setStartElement(new DateTimeType(first.toString()))
                .setEndElement(new DateTimeType(first.plusDays(20).toString())));
    return draft;
  }

  private JsonNode renalCard(String language, MedicationRequest draft) throws IOException {
    return HookCall.of("order-sign", "renal-failure", record("renal-failure"))
        .drafts(List.of(draft))
        .send(new Http(port), "Accept-Language", language)
        .json()
        .get("cards")
        .valueStream()
        .filter(
            card -> card.path("extension").path("no.marg.statements").toString().contains("REN-2"))
        .findFirst()
        .orElseThrow();
  }

  private static MedicationRequest perSquareMetre(MedicationRequest draft, String dose) {
    Quantity quantity =
        draft.getDosageInstructionFirstRep().getDoseAndRateFirstRep().getDoseQuantity();
    quantity.setValue(new java.math.BigDecimal(dose)).setUnit("mg/m2").setCode("mg/m2");
    return draft;
  }

  private static MedicationRequest on(MedicationRequest draft, String... days) {
    Timing timing = new Timing();
    Stream.of(days).forEach(day -> timing.addEventElement().setValueAsString(day));
    draft.getDosageInstructionFirstRep().setTiming(timing);
    return draft;
  }

  private static List<String> days(MedicationRequest order) {
    return order.getDosageInstructionFirstRep().getTiming().getEvent().stream()
        .map(event -> event.getValueAsString().substring(0, 10))
        .map(day -> LocalDate.parse(day).toString())
        .toList();
  }

  private JsonNode sign(MedicationRequest... drafts) throws IOException {
    HookCall call = HookCall.of("order-sign", "on-vrd-cycle-2", record()).drafts(List.of(drafts));
    Http.Answer answer = call.send(new Http(port));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    return answer.json();
  }

  private static JsonNode doseCard(JsonNode answer) {
    return answer
        .get("cards")
        .valueStream()
        .filter(
            each ->
                each.path("extension")
                        .path("no.marg.statements")
                        .toString()
                        .contains("DOSE-START-1")
                    && each.get("detail").asString().contains("tabell"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(answer.toPrettyString()));
  }

  private static MedicationRequest resource(JsonNode card) {
    JsonNode action = card.get("suggestions").get(0).get("actions").get(0);
    assertThat(action.get("type").asString()).isEqualTo("update");
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(MedicationRequest.class, action.get("resource").toString());
  }

  private static List<String> labels(JsonNode card) {
    return card.path("suggestions")
        .valueStream()
        .map(suggestion -> suggestion.get("label").asString())
        .toList();
  }

  private static List<Resource> record() throws IOException {
    return record("on-vrd-cycle-2");
  }

  private static List<Resource> record(String persona) throws IOException {
    try (InputStream in =
        OrderMendsHttpTest.class.getResourceAsStream("/demo/personas/" + persona + ".json")) {
      return TestGuideline.FHIR.newJsonParser().parseResource(Bundle.class, in).getEntry().stream()
          .map(Bundle.BundleEntryComponent::getResource)
          .toList();
    }
  }
}
