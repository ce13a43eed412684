package no.marg.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import no.marg.SmallGuideline;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.chart.ChartReader;
import no.marg.chart.Unused.Reason;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Fact;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the report says of a statement: its verdict, on which facts, and what is missing and why.
 */
class GuidelineReportTest {
  private static final GuidelineEngine ENGINE = TestGuideline.ENGINE;
  private static final String BETA2 = "1952-1";
  private static final String ALBUMIN = "1751-7";
  private static final String EGFR = "98979-8";
  private static final LocalDate FIVE_DAYS_AGO = TestRecord.EVALUATED.minusDays(5);

  @Test
  void everyStatementHasOneLine() {
    List<String> expected =
        ENGINE.guideline().catalogue().stream().map(CatalogueEntry::id).toList();
    assertThat(ENGINE.report(patient().chart(), null))
        .extracting(line -> line.entry().id())
        .containsExactlyElementsOf(expected)
        .doesNotHaveDuplicates();
  }

  @Test
  void aStatementAppliesOnTheFactsItNames() {
    ReportLine line =
        line("ST-ISS-1", patient().result(BETA2, "3.4 mg/L").result(ALBUMIN, "35 g/L"));
    assertThat(line.verdict()).isInstanceOf(Verdict.Applies.class);
    assertThat(line.verdict().code()).isEqualTo("applies");
    assertThat(line.evidence()).hasSize(2);
    Evidence beta2 = evidence(line, "beta2-microglobulin");
    assertThat(measured(beta2).low()).isEqualByComparingTo("3.4");
    assertThat(measured(beta2).isExact()).isTrue();
    assertThat(measured(beta2).unit()).isEqualTo("mg/L");
    assertThat(beta2.date()).isEqualTo(FIVE_DAYS_AGO);
    assertThat(beta2.reference()).isEqualTo("Observation/reported-1");
    assertThat(beta2.threshold()).isEqualTo("< 3.5 mg/L");
    assertThat(measured(evidence(line, "albumin")).low()).isEqualByComparingTo("35");
  }

  @Test
  void aStatementThatDoesNotApplySaysSoAndOnWhat() {
    ReportLine line =
        line("ST-ISS-1", patient().result(BETA2, "3.5 mg/L").result(ALBUMIN, "35 g/L"));
    assertThat(line.verdict()).isInstanceOf(Verdict.DoesNotApply.class);
    assertThat(evidence(line, "beta2-microglobulin").threshold()).isEqualTo("< 3.5 mg/L");
  }

  @Test
  void whatIsMissingIsNamedAndWhatIsThereIsNot() {
    ReportLine line = line("ST-ISS-1", patient().result(BETA2, "3.4 mg/L"));
    assertThat(line.verdict().code()).isEqualTo("undecided");
    assertThat(missing(line))
        .singleElement()
        .satisfies(
            missing -> {
              assertThat(missing.fact().id()).isEqualTo("albumin");
              assertThat(missing.unreadable()).isNull();
              assertThat(missing.newest()).isNull();
            });
    assertThat(line.evidence()).extracting(each -> each.fact().id()).doesNotContain("albumin");
  }

  /** Beta-2 microglobulin alone excludes stage I, so albumin is not asked for. */
  @Test
  void aFactThatCanNotChangeTheVerdictIsNotMissing() {
    assertThat(line("ST-ISS-1", patient().result(BETA2, "6 mg/L")).verdict())
        .isInstanceOf(Verdict.DoesNotApply.class);
  }

