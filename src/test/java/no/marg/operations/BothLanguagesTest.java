package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever {@code $apply} of a regimen or schedule says to a reader, it says in both languages. */
class BothLanguagesTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);
  private static final String TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation";

  /** Words that are the same in Norwegian and English. */
  private static final Set<String> SAME =
      Set.of(
          "Belantamab mafodotin",
          "Bortezomib",
          "Daratumumab",
          "Denosumab",
          "Elranatamab",
          "Isatuximab",
          "Mesna",
          "Venetoclax",
          "belantamab mafodotin",
          "bortezomib",
          "daratumumab",
          "elranatamab",
          "isatuximab",
          "mesna",
          "paracetamol",
          "venetoclax",
          "Act-Hib",
          "Boostrix",
          "G-CSF",
          "PPV23",
          "Shingrix",
          "Shingrix dose 1",
          "Shingrix dose 2",
          "Tetravac",
          "1000/800",
          "2 Gy × 20",
          "2 Gy × 25",
          "3 Gy × 10",
          "8 Gy × 1");

  /** Elements that hold strings for machines. */
  private static final Set<String> NOT_FOR_READERS =
      Set.of("id", "reference", "condition", "unit", "diagnostics");

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
    Set<String> texts = new TreeSet<>();
    Map<String, String> single = new TreeMap<>();
    int applied = 0;
    for (TestRecord patient : patients()) {
      for (String cycle : CYCLES) {
        CarePlan result;
        try {
          result = TestGuideline.ENGINE.apply(plan, patient.chart(), parameters(cycle));
        } catch (no.marg.engine.UnusableInputException notOfThisPlan) {
          continue;
        }
        applied++;
        walk(result, plan, texts, single);
      }
    }
    assertThat(applied).isPositive();
    assertThat(texts).isNotEmpty();
    assertThat(single).isEmpty();
  }

  /** Collects the texts below an element that a reader sees, and those without an own English. */
  private static void walk(
      Base element, String path, Set<String> texts, Map<String, String> single) {
    if (element instanceof Coding || element instanceof Extension) {
      return;
    }
    element
        .children()
        .forEach(
            child ->
                child
                    .getValues()
                    .forEach(
                        value -> {
                          String place = path + "." + child.getName();
                          if (NOT_FOR_READERS.contains(child.getName())
                              || value instanceof CodeType) {
                            return;
                          }
                          if (value instanceof StringType text && text.hasValue()) {
                            check(text, place, texts, single);
                          } else {
                            walk(value, place, texts, single);
                          }
                        }));
  }

  private static void check(
      StringType text, String place, Set<String> texts, Map<String, String> single) {
    texts.add(text.getValue());
    boolean isTranslated = text.hasExtension(TRANSLATION);
    // What integrators read of an outcome is English, with the Norwegian beside it.
    Text words = place.contains(".details.") ? Text.ofEnglish(text) : Text.of(text);
    if (!isTranslated || (words.nb().equals(words.en()) && !SAME.contains(words.nb()))) {
      single.put(text.getValue(), place);
    }
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

  private static Parameters parameters(String cycle) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType(START.toString()));
    if (cycle.equals("step-up")) {
      parameters.addParameter().setName("Phase").setValue(new StringType(cycle));
    } else {
      parameters
          .addParameter()
          .setName("CycleNumber")
          .setValue(new IntegerType(Integer.parseInt(cycle)));
    }
    return parameters;
  }
}
