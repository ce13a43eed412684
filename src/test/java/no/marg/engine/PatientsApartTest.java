package no.marg.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;

/** One engine serves all patients, at once and one after the other, and never mixes them. */
class PatientsApartTest {
  private static final GuidelineEngine ENGINE = TestGuideline.ENGINE;
  private static final int THREADS = 6;
  // Both patients have this id: whatever is kept under an id would come out for the other.
  private static final String ID = "the-patient";
  private static final List<String> QUESTIONS = List.of("Age", "Body Weight", "eGFR", "Albumin");

  /** A persona, as text: each thread parses its own, as each request does. */
  private record Person(String record, String drafts) {
    static Person of(String persona, String orders) {
      return new Person(
          text("/demo/personas/" + persona + ".json")
              .replace("/" + persona + "\"", "/" + ID + "\"")
              .replace("\"id\": \"" + persona + "\"", "\"id\": \"" + ID + "\""),
          text("/demo/orders/" + orders + ".json").replace("/" + persona + "\"", "/" + ID + "\""));
    }

    List<Resource> resources() {
      return PatientsApartTest.resources(record);
    }

    List<Resource> orders() {
      return PatientsApartTest.resources(drafts);
    }
  }

  private static final List<Person> PEOPLE =
      List.of(
          Person.of("new-myeloma-58", "new-myeloma-58-vrd"),
          Person.of("renal-failure", "renal-failure-lenalidomide-25"));

  // ---- at once ----

  @Test
  void answersOfPatientsAskedAboutAtOnceDoNotMix() throws Exception {
    // 6 threads, 450 rounds, 4 questions: 10,800 evaluations.
    assertApart(PatientsApartTest::answers, 450);
  }

  @Test
  void plansAppliedAtOnceDoNotMix() throws Exception {
    assertApart(chart -> json(ENGINE.apply("vrd-induction", chart, cycle())), 50);
  }

  @Test
  void adviceGivenAtOnceDoesNotMix() throws Exception {
    Service service = ENGINE.guideline().services().get("mm-order-sign");
    assertApart(chart -> shown(ENGINE.advise(service, chart, Map.of())), 20);
  }