  /** What decides and is not known is named, also where it is derived or a setting. */
  @ParameterizedTest
  @CsvSource({
    "cord-compression, EMERG-CORD-7, site-has-radiotherapy",
    "car-t-candidate, CART-EXCL-3, beta2-microglobulin",
    "renal-failure, L1-IND-6, hmas-contraindication",
    "renal-failure, RX-DRD, hmas-contraindication",
    "renal-failure, L1-IND-1, hmas-contraindication",
    "new-myeloma-58, LAB-FLC-2, flc-kappa",
    "vgpr-urine-missing, RESP-VGPR-1, urine-m-protein-24h",
    "vgpr-urine-missing, RESP-PR-1, urine-m-protein-24h",
    "vgpr-urine-missing, RESP-MR-1, urine-m-protein-24h",
    "vgpr-urine-missing, RESP-SD-1, urine-m-protein-24h",
    "messy-record, EV-PLASM-1, plasmacytoma-biopsy-proven",
    "mgus-marrow, FU-MGUS-3, diagnosis-date",
    "new-myeloma-78, LAB-SPE-7, serum-m-protein",
    "fourth-line, LAB-URI-1, serum-m-protein-baseline",
    "mgus-low-risk, RESP-CR-2, involved-flc-baseline",
    "renal-failure, RESP-CR-3, serum-immunofixation",
    "renal-failure, RESP-VGPR-2, urine-immunofixation",
    "messy-record, VAC-VZV-1, diagnosis"
  })
  void anUndecidedStatementNamesWhatWouldDecide(String persona, String statement, String fact) {
    ReportLine line = ofPersona(persona, statement);
    assertThat(line.verdict().code()).isEqualTo("undecided");
    assertThat(missing(line)).extracting(each -> each.fact().id()).contains(fact);
  }

  @ParameterizedTest
  @MethodSource("no.marg.Personas#ids")
  void noStatementIsUndecidedWithoutAReason(String persona) {
    assertThat(ofPersona(persona))
        .filteredOn(
            line ->
                line.verdict() instanceof Verdict.Undecided undecided
                    && undecided.missing().isEmpty())
        .extracting(line -> line.entry().id())
        .isEmpty();
  }

  /** A fact that nothing reads would be missing for ever; what a definition decides is not. */
  @Test
  void everyFactThatAStatementRestsOnIsRead() {
    assertThat(ENGINE.guideline().statements())
        .flatExtracting(Statement::inputs)
        .filteredOn(input -> input.value() == null && input.decidedBy() == null)
        .extracting(input -> ENGINE.guideline().fact(input.id()))
        .filteredOn(fact -> fact.value() == null && fact.derivedBy() == null)
        .extracting(Fact::id)
        .containsOnly(
            "reimbursement-cilta-cel",
            "reimbursement-talquetamab",
            "preferred-anti-cd38",
            "mobilisation-procedure",
            "harvest-capacity");
  }

  /** At 70 the text has no group: the report says so, and that a clinician's word decides. */
  @ParameterizedTest
  @CsvSource({"L1-GEN-1", "EV-HMAS-1"})
  void whatTheTextLeavesOpenIsSaid(String statement) {
    ReportLine line = line(statement, untreated("1955-05-04").fact("hmas-contraindication", false));
    assertThat(leftOpen(line)).isNotNull();
    assertThat(leftOpen(line).en())
        .isEqualTo(
            "70 years: both HMAS and treatment without HMAS are possible, and a clinician must decide");
    assertThat(leftOpen(line).nb()).startsWith("70 år: ");
    assertThat(missing(line))
        .extracting(each -> each.fact().id())
        .containsExactly("hmas-candidate");
  }

  @Test
  void whatIsOnlyMissingIsNotLeftOpen() {
    ReportLine line = line("L1-GEN-1", untreated("1957-05-04"));
    assertThat(leftOpen(line)).isNull();
    assertThat(missing(line))
        .extracting(each -> each.fact().id())
        .containsExactly("hmas-contraindication");
  }

  @Test
  void aContraindicationClosesWhatTheTextLeavesOpen() {
    ReportLine line = line("L1-GEN-1", untreated("1955-05-04").fact("hmas-contraindication", true));
    assertThat(line.verdict()).isInstanceOf(Verdict.DoesNotApply.class);
  }

