package no.marg;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Timing;
import org.hl7.fhir.r4.model.Type;

/** Builds a patient's record for tests that use the whole service. */
public final class TestRecord {
  /** The day all tests of the running service ask on. */
  public static final LocalDate EVALUATED = LocalDate.of(2026, 2, 15);

  private static final Pattern RESULT =
      Pattern.compile("(<=|>=|<|>)?\\s*(\\d+(?:\\.\\d+)?)\\s*(\\S+)");

  private final String id;
  private final List<Resource> resources = new ArrayList<>();

  private TestRecord(String id) {
    this.id = id;
  }

  /** A patient with a birth date; null for one without. */
  public static TestRecord of(String id, String birthDate) {
    TestRecord made = new TestRecord(id);
    Patient patient = new Patient();
    patient.setId(id);
    if (birthDate != null) {
      patient.setBirthDateElement(new DateType(birthDate));
    }
    made.resources.add(patient);
    return made;
  }

  public TestRecord weight(String result) {
    return result("29463-7", result);
  }

  public TestRecord height(String result) {
    return result("8302-2", result);
  }

  public TestRecord egfr(String result) {
    return result("98979-8", result);
  }

  /** A result of five days ago, such as {@code <60 mL/min/{1.73_m2}}. */
  public TestRecord result(String loinc, String result) {
    return result(loinc, result, EVALUATED.minusDays(5));
  }

  public TestRecord result(String loinc, String result, LocalDate date) {
    Matcher parts = RESULT.matcher(result);
    if (!parts.matches()) {
      throw new IllegalArgumentException("Not a result: " + result);
    }
    Quantity quantity =
        new Quantity()
            .setValue(new BigDecimal(parts.group(2)))
            .setUnit(parts.group(3))
            .setSystem("http://unitsofmeasure.org")
            .setCode(parts.group(3));
    quantity.getComparatorElement().setValueAsString(parts.group(1));
    Observation observation = observation("http://loinc.org", loinc, date);
    observation.setValue(quantity);
    resources.add(observation);
    return this;
  }

  /** A recorded judgement in the local form. */
  public TestRecord fact(String code, boolean value) {
    return fact(code, new BooleanType(value), EVALUATED.minusDays(5));
  }

  /** A judgement of the day of the evaluation, which some facts must be to count. */
  public TestRecord factToday(String code, boolean value) {
    return fact(code, new BooleanType(value), EVALUATED);
  }

  /** A recorded choice in the local form. */
  public TestRecord fact(String code, String choice) {
    return fact(
        code,
        new CodeableConcept().addCoding(new Coding(Guideline.FACTS, choice, null)),
        EVALUATED.minusDays(5));
  }

  /** A recorded date in the local form. */
  public TestRecord fact(String code, LocalDate value) {
    return fact(code, new DateTimeType(value.toString()), EVALUATED.minusDays(5));
  }

  private TestRecord fact(String code, Type value, LocalDate date) {
    Observation observation = observation(Guideline.FACTS, code, date);
    observation.addCategory().addCoding(new Coding(Guideline.FACTS, "mm-fact", null));
    observation.setValue(value);
    resources.add(observation);
    return this;
  }

  private Observation observation(String system, String code, LocalDate date) {
    Observation observation = new Observation();
    observation.setId(id + "-" + resources.size());
    observation.setStatus(Observation.ObservationStatus.FINAL);
    observation.setSubject(new Reference("Patient/" + id));
    observation.setEffective(new DateTimeType(date.toString()));
    observation.setCode(new CodeableConcept().addCoding(new Coding(system, code, null)));
    return observation;
  }

  public TestRecord with(Resource resource) {
    resources.add(resource);
    return this;
  }

  /** A draft of a drug; {@code dose} such as {@code 25 mg}, or null when none is stated. */
  public MedicationRequest draft(String orderId, String atc, String name, String dose) {
    MedicationRequest order = new MedicationRequest();
    order.setId(orderId);
    order.setStatus(MedicationRequest.MedicationRequestStatus.DRAFT);
    order.setIntent(MedicationRequest.MedicationRequestIntent.ORDER);
    order.setSubject(new Reference("Patient/" + id));
    order.setMedication(
        new CodeableConcept()
            .addCoding(new Coding("http://www.whocc.no/atc", atc, null))
            .setText(name));
    // What the service does not know must come back as it was sent.
    order.addExtension("https://example.org/local", new StringType("kept"));
    order.addNote().setText("Etter avtale");
    if (dose != null) {
      Matcher parts = RESULT.matcher(dose);
      if (!parts.matches()) {
        throw new IllegalArgumentException("Not a dose: " + dose);
      }
      Dosage dosage = order.addDosageInstruction().setText(dose + " daglig");
      dosage.addAdditionalInstruction().setText("Med mat");
      dosage.getRoute().setText("Peroralt");
      dosage
          .getTiming()
          .getRepeat()
          .setFrequency(1)
          .setPeriod(1)
          .setPeriodUnit(Timing.UnitsOfTime.D);
      dosage
          .addDoseAndRate()
          .setDose(
              new Quantity()
                  .setValue(new BigDecimal(parts.group(2)))
                  .setUnit(parts.group(3))
                  .setSystem("http://unitsofmeasure.org")
                  .setCode(parts.group(3)));
    }
    return order;
  }

  public String id() {
    return id;
  }

  public List<Resource> resources() {
    return List.copyOf(resources);
  }

  public Bundle bundle() {
    return bundle(resources);
  }

  public static Bundle bundle(List<? extends Resource> resources) {
    Bundle bundle = new Bundle().setType(Bundle.BundleType.COLLECTION);
    resources.forEach(resource -> bundle.addEntry().setResource(resource));
    return bundle;
  }

  /** The chart that the engine reads from this record. */
  public Chart chart() {
    return TestGuideline.ENGINE.chart(
        new ChartReader.Source(id, EVALUATED, resources, List.of(), java.util.Set.of()),
        ChartReader.OtherPatient.REPORT);
  }
}
