package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.engine.UnusableInputException;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A cycle of VRd for one patient: every day, every dose, and no dose where a fact is missing. */
@RunningMarg
class RegimenVrdInductionTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);
  private static final String APPLY = "/fhir/PlanDefinition/vrd-induction/$apply";
  private static final Set<String> REGIMEN = Set.of("bortezomib", "lenalidomide", "dexamethasone");
  private static final Map<String, String> DRUG_OF_ATC =
      Map.of(
          "L01XG01", "bortezomib",
          "L04AX04", "lenalidomide",
          "H02AB02", "dexamethasone",
          "J05AB11", "valaciclovir",
          "B01AC06", "acetylsalicylic-acid");

  /** How the note begins that asks to confirm the dose of a drug. */
  private static final Map<String, String> CONFIRMATIONS =
      Map.of("lenalidomide", "eGFR er nøyaktig 30", "dexamethasone", "Alder 75 år eller mer");

  @LocalServerPort private int port;

  /** A row of doses.csv. */
  record Row(
      int cycle,
      int day,
      String drug,
      int age,
      String weight,
      String height,
      String egfr,
      String formula,
      String expected,
      String unit,
      boolean confirm) {

    TestRecord patient() {
      return RegimenVrdInductionTest.patient(
          START.minusYears(age).minusDays(30).toString(), weight, height, egfr);
    }

    boolean isDose() {
      return Character.isDigit(expected.charAt(0));
    }
  }

  /** One administration: day of the cycle, drug, dose ordered. */
  record Given(int day, String drug, BigDecimal dose, String unit) {}

  static Stream<Row> rows() {
    return lines("doses.csv")
        .map(
            f ->
                new Row(
                    Integer.parseInt(f[0]),
                    Integer.parseInt(f[1]),
                    f[2],
                    Integer.parseInt(f[3]),
                    f[4],
                    f[5],
                    f[6],
                    f[7],
                    f[8],
                    f[9],
                    f[10].equals("confirm")));
  }

  private static Set<Given> calendar() {
    return lines("calendar.csv")
        .map(f -> new Given(Integer.parseInt(f[0]), f[1], plain(new BigDecimal(f[2])), f[3]))
        .collect(Collectors.toSet());
  }

  /** The fields of each row, without comments and heading. */
  private static Stream<String[]> lines(String file) {
    try (InputStream in =
        RegimenVrdInductionTest.class.getResourceAsStream("/regimens/vrd-induction/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .skip(1)
          .map(line -> line.split(";", -1));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // ---- doses and days ----

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void givesWhatTheWorkedExampleSays(Row row) {
    CarePlan plan = apply(row.patient(), cycle(row.cycle(), START), formula(row.formula()));
    List<Dosage> dosages = dosages(plan, row.drug());
    if (row.isDose()) {
      String kind = row.drug().equals("bortezomib") ? "calculated" : "ordered";
      Quantity dose = dose(dosages.get(0), kind);
      assertThat(dosages).hasSize(1);
      assertThat(days(dosages.get(0), START)).contains(row.day());
      assertThat(dose.getValue().doubleValue())
          .isCloseTo(number(row.expected()), within(number(row.expected()) * 1e-5));
      assertThat(dose.getCode()).isEqualTo(row.unit());
      assertThat(errors(plan)).isEmpty();
    } else if (row.expected().equals("no-request")) {
      assertThat(given(plan, START))
          .noneMatch(each -> each.day() == row.day() && each.drug().equals(row.drug()));
      assertThat(errors(plan)).isEmpty();
    } else {
      assertThat(requests(plan, row.drug())).isEmpty();
      assertThat(errors(plan)).hasSize(1);
    }
    String confirmation = CONFIRMATIONS.getOrDefault(row.drug(), "");
    assertThat(
            notes(plan).stream()
                .filter(note -> note.contains("Bekreft dosen"))
                .anyMatch(note -> !confirmation.isEmpty() && note.startsWith(confirmation)))
        .isEqualTo(row.confirm());
  }

  @Test
  void cycleOneIsTheCalendarOfTheTable() {
    CarePlan plan = apply(reference(), cycle(1, START));
    assertThat(ofRegimen(given(plan, START))).isEqualTo(calendar());
  }

  @ParameterizedTest(name = "cycle {0}")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void everyCycleHasTheSameDaysFromItsOwnStart(int number) {
    LocalDate start = START.plusDays(28L * (number - 1));
    CarePlan plan = apply(reference(), cycle(number, start));
    assertThat(ofRegimen(given(plan, start))).isEqualTo(calendar());
    assertThat(errors(plan)).isEmpty();
  }

  /** The days stand twice in a result, as cycle days and as dates; they must say the same. */
  @Test
  void theDaysOfTheActionAreTheDatesOfItsRequest() {
    CarePlan plan = apply(reference(), cycle(1, START));
    Map<String, Resource> contained = contained(plan);
    Map<String, Set<Integer>> compared = new LinkedHashMap<>();
    for (RequestGroupActionComponent action : actions(plan)) {
      Set<Integer> cycleDays = new TreeSet<>();
      action
          .getExtensionsByUrl("http://hl7.org/fhir/StructureDefinition/timing-daysOfCycle")
          .forEach(
              outer ->
                  outer
                      .getExtensionsByUrl("day")
                      .forEach(day -> cycleDays.add(((IntegerType) day.getValue()).getValue())));
      if (!cycleDays.isEmpty()) {
        MedicationRequest request =
            (MedicationRequest) contained.get(action.getResource().getReference().substring(1));
        assertThat(days(request.getDosageInstructionFirstRep(), START))
            .as(action.getId())
            .isEqualTo(cycleDays);
        compared.put(drug(request), cycleDays);
      }
    }
    assertThat(compared.keySet()).isEqualTo(REGIMEN);
  }

  @Test
  void bodySurfaceIsByDuBoisUnlessAskedOtherwise() {
    assertThat(calculated(apply(reference(), cycle(1, START))))
        .isEqualTo(calculated(apply(reference(), cycle(1, START), formula("du-bois"))))
        .isNotEqualTo(calculated(apply(reference(), cycle(1, START), formula("mosteller"))));
  }

  @Test
  void theDosageSaysWhichMeasuresItRestsOn() {
    assertThat(dosages(apply(reference(), cycle(1, START)), "bortezomib").get(0).getText())
        .contains("1,85 m2", "Du Bois", "70 kg", "175 cm", "2026-02-10");
  }

  @ParameterizedTest(name = "born {0}: {1} mg")
  @CsvSource({"1951-03-02, 20, 1", "1951-03-03, 40, 0"})
  void dexamethasoneFollowsTheAgeOnDayOne(String born, String dose, int confirmations) {
    CarePlan plan = apply(patient(born, "70", "175", "90"), cycle(1, START));
    assertThat(ordered(plan, "dexamethasone")).isEqualByComparingTo(dose);
    assertThat(notes(plan).stream().filter(note -> note.startsWith("Alder 75")).count())
        .isEqualTo(confirmations);
  }

  @ParameterizedTest(name = "eGFR {0}: {1} mg")
  @CsvSource({
    "<30 mL/min/{1.73_m2}, 15",
    ">60 mL/min/{1.73_m2}, 25",
    ">30 mL/min/{1.73_m2}, 25",
    "<=30 mL/min/{1.73_m2}, 15"
  })
  void aCensoredEgfrThatDecidesGivesADose(String egfr, String dose) {
    TestRecord patient = patient("1966-01-01", "70", "175", "").egfr(egfr);
    assertThat(ordered(apply(patient, cycle(1, START)), "lenalidomide")).isEqualByComparingTo(dose);
  }

  // ---- what surrounds the regimen ----

  @Test
  void onlyZosterProphylaxisIsAddedWhileTheThrombosisRiskIsUnstated() {
    CarePlan plan = apply(reference(), cycle(1, START));
    assertThat(drugs(plan))
        .containsExactlyInAnyOrder("bortezomib", "lenalidomide", "dexamethasone", "valaciclovir");
    assertThat(notes(plan)).singleElement().asString().contains("Tromboserisiko");
    Dosage zoster = dosages(plan, "valaciclovir").get(0);
    assertThat(dose(zoster, "ordered").getValue()).isEqualByComparingTo("250");
    assertThat(zoster.getTiming().getRepeat().getFrequency()).isEqualTo(2);
    assertThat(days(zoster, START)).hasSize(28);
  }

  @Test
  void acetylsalicylicAcidIsAddedAtStandardRisk() {
    CarePlan plan = apply(reference().fact("thrombosis-risk-multiple", false), cycle(1, START));
    assertThat(ordered(plan, "acetylsalicylic-acid")).isEqualByComparingTo("75");
    assertThat(notes(plan)).isEmpty();
  }

  @Test
  void severalRiskFactorsGiveANoteOnAnticoagulationAndNoAcetylsalicylicAcid() {
    CarePlan plan = apply(reference().fact("thrombosis-risk-multiple", true), cycle(1, START));
    assertThat(requests(plan, "acetylsalicylic-acid")).isEmpty();
    assertThat(notes(plan)).singleElement().asString().contains("antikoagulasjon");
  }

  @ParameterizedTest(name = "cycle {0}: {1}")
  @CsvSource({"1, ''", "3, Stamcellehøsting", "4, ''", "6, høydosebehandling"})
  void theNotesOfACycleComeInThatCycleOnly(int number, String expected) {
    List<String> notes =
        notes(apply(reference(), cycle(number, START))).stream()
            .filter(note -> !note.startsWith("Tromboserisiko"))
            .toList();
    if (expected.isEmpty()) {
      assertThat(notes).isEmpty();
    } else {
      assertThat(notes).singleElement().asString().contains(expected);
    }
  }

  @Test
  void afterTheSixthCycleThereIsANoteAndNoOrder() {
    CarePlan plan = apply(reference(), cycle(7, START));
    assertThat(drugs(plan)).isEmpty();
    assertThat(notes(plan)).singleElement().asString().contains("seks kurer");
    assertThat(errors(plan)).isEmpty();
  }

  // ---- no dose where a fact is missing ----

  @ParameterizedTest(name = "{0} kg, {1}")
  @CsvSource({
    "7, 175 cm, body-weight",
    "700, 175 cm, body-weight",
    "70, 1.75 cm, height",
    "70, 1750 cm, height",
    "'', 175 cm, body-weight",
    "70, '', height"
  })
  void noBodySurfaceDoseWithoutAPlausibleWeightAndHeight(
      String weight, String height, String missing) {
    TestRecord patient = patient("1966-01-01", weight, "", "90");
    CarePlan plan = apply(height.isEmpty() ? patient : patient.height(height), cycle(1, START));
    assertNotOrdered(plan, "bortezomib", missing);
    assertThat(ordered(plan, "lenalidomide")).isEqualByComparingTo("25");
    assertThat(ordered(plan, "dexamethasone")).isEqualByComparingTo("40");
  }

  @Test
  void anOldWeightGivesNoDose() {
    TestRecord patient = patient("1966-01-01", "", "175", "90");
    patient.result("29463-7", "70 kg", TestRecord.EVALUATED.minusDays(31));
    assertNotOrdered(apply(patient, cycle(1, START)), "bortezomib", "body-weight");
  }

  @ParameterizedTest(name = "eGFR {0}, {1} days old")
  @CsvSource({
    "<60 mL/min/{1.73_m2}, 5",
    ">15 mL/min/{1.73_m2}, 5",
    "90 mL/min/{1.73_m2}, 45",
    "90 mL/min, 5",
    "900 mL/min/{1.73_m2}, 5"
  })
  void noLenalidomideWithoutAnEgfrThatDecides(String egfr, int age) {
    TestRecord patient = patient("1966-01-01", "70", "175", "");
    patient.result("98979-8", egfr, TestRecord.EVALUATED.minusDays(age));
    CarePlan plan = apply(patient, cycle(1, START));
    assertThat(requests(plan, "lenalidomide")).isEmpty();
    assertThat(errors(plan)).singleElement().asString().startsWith("action p1-len; missing:");
    assertThat(calculated(plan)).isPositive();
  }

  @Test
  void noDexamethasoneWithoutABirthDate() {
    CarePlan plan = apply(patient(null, "70", "175", "90"), cycle(1, START));
    assertThat(requests(plan, "dexamethasone")).isEmpty();
    assertThat(errors(plan)).hasSize(1);
    assertThat(calculated(plan)).isPositive();
  }

  /** A dose written into a shared definition would come out for the next patient. */
  @Test
  void nothingOfOnePatientComesOutForTheNext() {
    CarePlan first = apply(reference(), cycle(1, START));
    CarePlan second =
        apply(
            TestRecord.of("second", "1940-01-01").height("175 cm").egfr("20 mL/min/{1.73_m2}"),
            cycle(1, START));
    assertThat(calculated(first)).isPositive();
    assertNotOrdered(second, "bortezomib", "body-weight");
    assertThat(ordered(second, "lenalidomide")).isEqualByComparingTo("15");
    assertThat(ordered(second, "dexamethasone")).isEqualByComparingTo("20");
    assertThat(encode(second)).doesNotContain("reference-patient").doesNotContain("2.40258");
    assertThat(encode(apply(reference(), cycle(1, START)))).isEqualTo(encode(first));
  }

  // ---- parameters ----

  @ParameterizedTest(name = "cycle {0}")
  @ValueSource(ints = {0, -1})
  void aCycleBeforeTheFirstIsRefused(int number) {
    assertRefused(cycle(number, START), "CycleNumber must be 1 or more");
  }

  @Test
  void aStartFarFromTodayIsRefused() {
    assertRefused(cycle(1, LocalDate.of(1926, 3, 2)), "CycleStart is more than two years");
    assertRefused(cycle(1, LocalDate.of(2126, 3, 2)), "CycleStart is more than two years");
  }

  @Test
  void bothParametersAreRequired() {
    Parameters number = new Parameters();
    number.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    assertRefused(number, "CycleStart (date) is missing");
    Parameters start = new Parameters();
    start.addParameter().setName("CycleStart").setValue(new DateType(START.toString()));
    assertRefused(start, "CycleNumber (integer) is missing");
    assertRefused(new Parameters(), "CycleStart (date) is missing");
  }

  private void assertRefused(Parameters parameters, String reason) {
    assertThatThrownBy(() -> apply(reference(), parameters))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageContaining(reason);
    Http.Answer answer = post(reference(), parameters);
    assertThat(answer.status()).isEqualTo(422);
    OperationOutcome outcome = answer.as(OperationOutcome.class);
    assertThat(outcome.getIssue())
        .allMatch(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .anyMatch(issue -> issue.getDetails().getText().contains(reason));
  }

  // ---- the result as FHIR ----

  @Test
  void theAnswerOverHttpIsTheAnswerOfTheEngine() {
    Http.Answer answer = post(reference(), cycle(1, START));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(encode(answer.as(CarePlan.class)))
        .isEqualTo(encode(apply(reference(), cycle(1, START))));
  }

  @Test
  void everyRequestIsADraftProposalForThePatientAndIsReferredToOnce() {
    CarePlan plan = apply(patient("1950-01-01", "70", "", "30"), cycle(3, START));
    Map<String, Resource> contained = contained(plan);
    List<String> referred =
        actions(plan).stream()
            .filter(RequestGroupActionComponent::hasResource)
            .map(action -> action.getResource().getReference())
            .toList();
    assertThat(referred).doesNotHaveDuplicates().allMatch(reference -> reference.startsWith("#"));
    assertThat(contained.keySet()).allMatch(id -> id.length() <= 64);
    List<String> requests = new ArrayList<>();
    contained.forEach(
        (id, resource) -> {
          if (resource instanceof MedicationRequest request) {
            requests.add("#" + id);
            assertThat(request.getStatus().toCode()).isEqualTo("draft");
            assertThat(request.getIntent().toCode()).isEqualTo("proposal");
            assertThat(request.getSubject().getReference()).isEqualTo("Patient/reference-patient");
          } else if (resource instanceof CommunicationRequest note) {
            requests.add("#" + id);
            assertThat(note.getStatus().toCode()).isEqualTo("draft");
            assertThat(note.getSubject().getReference()).isEqualTo("Patient/reference-patient");
          }
        });
    assertThat(referred).containsExactlyInAnyOrderElementsOf(requests);
  }

  // ---- reading a result ----

  private static TestRecord reference() {
    return patient("1966-01-01", "70", "175", "90");
  }

  private static TestRecord patient(String born, String weight, String height, String egfr) {
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
    return patient;
  }

  private static Parameters cycle(int number, LocalDate start) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType(start.toString()));
    parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(number));
    return parameters;
  }

  private static Parameters formula(String name) {
    Parameters parameters = new Parameters();
    if (!name.isEmpty()) {
      parameters.addParameter().setName("BSA Formula").setValue(new StringType(name));
    }
    return parameters;
  }

  private static CarePlan apply(TestRecord patient, Parameters... parameters) {
    return TestGuideline.ENGINE.apply("vrd-induction", patient.chart(), merged(parameters));
  }

  private static Parameters merged(Parameters... several) {
    Parameters all = new Parameters();
    for (Parameters each : several) {
      each.getParameter().forEach(all::addParameter);
    }
    return all;
  }

  private Http.Answer post(TestRecord patient, Parameters parameters) {
    Parameters body = new Parameters();
    Type subject = new StringType("Patient/" + patient.id());
    body.addParameter().setName("subject").setValue(subject);
    body.addParameter().setName("data").setResource(patient.bundle());
    if (!parameters.isEmpty()) {
      body.addParameter().setName("parameters").setResource(parameters);
    }
    return new Http(port).post(APPLY, body);
  }

  private static void assertNotOrdered(CarePlan plan, String drug, String missing) {
    assertThat(requests(plan, drug)).isEmpty();
    assertThat(errors(plan)).singleElement().asString().endsWith("missing: " + missing);
    assertThat(notes(plan)).anyMatch(note -> note.contains("dosen kan ikke beregnes. Mangler: "));
  }

  private static Map<String, Resource> contained(CarePlan plan) {
    Map<String, Resource> contained = new LinkedHashMap<>();
    for (Resource resource : plan.getContained()) {
      String id = resource.getIdElement().getIdPart().replace("#", "");
      // A CarePlan and its RequestGroup share the plan's id; nothing else may.
      assertThat(contained.put(id, resource)).as(id).isNull();
    }
    return contained;
  }

  private static List<RequestGroupActionComponent> actions(CarePlan plan) {
    List<RequestGroupActionComponent> all = new ArrayList<>();
    plan.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .forEach(group -> ((RequestGroup) group).getAction().forEach(a -> collect(a, all)));
    return all;
  }

  private static void collect(
      RequestGroupActionComponent action, List<RequestGroupActionComponent> all) {
    all.add(action);
    action.getAction().forEach(nested -> collect(nested, all));
  }

  private static List<MedicationRequest> requests(CarePlan plan, String drug) {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .filter(request -> drug(request).equals(drug))
        .toList();
  }

  private static List<String> drugs(CarePlan plan) {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(request -> drug((MedicationRequest) request))
        .toList();
  }

  private static String drug(MedicationRequest request) {
    return DRUG_OF_ATC.get(
        request.getMedicationCodeableConcept().getCoding().stream()
            .filter(coding -> coding.getSystem().equals("http://www.whocc.no/atc"))
            .findFirst()
            .orElseThrow()
            .getCode());
  }

  private static List<Dosage> dosages(CarePlan plan, String drug) {
    return requests(plan, drug).stream()
        .flatMap(request -> request.getDosageInstruction().stream())
        .toList();
  }

  private static Quantity dose(Dosage dosage, String kind) {
    return dosage.getDoseAndRate().stream()
        .filter(rate -> rate.getType().getCodingFirstRep().getCode().equals(kind))
        .findFirst()
        .orElseThrow()
        .getDoseQuantity();
  }

  private static BigDecimal ordered(CarePlan plan, String drug) {
    return dose(dosages(plan, drug).get(0), "ordered").getValue();
  }

  private static BigDecimal calculated(CarePlan plan) {
    return dose(dosages(plan, "bortezomib").get(0), "calculated").getValue();
  }

  /** Every administration of the result. */
  private static Set<Given> given(CarePlan plan, LocalDate start) {
    List<Given> all = new ArrayList<>();
    for (Resource resource : plan.getContained()) {
      if (resource instanceof MedicationRequest request) {
        for (Dosage dosage : request.getDosageInstruction()) {
          Quantity dose = dose(dosage, "ordered");
          for (int day : days(dosage, start)) {
            all.add(new Given(day, drug(request), plain(dose.getValue()), dose.getCode()));
          }
        }
      }
    }
    assertThat(all).doesNotHaveDuplicates();
    return Set.copyOf(all);
  }

  private static Set<Given> ofRegimen(Set<Given> all) {
    return all.stream().filter(each -> REGIMEN.contains(each.drug())).collect(Collectors.toSet());
  }

  /** The days of the cycle on which the dosage is given. */
  private static Set<Integer> days(Dosage dosage, LocalDate start) {
    Set<Integer> days = new TreeSet<>();
    var timing = dosage.getTiming();
    assertThat(timing.hasEvent())
        .as("dates or a repeat, not both")
        .isNotEqualTo(timing.hasRepeat());
    for (DateTimeType event : timing.getEvent()) {
      assertThat(days.add(dayOfCycle(event, start))).isTrue();
    }
    if (timing.hasRepeat()) {
      var repeat = timing.getRepeat();
      assertThat(repeat.getPeriod()).isEqualByComparingTo("1");
      assertThat(repeat.getPeriodUnit().toCode()).isEqualTo("d");
      int last = dayOfCycle(repeat.getBoundsPeriod().getEndElement(), start);
      for (int d = dayOfCycle(repeat.getBoundsPeriod().getStartElement(), start); d <= last; d++) {
        days.add(d);
      }
    }
    return days;
  }

  /** Dates without a time: a time zone can not move them to another day. */
  private static int dayOfCycle(DateTimeType date, LocalDate start) {
    return (int) ChronoUnit.DAYS.between(start, LocalDate.parse(date.getValueAsString())) + 1;
  }

  private static List<String> notes(CarePlan plan) {
    return plan.getContained().stream()
        .filter(CommunicationRequest.class::isInstance)
        .map(note -> ((CommunicationRequest) note).getPayloadFirstRep().getContentStringType())
        .map(StringType::getValue)
        .toList();
  }

  /** Diagnostics of the errors in the result. */
  private static List<String> errors(CarePlan plan) {
    return plan.getContained().stream()
        .filter(OperationOutcome.class::isInstance)
        .flatMap(outcome -> ((OperationOutcome) outcome).getIssue().stream())
        .filter(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .map(OperationOutcome.OperationOutcomeIssueComponent::getDiagnostics)
        .toList();
  }

  private static String encode(CarePlan plan) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(plan);
  }

  private static BigDecimal plain(BigDecimal number) {
    return number.stripTrailingZeros();
  }

  private static double number(String text) {
    return Double.parseDouble(text);
  }
}
