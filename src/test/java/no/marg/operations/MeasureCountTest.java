package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import no.marg.TestGuideline;
import no.marg.engine.Truth;
import no.marg.knowledge.Definition;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.MeasureReport;
import org.hl7.fhir.r4.model.MeasureReport.MeasureReportType;
import org.junit.jupiter.api.Test;

/** Where a patient is counted whose criteria could not be evaluated. */
class MeasureCountTest {
  private static final LocalDate TODAY = LocalDate.of(2026, 2, 15);
  private static final Measure ISS =
      TestGuideline.GUIDELINE.all("Measure").stream()
          .filter(measure -> measure.getIdElement().getIdPart().equals("mm-iss-known"))
          .map(Measure.class::cast)
          .findFirst()
          .orElseThrow();

  private final MeasureCount count = new MeasureCount(ISS, "MMQuality");

  @Test
  void aFailedDenominatorIsUndecidedThereAndDoesNotMoveTheScore() {
    count.add("done", all(Truth.FALSE, Map.of("denominator", Truth.TRUE, "numerator", Truth.TRUE)));
    count.add("not-done", all(Truth.FALSE, Map.of("denominator", Truth.TRUE)));
    count.add("failed", all(Truth.FAILED, Map.of()));
    assertThat(counts())
        .containsEntry("denominator", 2)
        .containsEntry("numerator", 1)
        .containsEntry("denominator-undecided", 1)
        .containsEntry("numerator-undecided", 0);
    assertThat(report().getGroupFirstRep().getMeasureScore().getValue())
        .isEqualByComparingTo("0.5");
  }

  @Test
  void aFailedNumeratorIsUndecidedAndNotDone() {
    count.add("done", all(Truth.FALSE, Map.of("denominator", Truth.TRUE, "numerator", Truth.TRUE)));
    count.add(
        "failed",
        all(Truth.FAILED, Map.of("denominator", Truth.TRUE, "denominator-undecided", Truth.FALSE)));
    assertThat(counts())
        .containsEntry("denominator", 2)
        .containsEntry("numerator", 1)
        .containsEntry("denominator-undecided", 0)
        .containsEntry("numerator-undecided", 1);
    assertThat(report().getGroupFirstRep().getMeasureScore().getValue()).isEqualByComparingTo("1");
  }

  private static Map<Definition, Truth> all(Truth otherwise, Map<String, Truth> given) {
    Map<Definition, Truth> truths = new HashMap<>();
    for (var population : ISS.getGroupFirstRep().getPopulation()) {
      truths.put(
          new Definition("MMQuality", population.getCriteria().getExpression()),
          given.getOrDefault(population.getCode().getCodingFirstRep().getCode(), otherwise));
    }
    return truths;
  }

  private MeasureReport report() {
    return count.report(MeasureReportType.SUMMARY, new ReportPeriod(TODAY, TODAY, TODAY), TODAY);
  }

  private Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    report()
        .getGroupFirstRep()
        .getPopulation()
        .forEach(each -> counts.put(each.getCode().getCodingFirstRep().getCode(), each.getCount()));
    return counts;
  }
}
