package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.engine.UnusableInputException;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.ActivityDefinition.ActivityDefinitionKind;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.Immunization;
import org.hl7.fhir.r4.model.MedicationAdministration;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.Timing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every schedule that goes with myeloma treatment: each order, each date, and nothing else. */
class SchedulesTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);
  private static final String ATC = "http://www.whocc.no/atc";

  /** One schedule for one patient. */
  record Applied(String schedule, String facts) {}

  /** A row of schedules.csv. */
  record Row(Applied applied, String code, String dose, String unit, String dates, String times) {
    boolean isOrder() {
      return !List.of("text", "none", "missing").contains(code);
    }

    String order() {
      return describe(code, dose, unit, written(), times);
    }

    private String written() {
      String[] ends = dates.split("-", -1);
      return ends.length == 1 ? date(dates) : date(ends[0]) + "/" + date(ends[1]);
    }

    private static String date(String offset) {
      if (offset.isEmpty()) {
        return "";
      }
      long count = Long.parseLong(offset.substring(1));
      return (offset.startsWith("m") ? START.plusMonths(count) : START.plusDays(count)).toString();
    }
  }

  private static final List<Row> ROWS = rows();

  private static List<Row> rows() {
    try (InputStream in = SchedulesTest.class.getResourceAsStream("/regimens/schedules.csv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(line -> line.split(";", -1))
          .map(f -> new Row(new Applied(f[0], f[1]), f[2], f[3], f[4], f[5], f[6]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Applied> applied() {
    return ROWS.stream().map(Row::applied).distinct();
  }

  static Stream<String> schedules() {
    return ROWS.stream().map(row -> row.applied().schedule()).distinct();
  }

  static Stream<String> withoutDose() {
    return ROWS.stream()
        .filter(row -> row.code().equals("text"))
        .map(row -> row.applied().schedule());
  }

  @Test
  void everyScheduleIsThere() {
    List<String> plans =
        TestGuideline.GUIDELINE.all("PlanDefinition").stream()
            .map(PlanDefinition.class::cast)
            .filter(
                plan ->
                    plan.getLibrary().stream()
                        .anyMatch(used -> used.getValue().contains("/MMSchedules|")))
            .map(plan -> plan.getIdElement().getIdPart())
            .toList();
    assertThat(schedules()).hasSize(51).containsExactlyInAnyOrderElementsOf(plans);
    assertThat(withoutDose()).hasSize(18);
  }

  // ---- orders ----

  @ParameterizedTest(name = "{0}")
  @MethodSource("applied")
  void givesTheOrdersOfTheGuidelineAndNothingElse(Applied applied) {
    List<Row> expected = ROWS.stream().filter(row -> row.applied().equals(applied)).toList();
    AppliedCycle result = apply(applied.schedule(), patient(applied.facts()));
    assertThat(orders(result))
        .containsExactlyInAnyOrderElementsOf(
            expected.stream().filter(Row::isOrder).map(Row::order).toList());
    assertThat(result.errors().stream().map(error -> error.replaceFirst(".*missing: ", "")))
        .containsExactlyElementsOf(
            expected.stream().filter(row -> row.code().equals("missing")).map(Row::dose).toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedules")
  void allOrdersAreDraftsWithWords(String schedule) {
    for (Resource resource : apply(schedule, patient("egfr=90")).plan().getContained()) {
      if (resource instanceof MedicationRequest order) {
        assertThat(order.getStatus()).isEqualTo(MedicationRequest.MedicationRequestStatus.DRAFT);
        assertThat(order.getDosageInstruction())
            .singleElement()
            .satisfies(dosage -> assertThat(dosage.getText()).isNotBlank());
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("withoutDose")
  void aScheduleWithoutADoseHasWordsAndNoOrder(String schedule) {
    PlanDefinition plan = TestGuideline.GUIDELINE.plan(schedule);
    assertThat(plan.getAction().stream().flatMap(SchedulesTest::leaves))
        .filteredOn(PlanDefinitionActionComponent::hasDefinitionCanonicalType)
        .isNotEmpty()
        .allSatisfy(
            action ->
                assertThat(kind(action)).isEqualTo(ActivityDefinitionKind.COMMUNICATIONREQUEST));
    assertThat(apply(schedule, patient("")).notes())
        .isNotEmpty()
        .allSatisfy(note -> assertThat(note).isNotBlank());
  }

  private static ActivityDefinitionKind kind(PlanDefinitionActionComponent action) {
    String url = action.getDefinitionCanonicalType().getValue();
    return ((ActivityDefinition) TestGuideline.GUIDELINE.findByUrl(url).orElseThrow()).getKind();
  }

  private static Stream<PlanDefinitionActionComponent> leaves(
      PlanDefinitionActionComponent action) {
    return Stream.concat(
        Stream.of(action), action.getAction().stream().flatMap(SchedulesTest::leaves));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedules")
  void aStartThatIsMissingOrFarAwayIsRefused(String schedule) {
    assertRefused(schedule, new Parameters(), "CycleStart (date) is missing");
    for (String year : List.of("1926", "2126")) {
      assertRefused(schedule, parameters(LocalDate.parse(year + "-03-02")), "more than two years");
    }
  }

  private static void assertRefused(String schedule, Parameters parameters, String reason) {
    assertThatThrownBy(() -> TestGuideline.ENGINE.apply(schedule, patient("").chart(), parameters))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aMonthThatIsTooShortEndsOnItsLastDay() {
    AppliedCycle result = apply("vaccine-zoster", patient(""), LocalDate.of(2025, 12, 31));
    assertThat(orders(result))
        .containsExactlyInAnyOrder(
            describe("J07BK03", "", "", "2025-12-31", ""),
            describe("J07BK03", "", "", "2026-02-28", ""));
  }

  // ---- branches and notes ----

  @ParameterizedTest(name = "eGFR {0}")
  @CsvSource({
    "29.9, true, false, false",
    "30, false, true, true",
    "30.1, false, false, true",
    "60, false, false, true",
    "60.1, false, false, false"
  })
  void zoledronicAcidSaysWhatRenalFunctionMeans(
      String egfr, boolean advisedAgainst, boolean boundary, boolean productInformation) {
    List<String> notes = apply("zoledronic-acid", patient("egfr=" + egfr)).notes();
    assertNote(notes, "bisfosfonat anbefales ikke", advisedAgainst);
    assertNote(notes, "eGFR er nøyaktig 30", boundary);
    assertNote(notes, "Kontroller dosen mot gjeldende preparatomtale", productInformation);
  }

  private static void assertNote(List<String> notes, String words, boolean isThere) {
    assertThat(notes.stream().anyMatch(note -> note.contains(words))).as(words).isEqualTo(isThere);
  }

  @Test
  void zoledronicAcidIsThreeMonthlyAfterTwelveDosesInOsteolyticDisease() {
    LocalDate first = LocalDate.of(2025, 2, 10);
    assertThat(orders(apply("zoledronic-acid", treated(first, 11).fact("osteolytic-lesion", true))))
        .containsExactly(describe("M05BA08", "4", "mg", START + "/", "1/4 wk"));
    assertThat(orders(apply("zoledronic-acid", treated(first, 12).fact("osteolytic-lesion", true))))
        .containsExactly(describe("M05BA08", "4", "mg", START + "/2029-02-10", "1/3 mo"));
    assertThat(
            orders(apply("zoledronic-acid", treated(first, 12).fact("osteolytic-lesion", false))))
        .containsExactly(describe("M05BA08", "4", "mg", START + "/", "1/4 wk"));
  }

  @Test
  void zoledronicAcidEndsFourYearsAfterTheFirstDose() {
    TestRecord patient = treated(LocalDate.of(2022, 2, 15), 12).fact("osteolytic-lesion", true);
    AppliedCycle result = apply("zoledronic-acid", patient);
    assertThat(orders(result)).isEmpty();
    assertNote(result.notes(), "4 år siden første dose", true);
  }

  /** The four years are counted to the first day of what is planned, not to today. */
  @Test
  void zoledronicAcidIsNotPlannedBeyondFourYears() {
    TestRecord over = treated(START.minusYears(4), 12).fact("osteolytic-lesion", true);
    assertThat(orders(apply("zoledronic-acid", over))).isEmpty();
    assertNote(apply("zoledronic-acid", over).notes(), "4 år siden første dose", true);
    TestRecord within =
        treated(START.minusYears(4).plusDays(1), 12).fact("osteolytic-lesion", true);
    assertThat(orders(apply("zoledronic-acid", within)))
        .containsExactly(describe("M05BA08", "4", "mg", START + "/" + START.plusDays(1), "1/3 mo"));
  }

  private static TestRecord treated(LocalDate first, int doses) {
    TestRecord patient = patient("egfr=90");
    for (int i = 0; i < doses; i++) {
      MedicationAdministration given = new MedicationAdministration();
      given.setId("zoledronic-acid-" + i);
      given.setStatus(MedicationAdministration.MedicationAdministrationStatus.COMPLETED);
      given.setSubject(new Reference("Patient/" + patient.id()));
      given.setMedication(new CodeableConcept().addCoding(new Coding(ATC, "M05BA08", null)));
      given.setEffective(new DateTimeType(first.plusWeeks(4L * i).toString()));
      patient.with(given);
    }
    return patient;
  }

  @Test
  void highThrombosisRiskIsAnticoagulationInWords() {
    AppliedCycle result =
        apply("thromboprophylaxis-imid", patient("thrombosis-risk-multiple=true"));
    assertNote(result.notes(), "enoxaparin 40 mg eller tilsvarende", true);
    assertNote(
        apply("thromboprophylaxis-imid", patient("thrombosis-risk-multiple=false")).notes(),
        "enoxaparin",
        false);
  }

  @Test
  void noAcetylsalicylicAcidBesideAnAnticoagulant() {
    TestRecord patient = patient("thrombosis-risk-multiple=false");
    MedicationRequest apixaban = patient.draft("apixaban", "B01AF02", "Apiksaban", null);
    apixaban.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    apixaban.setAuthoredOnElement(new DateTimeType("2026-01-10"));
    patient.with(apixaban);
    AppliedCycle result = apply("thromboprophylaxis-imid", patient);
    assertThat(orders(result)).isEmpty();
    assertNote(result.notes(), "legges ikke til", true);
  }

  @ParameterizedTest(name = "COPD or asthma {0}")
  @CsvSource({"'', true", "copd-or-asthma=true, true", "copd-or-asthma=false, false"})
  void montelukastIsNamedUnlessItIsNotNeeded(String fact, boolean isNamed) {
    for (String antibody :
        List.of("daratumumab-sc", "isatuximab-iv", "isatuximab-carfilzomib-iv")) {
      assertNote(apply("premedication-" + antibody, patient(fact)).notes(), "montelukast", isNamed);
    }
  }

  /** PCV20 once, a year after an earlier PPV23; PPV23 eight weeks after PCV20. */
  @ParameterizedTest(name = "{0} on {1}")
  @CsvSource({
    "J07AL01, 2025-06-01, J07AL02, 2026-06-01",
    "J07AL01, 2020-06-01, J07AL02, 2026-03-02",
    "J07AL02, 2026-02-01, J07AL01, 2026-03-29",
    "J07AL02, 2025-02-01, J07AL01, 2026-03-02"
  })
  void anEarlierPneumococcalVaccineCounts(String given, String on, String next, String expected) {
    TestRecord patient = patient("");
    Immunization vaccine = new Immunization();
    vaccine.setId("earlier");
    vaccine.setStatus(Immunization.ImmunizationStatus.COMPLETED);
    vaccine.setPatient(new Reference("Patient/" + patient.id()));
    vaccine.setVaccineCode(new CodeableConcept().addCoding(new Coding(ATC, given, null)));
    vaccine.setOccurrence(new DateTimeType(on));
    assertThat(orders(apply("vaccine-pneumococcal", patient.with(vaccine))))
        .containsExactly(describe(next, "", "", expected, ""));
  }

  @Test
  void whatOnlyOneOfIsGivenIsAChoice() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("vzv-prophylaxis-bispecific", "");
    facts.put("pjp-prophylaxis", "tmp-smx-intolerance=true");
    facts.put("rt-plasmacytoma-bone", "plasmacytoma=51");
    facts.forEach(
        (schedule, fact) -> {
          AppliedCycle result = apply(schedule, patient(fact));
          assertThat(result.actions())
              .filteredOn(action -> "exactly-one".equals(code(action.getSelectionBehavior())))
              .singleElement()
              .satisfies(
                  choice ->
                      assertThat(choice.getAction())
                          .hasSameSizeAs(orders(result))
                          .hasSizeGreaterThan(1));
        });
  }

  private static String code(RequestGroup.ActionSelectionBehavior selection) {
    return selection == null ? null : selection.toCode();
  }

  // ---- reading the result ----

  private static List<String> orders(AppliedCycle result) {
    List<String> orders = new ArrayList<>();
    for (Resource resource : result.plan().getContained()) {
      if (resource instanceof MedicationRequest order) {
        Coding product = order.getMedicationCodeableConcept().getCodingFirstRep();
        order.getDosageInstruction().forEach(each -> orders.add(order(product.getCode(), each)));
      } else if (resource instanceof ServiceRequest order) {
        Period when = order.hasOccurrencePeriod() ? order.getOccurrencePeriod() : null;
        orders.add(
            describe(order.getCode().getText(), "", "", when == null ? "" : written(when), ""));
      }
    }
    return orders;
  }

  private static String order(String product, Dosage dosage) {
    Quantity dose = dosage.hasDoseAndRate() ? AppliedCycle.dose(dosage, "ordered") : new Quantity();
    Timing timing = dosage.getTiming();
    Timing.TimingRepeatComponent repeat = timing.getRepeat();
    String dates =
        timing.hasRepeat()
            ? written(repeat.getBoundsPeriod())
            : String.join(
                ",",
                new TreeSet<>(
                    timing.getEvent().stream().map(DateTimeType::getValueAsString).toList()));
    return describe(
        product,
        number(dose.getValue()),
        dose.hasCode() ? dose.getCode() : "",
        dates,
        repeat.hasFrequency()
            ? repeat.getFrequency()
                + "/"
                + number(repeat.getPeriod())
                + " "
                + repeat.getPeriodUnit().toCode()
            : "");
  }

  private static String written(Period period) {
    return period.getStartElement().getValueAsString()
        + "/"
        + (period.hasEnd() ? period.getEndElement().getValueAsString() : "");
  }

  private static String number(BigDecimal value) {
    return value == null ? "" : AppliedCycle.plain(value).toPlainString();
  }

  private static String describe(
      String code, String dose, String unit, String dates, String times) {
    return String.join(" | ", code, dose, unit, dates, times);
  }

  // ---- patients and parameters ----

  private static TestRecord patient(String facts) {
    TestRecord patient = TestRecord.of("reference-patient", "1966-01-01");
    if (!facts.isEmpty()) {
      String[] fact = facts.split("=");
      switch (fact[0]) {
        case "egfr" -> patient.egfr(fact[1] + " mL/min/{1.73_m2}");
        case "calcium" -> patient.result("29265-6", fact[1] + " mmol/L");
        case "plasmacytoma" -> patient.result("21889-1", fact[1] + " mm");
        default -> patient.fact(fact[0], Boolean.parseBoolean(fact[1]));
      }
    }
    return patient;
  }

  private static Parameters parameters(LocalDate start) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType(start.toString()));
    return parameters;
  }

  private static AppliedCycle apply(String schedule, TestRecord patient) {
    return apply(schedule, patient, START);
  }

  private static AppliedCycle apply(String schedule, TestRecord patient, LocalDate start) {
    return new AppliedCycle(
        TestGuideline.ENGINE.apply(schedule, patient.chart(), parameters(start)), start);
  }
}
