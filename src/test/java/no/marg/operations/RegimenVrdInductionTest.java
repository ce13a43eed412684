package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.engine.UnusableInputException;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A cycle of VRd for one patient: every day, every dose, and no dose where a fact is missing. */
@RunningMarg
class RegimenVrdInductionTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);
  private static final String APPLY = "/fhir/PlanDefinition/vrd-induction/$apply";
  @LocalServerPort private int port;

  // ---- doses and days ----

  @Test
  void bodySurfaceIsByDuBoisUnlessAskedOtherwise() {
    assertThat(calculated(apply(reference(), cycle(1, START))))
        .isEqualTo(calculated(apply(reference(), cycle(1, START), formula("du-bois"))))
        .isNotEqualTo(calculated(apply(reference(), cycle(1, START), formula("mosteller"))));
  }

  @Test
  void theDosageSaysWhichMeasuresItRestsOn() {
    assertThat(read(apply(reference(), cycle(1, START))).dosages("bortezomib").get(0).getText())
        .contains("1,85 m2", "Du Bois", "70 kg", "175 cm", "10.02.2026");
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
    assertThat(read(plan).drugs())
        .containsExactlyInAnyOrder("bortezomib", "lenalidomide", "dexamethasone", "valaciclovir");
    assertThat(notes(plan)).singleElement().asString().contains("Tromboserisiko");
    Dosage zoster = read(plan).dosages("valaciclovir").get(0);
    assertThat(AppliedCycle.dose(zoster, "ordered").getValue()).isEqualByComparingTo("250");
    assertThat(zoster.getTiming().getRepeat().getFrequency()).isEqualTo(2);
    assertThat(read(plan).days(zoster)).hasSize(28);
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
    assertThat(read(plan).requests("acetylsalicylic-acid")).isEmpty();
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
    assertThat(read(plan).drugs()).isEmpty();
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
    assertThat(read(plan).requests("lenalidomide")).isEmpty();
    assertThat(errors(plan)).singleElement().asString().startsWith("action p1-len; missing:");
    assertThat(calculated(plan)).isPositive();
  }

  @Test
  void noDexamethasoneWithoutABirthDate() {
    CarePlan plan = apply(patient(null, "70", "175", "90"), cycle(1, START));
    assertThat(read(plan).requests("dexamethasone")).isEmpty();
    assertThat(errors(plan)).hasSize(1);
    assertThat(calculated(plan)).isPositive();
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
    Map<String, Resource> contained = read(plan).contained();
    List<String> referred =
        read(plan).actions().stream()
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
    assertThat(read(plan).requests(drug)).isEmpty();
    assertThat(errors(plan)).singleElement().asString().endsWith("missing: " + missing);
    assertThat(notes(plan)).anyMatch(note -> note.contains("dosen kan ikke beregnes. Mangler: "));
  }

  private static AppliedCycle read(CarePlan plan) {
    return new AppliedCycle(plan, START.minusDays(1));
  }

  private static BigDecimal ordered(CarePlan plan, String drug) {
    return AppliedCycle.dose(read(plan).dosages(drug).get(0), "ordered").getValue();
  }

  private static BigDecimal calculated(CarePlan plan) {
    return AppliedCycle.dose(read(plan).dosages("bortezomib").get(0), "calculated").getValue();
  }

  private static List<String> notes(CarePlan plan) {
    return read(plan).notes();
  }

  private static List<String> errors(CarePlan plan) {
    return read(plan).errors();
  }

  private static String encode(CarePlan plan) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(plan);
  }
}
