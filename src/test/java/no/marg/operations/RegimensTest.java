package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.engine.UnusableInputException;
import no.marg.operations.AppliedCycle.Given;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every regimen of the guideline: each worked dose, each day of each table, each phase limit. */
class RegimensTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);

  /** Regimens that the guideline names without doses. */
  private static final Set<String> WITHOUT_TABLE =
      Set.of(
          "isa-rd",
          "daratumumab-monotherapy",
          "isatuximab-monotherapy",
          "anti-cd38-krd",
          "isa-pd",
          "dara-pd",
          "elotuzumab-pd",
          "sixth-line-alkylator",
          "ide-cel",
          "cilta-cel",
          "melflufen-dexamethasone",
          "selinexor-bortezomib-dexamethasone",
          "selinexor-dexamethasone",
          "gcsf-mobilisation",
          "allogeneic-sct");

  /** A row of doses.csv. */
  record Worked(
      String regimen,
      String cycle,
      int day,
      String drug,
      String age,
      String weight,
      String height,
      String egfr,
      String formula,
      String state,
      String expected,
      String unit,
      String flag) {

    TestRecord patient() {
      String born = age.isEmpty() ? null : START.minusYears(Long.parseLong(age)).toString();
      return RegimensTest.patient(born, weight, height, egfr, state);
    }

    boolean isDose() {
      return Character.isDigit(expected.charAt(0));
    }
  }

  /** One phase of a regimen. */
  record Phase(String regimen, String phase, String cycle, String egfr) {}

  static Stream<Worked> worked() {
    return lines("doses.csv")
        .map(
            f ->
                new Worked(
                    f[0],
                    f[1],
                    Integer.parseInt(f[2]),
                    f[3],
                    f[4],
                    f[5],
                    f[6],
                    f[7],
                    f[8],
                    f[9],
                    f[10],
                    f[11],
                    f[12]));
  }

  private static final Map<Phase, Set<Given>> CALENDARS = calendars();

  private static Map<Phase, Set<Given>> calendars() {
    Map<Phase, Set<Given>> calendars = new LinkedHashMap<>();
    lines("calendars.csv")
        .forEach(
            f ->
                calendars
                    .computeIfAbsent(
                        new Phase(f[0], f[1], f[2], f[3]), phase -> new LinkedHashSet<>())
                    .add(
                        new Given(
                            Integer.parseInt(f[4]),
                            f[5],
                            AppliedCycle.plain(new BigDecimal(f[6])),
                            f[7],
                            Integer.parseInt(f[8]))));
    return calendars;
  }

  static Stream<Phase> phases() {
    return CALENDARS.keySet().stream();
  }

  static Stream<String> withTable() {
    return CALENDARS.keySet().stream().map(Phase::regimen).distinct();
  }

  static Stream<String> withoutTable() {
    return WITHOUT_TABLE.stream().sorted();
  }

  private static Stream<String[]> lines(String file) {
    try (InputStream in = RegimensTest.class.getResourceAsStream("/regimens/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(line -> line.split(";", -1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyRowIsThere() {
    assertThat(worked()).hasSize(193);
    assertThat(CALENDARS.values().stream().mapToInt(Set::size).sum()).isEqualTo(800);
    assertThat(withTable()).hasSize(20);
    assertThat(WITHOUT_TABLE).hasSize(15);
  }

  // ---- doses and days ----

  @ParameterizedTest(name = "{0}")
  @MethodSource("worked")
  void givesTheWorkedDose(Worked row) {
    AppliedCycle cycle = apply(row.regimen(), row.cycle(), row.patient(), row.formula());
    if (row.expected().equals("no-request")) {
      assertThat(cycle.ofTheTable())
          .noneMatch(given -> given.day() == row.day() && given.drug().equals(row.drug()));
      assertThat(cycle.errors()).isEmpty();
    } else if (row.expected().equals("missing-data")) {
      assertThat(cycle.dosages(row.drug())).isEmpty();
      assertThat(cycle.errors()).isNotEmpty();
    } else if (row.drug().equals("autologous-stem-cells")) {
      assertThat(cycle.ofTheTable())
          .contains(
              new Given(
                  0, row.drug(), AppliedCycle.plain(new BigDecimal(row.expected())), "10*6", 1));
    } else {
      boolean offered = row.flag().equals("offer");
      Dosage dosage =
          cycle.dosages(row.drug(), offered).stream()
              .filter(each -> cycle.days(each).contains(row.day()))
              .findFirst()
              .orElseThrow();
      Quantity dose =
          AppliedCycle.dose(dosage, AppliedCycle.isCalculated(dosage) ? "calculated" : "ordered");
      double expected = Double.parseDouble(row.expected());
      assertThat(dose.getValue().doubleValue()).isCloseTo(expected, within(expected * 1e-5));
      assertThat(dose.getCode()).isEqualTo(row.unit());
      assertThat(cycle.errors()).isEmpty();
    }
    if (row.isDose()) {
      assertThat(cycle.notes().stream().anyMatch(note -> isAboutTheDose(note, row.drug())))
          .as("a note asks to confirm")
          .isEqualTo(row.flag().equals("confirm") || row.flag().equals("notice"));
    }
  }

  /** A note that states a reading of this drug's dose. */
  private static boolean isAboutTheDose(String note, String drug) {
    return switch (drug) {
      case "lenalidomide" ->
          note.contains("eGFR er nøyaktig 30") || note.contains("vedlikeholdsdose");
      case "dexamethasone" -> note.contains("Alder er nøyaktig 75") || note.contains("Alder 75 år");
      case "melphalan" -> note.contains("eGFR er nøyaktig 30") || note.contains("Dag -2 er valgt");
      case "g-csf" -> note.contains("Vekten er nøyaktig 60");
      default -> false;
    };
  }

  /** What drafts are held against is what is ordered: the rows for checking are the tables. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("phases")
  void theRowsForCheckingAreTheTable(Phase phase) {
    if (WITHOUT_ROWS.contains(phase.regimen()) || phase.phase().equals("step-up")) {
      return;
    }
    Map<String, Set<Integer>> printed = new java.util.TreeMap<>();
    CALENDARS
        .get(phase)
        .forEach(
            given ->
                printed
                    .computeIfAbsent(
                        given.drug() + " " + given.dose() + " " + given.unit(),
                        each -> new java.util.TreeSet<>())
                    .add(given.day()));
    assertThat(rows(phase.regimen(), Integer.parseInt(phase.cycle()))).isEqualTo(printed);
  }

  /** Courses without cycles. */
  private static final Set<String> WITHOUT_ROWS =
      Set.of("cyclophosphamide-mobilisation", "high-dose-melphalan");

  private static Map<String, Set<Integer>> rows(String regimen, int cycle) {
    Map<String, Set<Integer>> rows = new java.util.TreeMap<>();
    var answers =
        TestGuideline.ENGINE.evaluate(
            "MMRegimenTables", List.of("Rows"), reference("90").chart(), new Parameters());
    for (var row : answers.getParameter()) {
      Map<String, List<String>> parts = new LinkedHashMap<>();
      row.getPart()
          .forEach(
              part ->
                  parts
                      .computeIfAbsent(part.getName(), name -> new java.util.ArrayList<>())
                      .add(part.getValue().primitiveValue()));
      String by = parts.get("doseBy").get(0);
      if (parts.get("regimen").get(0).equals(regimen)
          && Integer.parseInt(parts.get("fromCycle").get(0)) <= cycle
          && cycle <= Integer.parseInt(parts.get("toCycle").get(0))) {
        rows.computeIfAbsent(
                parts.get("drug").get(0)
                    + " "
                    + AppliedCycle.plain(new BigDecimal(parts.get("dose").get(0)))
                    + " "
                    + (by.startsWith("mg") ? by : "mg"),
                each -> new java.util.TreeSet<>())
            .addAll(parts.get("tableDays").stream().map(Integer::valueOf).toList());
      }
    }
    return rows;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("phases")
  void theFirstCycleOfAPhaseIsTheTable(Phase phase) {
    AppliedCycle cycle = apply(phase.regimen(), phase.cycle(), reference(phase.egfr()), "");
    assertThat(cycle.errors()).isEmpty();
    assertThat(asPerKilogram(cycle.ofTheTable())).isEqualTo(CALENDARS.get(phase));
  }

  /** The table counts stem cells by weight; the order counts cells for the 70 kg reference. */
  private static Set<Given> asPerKilogram(Set<Given> given) {
    Set<Given> all = new LinkedHashSet<>();
    for (Given each : given) {
      all.add(
          each.drug().equals("autologous-stem-cells")
              ? new Given(
                  each.day(),
                  each.drug(),
                  AppliedCycle.plain(each.dose().divide(BigDecimal.valueOf(70))),
                  "10*6/kg",
                  1)
              : each);
    }
    return all;
  }

  /** A phase holds from its first cycle to the cycle before the next, and not a cycle longer. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("withTable")
  void aPhaseChangesWithItsCycleAndNotBefore(String regimen) {
    List<Phase> phases =
        CALENDARS.keySet().stream()
            .filter(phase -> phase.regimen().equals(regimen) && phase.egfr().equals("90"))
            .filter(phase -> !phase.cycle().equals("step-up"))
            .toList();
    for (int i = 0; i < phases.size(); i++) {
      int first = Integer.parseInt(phases.get(i).cycle());
      assertTable(regimen, first, phases.get(i));
      if (i > 0) {
        assertTable(regimen, first - 1, phases.get(i - 1));
      }
    }
    boolean isSingle =
        Set.of("cyclophosphamide-mobilisation", "high-dose-melphalan").contains(regimen);
    Phase last = phases.get(phases.size() - 1);
    if (isSingle || regimen.endsWith("-induction")) {
      int end = isSingle ? 1 : 6;
      assertTable(regimen, end, last);
      AppliedCycle after = apply(regimen, String.valueOf(end + 1), reference("90"), "");
      assertThat(after.drugs()).isEmpty();
      assertThat(after.notes()).singleElement().asString().contains("står");
    } else {
      assertTable(regimen, Integer.parseInt(last.cycle()) + 1, last);
      assertTable(regimen, 60, last);
    }
  }

  private static void assertTable(String regimen, int number, Phase phase) {
    AppliedCycle cycle = apply(regimen, String.valueOf(number), reference("90"), "");
    assertThat(asPerKilogram(cycle.ofTheTable()))
        .as(regimen + " cycle " + number)
        .isEqualTo(CALENDARS.get(phase));
  }

  /** The days stand twice in a result, as cycle days and as dates; they must say the same. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("phases")
  void theDaysOfAnActionAreTheDatesOfItsRequest(Phase phase) {
    AppliedCycle cycle = apply(phase.regimen(), phase.cycle(), reference(phase.egfr()), "");
    int compared = 0;
    for (RequestGroupActionComponent action : cycle.actions()) {
      Set<Integer> stated = AppliedCycle.statedDays(action);
      if (!stated.isEmpty() && cycle.resource(action) instanceof MedicationRequest request) {
        Set<Integer> dated = new java.util.TreeSet<>();
        request.getDosageInstruction().forEach(dosage -> dated.addAll(cycle.days(dosage)));
        assertThat(dated).as(action.getId()).isEqualTo(stated);
        compared++;
      }
    }
    // The days of melphalan follow renal function and can not stand in the definition.
    assertThat(compared).isGreaterThan(phase.regimen().equals("high-dose-melphalan") ? -1 : 0);
  }

  private static final Predicate<String> NAMES_A_DOSE =
      Pattern.compile("\\d (mg|µg|g)\\b").asPredicate();

  /** What stands beside an order must not name another dose than the order does. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("phases")
  void theWordsOfAnActionNameTheDoseOfItsRequest(Phase phase) {
    TestRecord other =
        patient("1944-01-01", "52", "160", "25", "lenalidomide-induction-tolerance=poor");
    for (TestRecord patient : List.of(reference(phase.egfr()), other)) {
      AppliedCycle cycle = apply(phase.regimen(), phase.cycle(), patient, "");
      int compared = 0;
      for (RequestGroupActionComponent action : cycle.actions()) {
        if (cycle.resource(action) instanceof MedicationRequest request) {
          for (Dosage dosage : request.getDosageInstruction()) {
            if (dosage.hasDoseAndRate() && NAMES_A_DOSE.test(action.getTextEquivalent())) {
              BigDecimal dose = AppliedCycle.dose(dosage, "ordered").getValue();
              assertThat(action.getTextEquivalent())
                  .as(action.getId())
                  .containsPattern(
                      "\\b" + AppliedCycle.plain(dose).toPlainString().replace('.', ',') + "\\b");
              compared++;
            }
          }
        }
      }
      assertThat(compared).isPositive();
    }
  }

  // ---- safety ----

  /** What the first patient has must not come out for the second, who has nothing. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("phases")
  void nothingOfOnePatientComesOutForTheNext(Phase phase) {
    AppliedCycle first = apply(phase.regimen(), phase.cycle(), reference(phase.egfr()), "");
    AppliedCycle empty = apply(phase.regimen(), phase.cycle(), TestRecord.of("second", null), "");
    for (MedicationRequest request : allRequests(empty)) {
      assertThat(request.getDosageInstruction()).isNotEmpty();
      assertThat(request.getDosageInstruction())
          .as(AppliedCycle.drug(request))
          .noneMatch(AppliedCycle::isCalculated);
    }
    assertThat(encode(empty)).doesNotContain("reference-patient").doesNotContain("70 kg");
    AppliedCycle again = apply(phase.regimen(), phase.cycle(), reference(phase.egfr()), "");
    assertThat(encode(again)).isEqualTo(encode(first));
  }

  private static List<MedicationRequest> allRequests(AppliedCycle cycle) {
    return cycle.plan().getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .toList();
  }

  private static String encode(AppliedCycle cycle) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(cycle.plan());
  }

  @ParameterizedTest(name = "{0} kg, {1} cm")
  @CsvSource({"7, 175", "700, 175", "70, 1.75", "70, 1750", "'', 175", "70, ''"})
  void noDoseBySurfaceWithoutAPlausibleWeightAndHeight(String weight, String height) {
    AppliedCycle cycle = apply("isa-kd", "1", patient("1966-01-01", weight, height, "90", ""), "");
    assertThat(cycle.dosages("carfilzomib")).isEmpty();
    assertThat(cycle.errors()).isNotEmpty();
    assertThat(cycle.notes())
        .filteredOn(note -> note.startsWith("Karfilzomib: dosen kan ikke"))
        .singleElement()
        .asString()
        .as("a decimal comma in Norwegian")
        .doesNotContain("1.75")
        .matches(
            note ->
                note.contains("nyeste verdi kan ikke brukes")
                    != (weight.isEmpty() || height.isEmpty()),
            "tells a value that can not be used from one that was not sent");
  }

  @ParameterizedTest(name = "{0}, cycle {1}, phase {2}")
  @CsvSource({
    "drd, 0, '', CycleNumber must be 1 or more",
    "drd, -1, '', CycleNumber must be 1 or more",
    "drd, '', '', CycleNumber (integer) is missing",
    "drd, 1, step-up, this regimen has no step-up",
    "teclistamab, '', '', CycleNumber (integer) is missing",
    "teclistamab, 0, '', CycleNumber must be 1 or more",
    "teclistamab, 1, opptrapping, Phase must be step-up",
    "teclistamab, 2, step-up, leave one of them out"
  })
  void badParametersAreRefusedByName(String regimen, String number, String phase, String reason) {
    Parameters parameters = parameters(START);
    if (!number.isEmpty()) {
      parameters
          .addParameter()
          .setName("CycleNumber")
          .setValue(new IntegerType(Integer.parseInt(number)));
    }
    if (!phase.isEmpty()) {
      parameters.addParameter().setName("Phase").setValue(new StringType(phase));
    }
    assertThatThrownBy(
            () -> TestGuideline.ENGINE.apply(regimen, reference("90").chart(), parameters))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withTable")
  void aStartInAnotherCenturyIsRefused(String regimen) {
    for (int year : new int[] {1926, 2126}) {
      Parameters parameters = parameters(LocalDate.of(year, 3, 2));
      parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
      assertThatThrownBy(
              () -> TestGuideline.ENGINE.apply(regimen, reference("90").chart(), parameters))
          .isInstanceOf(UnusableInputException.class)
          .hasMessageContaining("CycleStart is more than two years");
    }
  }

  /** A month as the start would put every dose of the cycle in that month. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"2026-03", "2026"})
  void aStartWithoutADayIsRefused(String start) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType(start));
    parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    assertThatThrownBy(() -> TestGuideline.ENGINE.apply("drd", reference("90").chart(), parameters))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageContaining("CycleStart must be a full date");
  }

  /** A parameter under a misspelt name would be a call without it. */
  @Test
  void aParameterOfAnotherNameOrTypeIsRefused() {
    Parameters misspelt = cycle(START, "1");
    misspelt.addParameter().setName("EvaluationDate").setValue(new DateType("2026-02-01"));
    Parameters text = parameters(START);
    text.addParameter().setName("CycleNumber").setValue(new StringType("2"));
    Parameters twice = cycle(START, "1");
    twice.addParameter().setName("CycleNumber").setValue(new IntegerType(2));
    Map.of(
            misspelt, "A name in parameters is unknown",
            text, "CycleNumber must be one value of type Integer",
            twice, "CycleNumber must be one value of type Integer")
        .forEach(
            (parameters, reason) ->
                assertThatThrownBy(
                        () ->
                            TestGuideline.ENGINE.apply("drd", reference("90").chart(), parameters))
                    .isInstanceOf(UnusableInputException.class)
                    .hasMessageContaining(reason));
    Parameters setting = cycle(START, "1");
    setting.addParameter().setName("BSA Formula").setValue(new StringType("mosteller"));
    assertThat(TestGuideline.ENGINE.apply("drd", reference("90").chart(), setting).getContained())
        .isNotEmpty();
  }

  @ParameterizedTest(name = "{0}, cycle {1}: {2}")
  @CsvSource({
    "drd-daratumumab, 2, true",
    "drd-daratumumab, 7, false",
    "drd-daratumumab-3, 7, true",
    "bpd-belantamab-mafodotin, 1, true",
    "bpd-belantamab-mafodotin, 2, false",
    "vrd-bortezomib, 6, true",
    "vrd-bortezomib, 7, false",
    "vrd-bortezomib, 0, false",
    "regimen-valaciclovir-28, 7, true",
    "teclistamab-teclistamab, 1, false",
    "teclistamab-teclistamab, step-up, true"
  })
  void anActivityOfAnotherCycleIsRefused(String activity, String cycle, boolean isOfIt) {
    Parameters parameters = cycle(START, cycle);
    if (isOfIt) {
      assertThat(TestGuideline.ENGINE.applyActivity(activity, reference("90").chart(), parameters))
          .isInstanceOf(org.hl7.fhir.r4.model.MedicationRequest.class);
    } else {
      assertThatThrownBy(
              () ->
                  TestGuideline.ENGINE.applyActivity(activity, reference("90").chart(), parameters))
          .isInstanceOf(UnusableInputException.class)
          .hasMessageContaining("not part of the cycle asked for");
    }
  }

  @Test
  void noStepUpDuringAnInfectionOrReaction() {
    TestRecord patient =
        reference("90")
            .factToday("active-infection", true)
            .factToday("cytokine-release-syndrome", true);
    assertThat(apply("teclistamab", "step-up", patient, "").notes())
        .anyMatch(note -> note.contains("aldri under aktiv infeksjon"))
        .anyMatch(note -> note.contains("ingen opptrappingsdose"));
  }

  @Test
  void premedicationComesBeforeTheFirstDosesOnly() {
    assertThat(apply("drd", "1", reference("90"), "").dosages("cetirizine"))
        .singleElement()
        .satisfies(dosage -> assertThat(dosage.getTiming().getEvent()).hasSize(2));
    assertThat(apply("drd", "2", reference("90"), "").dosages("cetirizine")).isEmpty();
    assertThat(apply("elranatamab", "step-up", reference("90"), "").dosages("dexamethasone"))
        .singleElement()
        .satisfies(
            dosage ->
                assertThat(AppliedCycle.dose(dosage, "ordered").getValue())
                    .isEqualByComparingTo("20"));
  }

  /** No day of the step-up, nor of a first full dose that is put off, is without it. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"teclistamab", "elranatamab", "talquetamab"})
  void zosterProphylaxisGoesOnFromTheStepUp(String regimen) {
    assertThat(apply(regimen, "step-up", reference("90"), "").dosages("valaciclovir"))
        .singleElement()
        .satisfies(
            dosage -> {
              Period bounds = dosage.getTiming().getRepeat().getBoundsPeriod();
              assertThat(bounds.getStartElement().getValueAsString()).startsWith("2026-03-02");
              assertThat(bounds.getEndElement().getValueAsString()).startsWith("2026-03-29");
            });
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"teclistamab", "elranatamab", "talquetamab"})
  void pneumocystisProphylaxisIsToBeChosenWhereTheFirstIsNotTolerated(String regimen) {
    for (String cycle : List.of("step-up", "1", "2")) {
      for (Boolean intolerant : new Boolean[] {true, false, null}) {
        TestRecord patient = reference("90");
        if (intolerant != null) {
          patient.fact("tmp-smx-intolerance", intolerant);
        }
        AppliedCycle applied = apply(regimen, cycle, patient, "");
        boolean isChoice = Boolean.TRUE.equals(intolerant);
        assertThat(applied.dosages("trimethoprim-sulfamethoxazole").isEmpty()).isEqualTo(isChoice);
        assertThat(applied.notes().stream().anyMatch(note -> note.contains("dapson 100 mg")))
            .isEqualTo(isChoice);
        assertThat(applied.notes().stream().anyMatch(note -> note.contains("spør før det gis")))
            .isEqualTo(intolerant == null);
      }
      MedicationRequest dapsone = reference("90").draft("dapsone", "J04BA02", "Dapson", null);
      dapsone.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
      dapsone.setAuthoredOnElement(new DateTimeType("2026-01-10"));
      AppliedCycle covered =
          apply(
              regimen, cycle, reference("90").fact("tmp-smx-intolerance", true).with(dapsone), "");
      assertThat(covered.notes()).noneMatch(note -> note.contains("dapson 100 mg"));
    }
  }

  @ParameterizedTest(name = "{0}, eGFR {1}")
  @CsvSource({
    "lenalidomide-maintenance, 29.9, eGFR under 30",
    "lenalidomide-maintenance, 30, ''",
    "lenalidomide-maintenance, 90, ''",
    "lenalidomide-maintenance, '', eGFR mangler",
    "lenalidomide-bortezomib-maintenance, 29.9, eGFR under 30",
    "lenalidomide-bortezomib-maintenance, '', eGFR mangler",
    "daratumumab-lenalidomide-maintenance, 29.9, eGFR under 30",
    "daratumumab-lenalidomide-maintenance, '', eGFR mangler"
  })
  void aMaintenanceDoseIsConfirmedUnlessRenalFunctionIsKnown(
      String regimen, String egfr, String words) {
    List<String> notes = apply(regimen, "1", reference(egfr), "").notes();
    for (String about : List.of("vedlikeholdsdose", "nyrejustert dose av valaciklovir")) {
      assertThat(notes.stream().filter(note -> note.contains(about)).toList())
          .as(about)
          .hasSize(words.isEmpty() ? 0 : 1)
          .allMatch(note -> note.startsWith(words));
    }
  }

  /** The weight is of 10 February and may be 30 days old. */
  @ParameterizedTest(name = "start {0}")
  @CsvSource({"2026-03-12, false", "2026-03-13, true", "2027-12-01, true"})
  void aCycleThatIsPlannedAheadAsksForAnotherWeight(String start, boolean asks) {
    Parameters parameters = parameters(LocalDate.parse(start));
    parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    AppliedCycle cycle =
        new AppliedCycle(
            TestGuideline.ENGINE.apply("isa-kd", reference("90").chart(), parameters),
            LocalDate.parse(start).minusDays(1));
    for (String drug : List.of("isatuximab", "carfilzomib")) {
      assertThat(cycle.dosages(drug))
          .isNotEmpty()
          .allMatch(dosage -> dosage.getText().contains("vei på nytt") == asks);
    }
  }

  /** It goes before every dose of isatuximab, and no note says that it may be left out. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"isa-vrd-induction", "isa-vrd-nte", "isa-kd"})
  void dexamethasoneBeforeIsatuximabHasItsOwnWordsOnly(String regimen) {
    assertThat(apply(regimen, "1", reference("90"), "").notes())
        .filteredOn(note -> note.contains("de to første dosene"))
        .singleElement()
        .asString()
        .contains("paracetamol")
        .doesNotContain("eksametason");
  }

  @ParameterizedTest(name = "{0}, step {1}: {2}")
  @CsvSource({
    "isa-kd, 0.1, 37",
    "isa-kd, 2, 36",
    "isa-kd, 5, ''",
    "isa-kd, 100, ''",
    "isa-kd, '', ''",
    "isa-kd, 0, ''"
  })
  void aRoundedDoseStandsBesideTheExactOne(String regimen, String step, String rounded) {
    Parameters parameters = parameters(START);
    parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    if (!step.isEmpty()) {
      parameters.addParameter().setName("Dose Rounding Step").setValue(new DecimalType(step));
    }
    AppliedCycle cycle =
        new AppliedCycle(
            TestGuideline.ENGINE.apply(regimen, reference("90").chart(), parameters),
            START.minusDays(1));
    Dosage carfilzomib = cycle.dosages("carfilzomib").get(0);
    assertThat(AppliedCycle.dose(carfilzomib, "calculated").getValue().doubleValue())
        .isCloseTo(36.9628603624, within(1e-4));
    List<String> beside =
        carfilzomib.getDoseAndRate().stream()
            .filter(rate -> "avrundet".equals(rate.getType().getText()))
            .map(rate -> AppliedCycle.plain(rate.getDoseQuantity().getValue()).toPlainString())
            .toList();
    assertThat(String.join(" ", beside)).isEqualTo(rounded);
    assertThat(carfilzomib.getText().contains("Avrundet")).isEqualTo(!rounded.isEmpty());
    // 35 mg is more than 5 % less than 36.96 mg, and 0 mg is no dose.
    boolean isRefused = step.equals("5") || step.equals("100");
    assertThat(carfilzomib.getText().contains("Ikke avrundet")).isEqualTo(isRefused);
  }

  // ---- regimens without a table ----

  @ParameterizedTest(name = "{0}")
  @MethodSource("withoutTable")
  void aRegimenWithoutATableGivesWordsAndNoDose(String regimen) {
    AppliedCycle cycle = apply(regimen, "1", reference("90"), "");
    assertThat(cycle.drugs()).isEmpty();
    assertThat(cycle.notes())
        .anyMatch(note -> note.contains("Status: ") && note.contains("Ingen dose foreslås"));
    assertThat(cycle.errors()).isEmpty();
    assertThat(kinds(TestGuideline.GUIDELINE.plan(regimen)))
        .doesNotContain(ActivityDefinition.ActivityDefinitionKind.MEDICATIONREQUEST);
  }

  private static List<ActivityDefinition.ActivityDefinitionKind> kinds(PlanDefinition plan) {
    return plan.getAction().stream()
        .flatMap(RegimensTest::leaves)
        .filter(PlanDefinitionActionComponent::hasDefinitionCanonicalType)
        .map(action -> action.getDefinitionCanonicalType().getValue())
        .map(
            url ->
                ((ActivityDefinition) TestGuideline.GUIDELINE.findByUrl(url).orElseThrow())
                    .getKind())
        .toList();
  }

  private static Stream<PlanDefinitionActionComponent> leaves(
      PlanDefinitionActionComponent action) {
    return Stream.concat(
        Stream.of(action), action.getAction().stream().flatMap(RegimensTest::leaves));
  }

  @Test
  void whatAwaitsReimbursementSaysSo() {
    for (String regimen : List.of("dara-vrd-induction", "talquetamab", "cilta-cel")) {
      assertThat(apply(regimen, "1", reference("90"), "").notes())
          .as(regimen)
          .anyMatch(note -> note.contains("refu") || note.contains("ikke i bruk i Norge"));
    }
  }

  // ---- patients and parameters ----

  private static TestRecord reference(String egfr) {
    return patient("1966-01-01", "70", "175", egfr, "lenalidomide-induction-tolerance=good");
  }

  private static TestRecord patient(
      String born, String weight, String height, String egfr, String state) {
    TestRecord patient = TestRecord.of("reference-patient", born);
    if (!weight.isEmpty()) {
      patient.weight(weight + " kg");
    }
    if (!height.isEmpty()) {
      patient.height(height + " cm");
    }
    if (!egfr.isEmpty()) {
      patient.egfr(egfr + " mL/min/{1.73_m2}");
    }
    if (!state.isEmpty()) {
      String[] fact = state.split("=");
      if (fact[1].equals("true")) {
        patient.fact(fact[0], true);
      } else {
        patient.fact(fact[0], fact[1]);
      }
    }
    return patient;
  }

  /** What asks for a cycle by its number, or for the step-up. */
  static Parameters cycle(LocalDate start, String cycle) {
    Parameters parameters = parameters(start);
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

  private static Parameters parameters(LocalDate start) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType(start.toString()));
    return parameters;
  }

  private static AppliedCycle apply(
      String regimen, String cycle, TestRecord patient, String formula) {
    Parameters parameters = cycle(START, cycle);
    if (!formula.isEmpty()) {
      parameters.addParameter().setName("BSA Formula").setValue(new StringType(formula));
    }
    boolean isFromReinfusion = regimen.equals("high-dose-melphalan");
    return new AppliedCycle(
        TestGuideline.ENGINE.apply(regimen, patient.chart(), parameters),
        isFromReinfusion ? START : START.minusDays(1));
  }
}