  /** The order rests on the cells that were harvested, while those reinfused are not known yet. */
  @Test
  void tooFewCellsForTheOrderAreTooFewInTheReport() {
    TestRecord patient = untreated("1961-05-04").fact("cd34-harvested-per-kg", true);
    change(
        patient,
        result -> {
          if (result.getCode().getCodingFirstRep().getCode().equals("cd34-harvested-per-kg")) {
            result.setValue(
                new Quantity()
                    .setValue(new BigDecimal("1.9"))
                    .setUnit("10*6/kg")
                    .setSystem("http://unitsofmeasure.org")
                    .setCode("10*6/kg"));
          }
        });
    patient.with(patient.draft("draft-melphalan", "L01AA03", "melfalan", "400 mg"));
    ReportLine line = line("L1-HMAS-7", patient);
    assertThat(line.verdict()).isInstanceOf(Verdict.Applies.class);
  }

  /** The setting counts as no where it is not made: it is not what keeps the answer back. */
  @Test
  void aSettingWithADefaultIsNotMissing() {
    assertThat(missing(ofPersona("renal-failure", "L1-IND-1")))
        .extracting(each -> each.fact().id())
        .doesNotContain("reimbursed-anti-cd38-vrd-hmas-induction");
  }

  @Test
  void aConvertedResultIsShownInTheGuidelinesUnit() {
    ReportLine line = line("ST-ISS-1", patient().result(BETA2, "3 mg/L").result(ALBUMIN, "4 g/dL"));
    assertThat(measured(evidence(line, "albumin")).unit()).isEqualTo("g/L");
    assertThat(measured(evidence(line, "albumin")).low()).isEqualByComparingTo("40");
  }

  @Test
  void aCensoredResultKeepsItsBounds() {
    ReportLine line =
        line("ST-ISS-1", patient().result(BETA2, "<3.5 mg/L").result(ALBUMIN, "40 g/L"));
    assertThat(line.verdict().code()).isEqualTo("applies");
    FactValue.Measured value = measured(evidence(line, "beta2-microglobulin"));
    assertThat(value.isExact()).isFalse();
    assertThat(value.high()).isEqualByComparingTo(new BigDecimal("3.5"));
    assertThat(value.highIncluded()).isFalse();
  }

  /** The same advice in another situation is an action of its own, and the statement applies. */
  @ParameterizedTest(name = "eGFR {0}: {1}")
  @CsvSource({
    "80, applies, SUP-BISPHOS-1",
    "45, applies, SUP-BISPHOS-1-renal",
    "25, does-not-apply, SUP-BISPHOS-1",
    ", undecided, SUP-BISPHOS-1"
  })
  void aStatementAppliesWithAnyActionThatGivesItsAdvice(
      @Nullable String egfr, String verdict, String action) {
    TestRecord patient = patient().fact("diagnosis-statement", "multiple-myeloma");
    if (egfr != null) {
      patient.result(EGFR, egfr + " mL/min/{1.73_m2}");
    }
    ReportLine line = line("SUP-BISPHOS-1", patient);
    assertThat(line.verdict().code()).isEqualTo(verdict);
    assertThat(line.entry().statement().actionId()).isEqualTo(action);
    if (egfr == null) {
      assertThat(missing(line)).extracting(each -> each.fact().id()).contains("egfr");
    } else {
      assertThat(measured(evidence(line, "egfr")).low()).isEqualByComparingTo(egfr);
    }
  }

  // ---- why a fact is missing ----