  /** Asks about the two in turn on every thread and compares with the answer given alone. */
  private static void assertApart(Function<Chart, String> question, int rounds) throws Exception {
    List<String> alone = PEOPLE.stream().map(person -> question.apply(chart(person))).toList();
    assertThat(alone.get(0)).as("the two must differ").isNotEqualTo(alone.get(1));
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int first = thread;
        running.add(
            threads.submit(
                () -> {
                  List<List<Resource>> records = PEOPLE.stream().map(Person::resources).toList();
                  List<List<Resource>> orders = PEOPLE.stream().map(Person::orders).toList();
                  int wrong = 0;
                  for (int round = 0; round < rounds; round++) {
                    int who = (first + round) % 2;
                    Chart chart = chart(records.get(who), orders.get(who));
                    wrong += question.apply(chart).equals(alone.get(who)) ? 0 : 1;
                  }
                  return wrong;
                }));
      }
      for (Future<Integer> future : running) {
        assertThat(future.get()).as("answers that are not the patient's own").isZero();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static String answers(Chart chart) {
    return QUESTIONS.stream()
        .map(question -> json(ENGINE.evaluate("MMData", List.of(question), chart, null)))
        .collect(Collectors.joining("\n"));
  }

  private static String shown(Advice advice) {
    return advice.findings().stream()
            .map(
                finding ->
                    finding.statement().actionId()
                        + finding.kind()
                        + finding.evidence()
                        + finding.missing()
                        + finding.orders().stream().map(PatientsApartTest::json).toList()
                        + finding.suggestions().stream()
                            .flatMap(suggestion -> suggestion.actions().stream())
                            .map(action -> action.resource())
                            .map(made -> made == null ? "" : json(made))
                            .toList())
            .collect(Collectors.joining("\n"))
        + json(advice.carePlan());
  }

  // ---- one after the other ----

  /** A processor that writes into a shared definition would give the next patient this dose. */
  @Test
  void aDoseDoesNotComeOutForTheNextPatient() {
    CarePlan heavy = apply(patient("heavy").weight("120 kg"));
    CarePlan unweighed = apply(patient("unweighed"));
    assertThat(order(heavy, "L01XG01").getDosageInstruction()).isNotEmpty();
    assertThat(orders(unweighed, "L01XG01")).isEmpty();
    assertThat(json(unweighed)).doesNotContain("120 kg").doesNotContain("heavy");
    assertThat(notes(unweighed))
        .anyMatch(note -> note.startsWith("Bortezomib") && note.contains("vekt"));
    assertThat(json(unweighed)).contains("missing: body-weight");
  }

  @Test
  void theSamePatientGetsTheSamePlanWhoeverWasBefore() {
    String first = json(apply(patient("one").weight("70 kg")));
    apply(patient("two").weight("40 kg"));
    apply(patient("three"));
    assertThat(json(apply(patient("one").weight("70 kg")))).isEqualTo(first);
  }

  @Test
  void applyingChangesNoDefinition() {
    String before = definitions();
    apply(patient("one").weight("70 kg"));
    ENGINE.advise(
        ENGINE.guideline().services().get("mm-order-sign"), chart(PEOPLE.get(1)), Map.of());
    ENGINE.applyActivity("mm-valaciclovir-250", chart(PEOPLE.get(0)), null);
    assertThat(definitions()).isEqualTo(before);
  }

  /** What is changed in a result is not changed in the next one. */
  @Test
  void aResultBelongsToItsCaller() {
    CarePlan given = apply(patient("one").weight("70 kg"));
    String before = json(given);
    MedicationRequest order = order(given, "L01XG01");
    order.getMedicationCodeableConcept().setText("changed");
    order.getDosageInstructionFirstRep().setText("changed");
    given.getContained().forEach(resource -> resource.setId("changed"));
    assertThat(json(apply(patient("one").weight("70 kg")))).isEqualTo(before);
  }

  private static TestRecord patient(String id) {
    return TestRecord.of(id, "1966-01-01").height("175 cm").egfr("90 mL/min/{1.73_m2}");
  }

  private static CarePlan apply(TestRecord record) {
    return ENGINE.apply("vrd-induction", record.chart(), cycle());
  }

  private static Parameters cycle() {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    parameters.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    return parameters;
  }

  private static List<MedicationRequest> orders(CarePlan plan, String atc) {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .filter(o -> o.getMedicationCodeableConcept().getCodingFirstRep().getCode().equals(atc))
        .toList();
  }

  private static MedicationRequest order(CarePlan plan, String atc) {
    List<MedicationRequest> orders = orders(plan, atc);
    assertThat(orders).hasSize(1);
    return orders.get(0);
  }

  private static List<String> notes(CarePlan plan) {
    return plan.getContained().stream()
        .filter(CommunicationRequest.class::isInstance)
        .map(resource -> ((CommunicationRequest) resource).getPayloadFirstRep())
        .map(payload -> payload.getContent().primitiveValue())
        .toList();
  }

  private static String definitions() {
    return Stream.of("PlanDefinition", "ActivityDefinition", "Library")
        .flatMap(type -> ENGINE.guideline().all(type).stream())
        .map(PatientsApartTest::json)
        .collect(Collectors.joining("\n"));
  }

  // ---- reading ----

  private static Chart chart(Person person) {
    return chart(person.resources(), person.orders());
  }

  private static Chart chart(List<Resource> record, List<Resource> drafts) {
    return ENGINE.chart(
        new ChartReader.Source(ID, LocalDate.of(2026, 2, 15), record, drafts, Set.of()),
        ChartReader.OtherPatient.REFUSE);
  }

  private static List<Resource> resources(String bundle) {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, bundle)
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }

  private static String json(Resource resource) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource);
  }

  private static String text(String path) {
    try (InputStream in = PatientsApartTest.class.getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
