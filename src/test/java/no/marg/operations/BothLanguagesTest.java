package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;
import no.marg.ReaderTexts;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever {@code $apply} of a regimen or schedule says to a reader, it says in both languages. */
class BothLanguagesTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);

  /** Cycles on both sides of each change of a table, and the one the step-up is. */
  private static final List<String> CYCLES =
      List.of("step-up", "1", "2", "3", "4", "6", "7", "8", "9", "14", "18");

  static Stream<String> orderSets() {
    return TestGuideline.GUIDELINE.all("PlanDefinition").stream()
        .map(PlanDefinition.class::cast)
        .filter(plan -> plan.getType().getCodingFirstRep().getCode().equals("order-set"))
        .map(plan -> plan.getIdElement().getIdPart());
  }

  @Test
  void allOrderSetsAreWalked() {
    assertThat(orderSets()).hasSize(35 + 51);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("orderSets")
  void everyTextHasBothLanguages(String plan) {
    ReaderTexts read = new ReaderTexts();
    int applied = 0;
    for (TestRecord patient : patients()) {
      for (String cycle : CYCLES) {
        CarePlan result;
        try {
          result =
              TestGuideline.ENGINE.apply(plan, patient.chart(), RegimensTest.cycle(START, cycle));
        } catch (no.marg.engine.UnusableInputException notOfThisPlan) {
          continue;
        }
        applied++;
        read.walk(result, plan);
      }
    }
    assertThat(applied).isPositive();
    assertThat(read.texts()).isNotEmpty();
    assertThat(read.single()).isEmpty();
  }

  private static List<TestRecord> patients() {
    return List.of(
        dosed("1966-01-01", "90"),
        dosed("1951-03-02", "30").fact("frailty-status", "frail"),
        dosed("1940-01-01", "29")
            .factToday("active-infection", true)
            .factToday("cytokine-release-syndrome", true)
            .factToday("eye-symptoms", true)
            .fact("thrombosis-risk-multiple", true),
        dosed("1956-03-02", "50")
            .fact("tmp-smx-intolerance", true)
            .fact("lenalidomide-induction-tolerance", "poor"),
        TestRecord.of("empty", null));
  }

  private static TestRecord dosed(String born, String egfr) {
    return TestRecord.of("p" + egfr, born)
        .weight("60 kg")
        .height("175 cm")
        .egfr(egfr + " mL/min/{1.73_m2}");
  }
}