  @Test
  void aResultThatIsTooOldIsMissingWithItsDay() {
    LocalDate day = TestRecord.EVALUATED.minusDays(31);
    ReportLine line = line("REN-2", patient().result(EGFR, "20 mL/min/{1.73_m2}", day));
    assertThat(line.verdict().code()).isEqualTo("undecided");
    Missing egfr = missing(line).get(0);
    assertThat(egfr.fact().id()).isEqualTo("egfr");
    assertThat(egfr.newest()).isEqualTo(day);
    assertThat(egfr.unreadable()).isNull();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "20 mL/min, UNKNOWN_UNIT, mL/min",
    "900 mL/min/{1.73_m2}, IMPLAUSIBLE, 900 mL/min/{1.73_m2}"
  })
  void anUnreadableResultIsMissingWithTheReason(String result, Reason reason, String detail) {
    ReportLine line = line("REN-2", patient().result(EGFR, result));
    assertThat(line.verdict().code()).isEqualTo("undecided");
    Missing egfr = missing(line).get(0);
    assertThat(egfr.unreadable().reason()).isEqualTo(reason);
    assertThat(egfr.unreadable().detail()).isEqualTo(detail);
    assertThat(egfr.newest()).isEqualTo(FIVE_DAYS_AGO);
  }

  /** An older readable result must not stand in for a newer one that nobody can read. */
  @Test
  void anUnreadableResultHidesTheOlderOne() {
    ReportLine line =
        line(
            "REN-2",
            patient()
                .result(EGFR, "20 mL/min/{1.73_m2}", TestRecord.EVALUATED.minusDays(9))
                .result(EGFR, "20 mL/min"));
    assertThat(line.verdict().code()).isEqualTo("undecided");
    assertThat(missing(line).get(0).unreadable().reason()).isEqualTo(Reason.UNKNOWN_UNIT);
  }

  @Test
  void aPreliminaryResultIsMissingWithTheReason() {
    TestRecord record = patient().result(EGFR, "20 mL/min/{1.73_m2}");
    change(record, egfr -> egfr.setStatus(Observation.ObservationStatus.PRELIMINARY));
    ReportLine line = line("REN-2", record);
    assertThat(line.verdict().code()).isEqualTo("undecided");
    assertThat(missing(line).get(0).unreadable().reason()).isEqualTo(Reason.PRELIMINARY);
  }

  @Test
  void noReasonIsGivenWhenTheResultThatCountsCanBeRead() {
    ReportLine line = line("REN-2", patient().result(EGFR, "29 mL/min/{1.73_m2}"));
    assertThat(line.verdict().code()).isEqualTo("applies");
    assertThat(measured(evidence(line, "egfr")).low()).isEqualByComparingTo("29");
    assertThat(evidence(line, "egfr").date()).isEqualTo(FIVE_DAYS_AGO);
  }

  @Test
  void aStatementThatNoRuleDecidesSaysWhy() {
    GuidelineEngine small =
        SmallGuideline.of(Map.of("Rules", "library Rules version '1.3.0'"))
            .register("R-1", "Rests on a judgement")
            .register("R-2", null)
            .service()
            .engine();
    assertThat(small.report(patient().chart(), null))
        .allMatch(line -> line.evidence().isEmpty())
        .extracting(line -> line.entry().id(), line -> line.verdict())
        .containsExactly(
            tuple("R-1", new Verdict.NotComputable("Rests on a judgement")),
            tuple("R-2", new Verdict.NotComputable("No rule for this statement yet")));
  }

  @Test
  void anEmptyRecordGetsNoVerdictFromNothing() {
    ReportLine line = line("REN-2", TestRecord.of("empty", null));
    assertThat(line.verdict().code()).isEqualTo("undecided");
    assertThat(line.evidence()).isEmpty();
  }

  @ParameterizedTest(name = "albumin/creatinine ratio: {0}")
  @CsvSource({"'', true", "2.1 mg/mmol, false"})
  void aKnownRatioIsNoMissingUrineAlbumin(String ratio, boolean isMissing) {
    TestRecord record = patient().fact("diagnosis-statement", "mgus");
    if (!ratio.isEmpty()) {
      record.result("9318-7", ratio);
    }
    Advice advice =
        ENGINE.advise(
            ENGINE.guideline().services().get("mm-patient-view"), record.chart(), Map.of());
    List<String> missing =
        advice.findings().stream()
            .filter(finding -> finding.statement().actionId().equals("DD-AL-1-undecided"))
            .flatMap(finding -> finding.missing().stream())
            .map(each -> each.fact().id())
            .toList();
    assertThat(missing).contains("nt-probnp", "alp", "inr");
    assertThat(missing.contains("urine-albumin")).isEqualTo(isMissing);
  }

  // ---- the dead ----

  @ParameterizedTest(name = "deceased {0}")
  @CsvSource({"true, 0", "2026-01-03, 0", "false, 1", "'', 1"})
  void nothingIsSaidOfTheDead(String deceased, int atLeast) {
    TestRecord record =
        patient().egfr("20 mL/min/{1.73_m2}").fact("thrombosis-risk-multiple", false);
    Patient patient = (Patient) record.resources().get(0);
    if (!deceased.isEmpty()) {
      Type value =
          deceased.startsWith("2")
              ? new DateTimeType(deceased)
              : new BooleanType(Boolean.parseBoolean(deceased));
      patient.setDeceased(value);
    }
    var order = record.draft("draft-1", "L04AX04", "lenalidomid", "25 mg");
    var chart =
        ENGINE.chart(
            new ChartReader.Source(
                record.id(), TestRecord.EVALUATED, record.resources(), List.of(order), Set.of()),
            ChartReader.OtherPatient.REFUSE);
    Advice advice =
        ENGINE.advise(ENGINE.guideline().services().get("mm-order-sign"), chart, Map.of());
    if (atLeast == 0) {
      assertThat(advice.findings()).isEmpty();
      assertThat(PlanApplier.requestGroup(advice.carePlan()).getAction()).isEmpty();
    } else {
      assertThat(advice.findings()).isNotEmpty();
    }
  }

  // ---- reading ----

  private static TestRecord patient() {
    return TestRecord.of("reported", "1961-05-04");
  }

  private static void change(TestRecord record, Consumer<Observation> change) {
    record.resources().stream()
        .filter(Observation.class::isInstance)
        .map(Observation.class::cast)
        .forEach(change);
  }

  private static TestRecord untreated(String birthDate) {
    return TestRecord.of("reported", birthDate)
        .fact("diagnosis-statement", "multiple-myeloma")
        .fact("treatment-history-complete", true);
  }

  private static @Nullable Text leftOpen(ReportLine line) {
    return ((Verdict.Undecided) line.verdict()).leftOpen();
  }

  private static ReportLine ofPersona(String persona, String id) {
    return ofPersona(persona).stream()
        .filter(line -> line.entry().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private static List<ReportLine> ofPersona(String persona) {
    List<Resource> record =
        TestGuideline.FHIR
            .newJsonParser()
            .parseResource(
                Bundle.class,
                GuidelineReportTest.class.getResourceAsStream(
                    "/demo/personas/" + persona + ".json"))
            .getEntry()
            .stream()
            .map(Bundle.BundleEntryComponent::getResource)
            .toList();
    return ENGINE.report(
        ENGINE.chart(
            new ChartReader.Source(persona, TestRecord.EVALUATED, record, List.of(), Set.of()),
            ChartReader.OtherPatient.REFUSE),
        null);
  }

  private static ReportLine line(String id, TestRecord record) {
    return ENGINE.report(record.chart(), null).stream()
        .filter(line -> line.entry().id().equals(id))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no line for " + id));
  }

  private static Evidence evidence(ReportLine line, String input) {
    return line.evidence().stream()
        .filter(evidence -> evidence.fact().id().equals(input))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no evidence " + input + " in " + line.evidence()));
  }

  private static FactValue.Measured measured(Evidence evidence) {
    return (FactValue.Measured) evidence.value();
  }

  private static List<Missing> missing(ReportLine line) {
    return ((Verdict.Undecided) line.verdict()).missing();
  }
}
