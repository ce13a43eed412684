package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import no.marg.chart.ChartReader.OtherPatient;
import no.marg.chart.Unused.Reason;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.Appointment;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.MedicationAdministration;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.MedicationStatement;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.Procedure;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a record becomes the chart that the logic reads, and what is said of what is left out. */
class ChartReaderTest {
  private static final LocalDate TODAY = LocalDate.of(2026, 2, 15);
  private static final String UCUM = "http://unitsofmeasure.org";
  private static final String LOINC = "http://loinc.org";
  private static final String ATC = "http://www.whocc.no/atc";
  private static final String HAEMOGLOBIN = "718-7";
  private static final String CREATININE = "2160-0";
  private static final String EGFR = "98979-8";
  private static final String FLC_RATIO = "48378-4";
  private static final String M_PROTEIN = "33358-3";

  // ---- whose ----

  @Test
  void dataOfAnotherPatientAreReportedAndLeftOut() {
    Observation foreign = result("foreign", HAEMOGLOBIN, "10 g/dL");
    foreign.setSubject(new Reference("Patient/other"));
    Chart chart = read(result("own", HAEMOGLOBIN, "11 g/dL"), foreign);
    assertThat(ids(chart, "Observation")).containsExactly("own");
    assertThat(chart.unused())
        .containsExactly(new Unused("Observation/foreign", Reason.OTHER_PATIENT, "hemoglobin", ""));
  }

  @Test
  void dataOfAnotherPatientCanBeRefused() {
    Observation foreign = result("foreign", HAEMOGLOBIN, "10 g/dL");
    foreign.setSubject(new Reference("Patient/other"));
    assertThatThrownBy(() -> read(OtherPatient.REFUSE, List.of(patient(), foreign), List.of()))
        .isInstanceOf(OtherPatientException.class)
        .hasMessage("Observation/foreign belongs to another patient");
  }

  @Test
  void aDraftForAnotherPatientCanBeRefused() {
    MedicationRequest draft = order("draft", "L04AX04");
    draft.setSubject(new Reference("Patient/other"));
    assertThatThrownBy(() -> read(OtherPatient.REFUSE, List.of(patient()), List.of(draft)))
        .isInstanceOf(OtherPatientException.class);
  }

  @Test
  void theRecordOfAnotherPatientIsRefusedEvenIfForeignDataAreOnlyReported() {
    Patient other = new Patient();
    other.setId("other");
    assertThatThrownBy(() -> read(OtherPatient.REPORT, List.of(other), List.of()))
        .isInstanceOf(OtherPatientException.class);
  }

  @Test
  void aSecondPatientInTheDataIsReported() {
    Patient other = new Patient();
    other.setId("other");
    Chart chart = read(OtherPatient.REPORT, List.of(patient(), other), List.of());
    assertThat(ids(chart, "Patient")).containsExactly("p");
    assertThat(reasons(chart)).containsExactly(Reason.OTHER_PATIENT);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "Patient/p, true",
    "https://fhir.example.org/r4/Patient/p, true",
    "Patient/pp, false",
    "Patient/P, false",
    "Group/p, false",
    "https://fhir.example.org/r4/Group/p, false",
    "p, false"
  })
  void aReferenceNamesThePatientOrNot(String reference, boolean own) {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.setSubject(new Reference(reference));
    Chart chart = read(observation);
    assertThat(chart.all("Observation")).hasSize(own ? 1 : 0);
    assertThat(reasons(chart)).isEqualTo(own ? List.of() : List.of(Reason.OTHER_PATIENT));
  }

  @Test
  void dataOfNoPatientAreReported() {
    Observation nobodys = result("nobodys", HAEMOGLOBIN, "10 g/dL");
    nobodys.setSubject(null);
    Chart chart = read(nobodys);
    assertThat(chart.all("Observation")).isEmpty();
    assertThat(reasons(chart)).containsExactly(Reason.NO_PATIENT);
  }

  @Test
  void aTypeThatNoRuleReadsIsReported() {
    Appointment appointment = new Appointment();
    appointment.setId("a");
    assertThat(read(appointment).unused())
        .containsExactly(new Unused("Appointment/a", Reason.TYPE, "", "Appointment"));
  }

  /** Servers send a record in orders of their own. */
  @Test
  void whatIsReportedDoesNotDependOnTheOrderOfTheRecord() {
    MedicationRequest nobodys = order("nobodys", "L04AX04");
    nobodys.setSubject(null);
    Resource[] record = {
      result("unit", HAEMOGLOBIN, "90 mg/kg", TODAY.minusDays(3)),
      result("early", HAEMOGLOBIN, "10 g/dL"),
      result("late", HAEMOGLOBIN, "11 g/dL", TODAY.plusDays(9)),
      result("length", HAEMOGLOBIN, "10 cm", TODAY.minusDays(2)),
      nobodys
    };
    List<Unused> reported = read(record).unused();
    assertThat(reported).hasSize(4);
    List<Resource> turned = new ArrayList<>(List.of(record));
    Collections.reverse(turned);
    assertThat(read(turned.toArray(Resource[]::new)).unused()).isEqualTo(reported);
  }

  // ---- status ----

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "final,",
    "amended,",
    "corrected,",
    "preliminary, PRELIMINARY",
    "registered, STATUS",
    "cancelled, STATUS",
    "unknown, STATUS",
    "entered-in-error, ENTERED_IN_ERROR",
    "'', STATUS"
  })
  void aResultCountsByItsStatus(String status, Reason reason) {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.getStatusElement().setValueAsString(status.isEmpty() ? null : status);
    Chart chart = read(observation);
    if (reason == null) {
      assertThat(ids(chart, "Observation")).containsExactly("o");
      assertThat(chart.unused()).isEmpty();
    } else {
      assertThat(chart.all("Observation")).isEmpty();
      assertThat(chart.unused())
          .extracting(Unused::reason, Unused::concept)
          .containsExactly(tuple(reason, "hemoglobin"));
    }
  }

  @Test
  void whatWasEnteredInErrorIsNotInTheChart() {
    Condition condition = condition("c", "C90.0");
    condition
        .getVerificationStatus()
        .addCoding()
        .setSystem("http://terminology.hl7.org/CodeSystem/condition-ver-status")
        .setCode("entered-in-error");
    MedicationRequest order = order("m", "L04AX04");
    order.setStatus(MedicationRequest.MedicationRequestStatus.ENTEREDINERROR);
    Chart chart = read(condition, order);
    assertThat(chart.all("Condition")).isEmpty();
    assertThat(chart.all("MedicationRequest")).isEmpty();
    assertThat(reasons(chart)).containsExactly(Reason.ENTERED_IN_ERROR, Reason.ENTERED_IN_ERROR);
  }

  // ---- date ----

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "2026-02-15, true",
    "2026-02-15T23:59:00+01:00, true",
    "2026-02-16, false",
    "2026-02, true",
    "2026-03, false",
    "2026, true",
    "2027, false",
    // Local time of the record decides the day, not UTC.
    "2026-02-15T23:30:00-08:00, true",
    "2026-02-16T00:30:00+14:00, false"
  })
  void whatIsDatedLaterDoesNotExist(String date, boolean counts) {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.setEffective(new DateTimeType(date));
    Chart chart = read(observation);
    assertThat(chart.all("Observation")).hasSize(counts ? 1 : 0);
    assertThat(reasons(chart)).isEqualTo(counts ? List.of() : List.of(Reason.FUTURE));
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "treatment-line, ACTIVE, true",
    "treatment-line, DRAFT, true",
    "treatment-line, ONHOLD, false",
    "treatment-line, COMPLETED, false",
    "assess-plan, ACTIVE, false"
  })
  void aLineOfTherapyThatBeginsLaterStandsAsAPlan(
      String category, CarePlan.CarePlanStatus status, boolean counts) {
    CarePlan plan = new CarePlan();
    plan.setId("c");
    plan.setSubject(new Reference("Patient/p"));
    plan.setStatus(status);
    plan.addCategory().addCoding().setCode(category);
    plan.getPeriod().setStartElement(new DateTimeType("2026-02-16"));
    Chart chart = read(plan);
    assertThat(chart.all("CarePlan")).hasSize(counts ? 1 : 0);
    assertThat(reasons(chart)).isEqualTo(counts ? List.of() : List.of(Reason.FUTURE));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"PREPARATION, true", "COMPLETED, false", "INPROGRESS, false", "NOTDONE, false"})
  void aProcedureOfALaterDayStandsWhereItIsPrepared(
      Procedure.ProcedureStatus status, boolean counts) {
    Procedure procedure = new Procedure();
    procedure.setId("h");
    procedure.setSubject(new Reference("Patient/p"));
    procedure.setStatus(status);
    procedure.setPerformed(new DateTimeType("2026-02-16"));
    assertThat(read(procedure).all("Procedure")).hasSize(counts ? 1 : 0);
  }

  @Test
  void theDateOfAPeriodIsItsEnd() {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    Period period = new Period();
    period.setStartElement(new DateTimeType("2026-02-01"));
    period.setEndElement(new DateTimeType("2026-02-03"));
    observation.setEffective(period);
    assertThat(effective(read(observation))).isEqualTo("2026-02-03");
  }

  @Test
  void anInstantIsReadAsADateTime() {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.setEffective(new InstantType("2026-02-03T08:15:00.000+01:00"));
    assertThat(effective(read(observation))).startsWith("2026-02-03T08:15:00");
  }

  @Test
  void withoutEffectiveTheTimeOfIssueIsTheDate() {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.setEffective(null);
    observation.setIssuedElement(new InstantType("2026-02-03T08:15:00.000+01:00"));
    assertThat(effective(read(observation))).startsWith("2026-02-03T08:15:00");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026", "2026-01", "2026-01-20"})
  void aPartialDateStaysPartial(String date) {
    Observation observation = result("o", HAEMOGLOBIN, "10 g/dL");
    observation.setEffective(new DateTimeType(date));
    assertThat(effective(read(observation))).isEqualTo(date);
  }

  @Test
  void aResultWithoutDateIsTheOldest() {
    Observation undated = result("undated", EGFR, "40 mL/min/{1.73_m2}");
    undated.setEffective(null);
    Chart chart =
        read(undated, result("dated", EGFR, "50 mL/min/{1.73_m2}", LocalDate.of(1999, 1, 1)));
    assertThat(ids(chart, "Observation")).containsExactly("dated", "undated");
  }

  // ---- units ----

  @ParameterizedTest(name = "{0}: {1} is {2}")
  @CsvSource({
    "718-7, 110 g/L, 11 g/dL",
    "718-7, 11 g/dL, 11 g/dL",
    "718-7, 7 mmol/L, 11.2798 g/dL",
    "2160-0, 2 mg/dL, 176.8 umol/L",
    "2160-0, 0.15 mmol/L, 150 umol/L",
    "1751-7, 3.5 g/dL, 35 g/L",
    "2000-8, 12 mg/dL, 2.994 mmol/L",
    "1952-1, 300 nmol/L, 3.54 mg/L",
    "2532-0, 5 ukat/L, 300 U/L",
    "29463-7, 70500 g, 70.5 kg",
    "8302-2, 1.75 m, 175 cm"
  })
  void aResultIsReadInTheGuidelinesUnit(String code, String given, String expected) {
    assertThat(value(read(result("o", code, given)))).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}: {1} {2} is {3}")
  @CsvSource({
    "718-7, 110, g/l, 11 g/dL",
    "718-7, 11, 'G / dL', 11 g/dL",
    "2160-0, 90, µmol/l, 90 umol/L",
    "98979-8, 45, mL/min/1.73m2, 45 mL/min/{1.73_m2}",
    "98979-8, 45, 'mL/min/1,73 m²', 45 mL/min/{1.73_m2}"
  })
  void aUnitInWordsIsRead(String code, BigDecimal number, String unit, String expected) {
    Observation observation = result("o", code, "1 g/dL");
    observation.setValue(new Quantity().setValue(number).setUnit(unit));
    Chart chart = read(observation);
    assertThat(value(chart)).isEqualTo(expected);
    assertThat(chart.unused()).isEmpty();
  }

  @ParameterizedTest(name = "{0}: {1} {2} is {3}")
  @CsvSource({
    "98979-8, 45, mL/min, UNKNOWN_UNIT, mL/min",
    "718-7, 11, kg, UNKNOWN_UNIT, kg",
    "718-7, 11, furlong, UNKNOWN_UNIT, furlong",
    "718-7, 11, , NO_UNIT, ''",
    "718-7, 1.9, g/dL, IMPLAUSIBLE, 1.9 g/dL",
    "718-7, 25.1, g/dL, IMPLAUSIBLE, 25.1 g/dL",
    "718-7, 11, g/L, IMPLAUSIBLE, 11 g/L",
    "29463-7, 7, kg, IMPLAUSIBLE, 7 kg"
  })
  void whatCanNotBeReadKeepsItsPlaceWithoutValue(
      String code, BigDecimal number, String unit, Reason reason, String detail) {
    Observation observation = result("o", code, "1 g/dL");
    Quantity quantity = new Quantity().setValue(number);
    if (unit != null) {
      quantity.setUnit(unit).setSystem(UCUM).setCode(unit);
    }
    observation.setValue(quantity);
    Chart chart = read(observation);
    assertThat(only(chart).hasValue()).isFalse();
    assertThat(only(chart).hasDataAbsentReason()).isTrue();
    assertThat(chart.unused())
        .extracting(Unused::reference, Unused::reason, Unused::detail)
        .containsExactly(tuple("Observation/o", reason, detail));
    assertThat(chart.unused().get(0).isUnreadable()).isTrue();
  }

  @ParameterizedTest(name = "{0} g/dL")
  @ValueSource(strings = {"2", "25"})
  void theLimitsOfThePlausibleAreReadable(String number) {
    assertThat(value(read(result("o", HAEMOGLOBIN, number + " g/dL")))).isEqualTo(number + " g/dL");
  }

  @Test
  void aRatioNeedsNoUnit() {
    Observation observation = result("o", FLC_RATIO, "1 g/dL");
    observation.setValue(new Quantity().setValue(new BigDecimal("12.5")));
    Chart chart = read(observation);
    assertThat(value(chart)).isEqualTo("12.5 {ratio}");
    assertThat(chart.unused()).isEmpty();
  }

  @Test
  void aTextIsNoNumber() {
    Observation observation = result("o", HAEMOGLOBIN, "1 g/dL");
    observation.setValue(new StringType("Hemolyse, Kari Nordmann"));
    Chart chart = read(observation);
    assertThat(only(chart).hasValue()).isFalse();
    // What a person wrote is not repeated.
    assertThat(chart.unused())
        .containsExactly(new Unused("Observation/o", Reason.NOT_A_NUMBER, "hemoglobin", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"<", "<=", ">", ">="})
  void aComparatorIsKeptAlsoInAnotherUnit(String comparator) {
    Observation observation = result("o", HAEMOGLOBIN, "110 g/L");
    observation.getValueQuantity().getComparatorElement().setValueAsString(comparator);
    Quantity read = only(read(observation)).getValueQuantity();
    assertThat(read.getValue()).isEqualByComparingTo("11");
    assertThat(read.getComparator().toCode()).isEqualTo(comparator);
  }

  /** "below 1" says nothing implausible. */
  @Test
  void belowTheLowestPlausibleValueIsReadable() {
    Observation observation = result("o", "1952-1", "0.2 mg/L");
    observation.getValueQuantity().setComparator(Quantity.QuantityComparator.LESS_THAN);
    assertThat(only(read(observation)).hasValue()).isTrue();
  }

  @Test
  void aRangeIsReadInTheGuidelinesUnit() {
    Observation observation = result("o", HAEMOGLOBIN, "1 g/dL");
    observation.setValue(range("100 g/L", "120 g/L"));
    Range read = only(read(observation)).getValueRange();
    assertThat(shown(read.getLow())).isEqualTo("10 g/dL");
    assertThat(shown(read.getHigh())).isEqualTo("12 g/dL");
  }

  @Test
  void referenceLimitsAreReadInTheGuidelinesUnit() {
    Observation observation = result("o", HAEMOGLOBIN, "110 g/L");
    observation.addReferenceRange().setLow(simple("117 g/L")).setHigh(simple("153 g/L"));
    var limits = only(read(observation)).getReferenceRangeFirstRep();
    assertThat(shown(limits.getLow())).isEqualTo("11.7 g/dL");
    assertThat(shown(limits.getHigh())).isEqualTo("15.3 g/dL");
  }

  // ---- newest and older ----

  @Test
  void theNewestUnreadableResultHidesTheOlder() {
    Chart chart =
        read(
            result("older", EGFR, "50 mL/min/{1.73_m2}", TODAY.minusDays(9)),
            result("newest", EGFR, "50 mL/min", TODAY.minusDays(1)));
    assertThat(ids(chart, "Observation")).containsExactly("newest", "older");
    assertThat(((Observation) chart.all("Observation").get(0)).hasValue()).isFalse();
  }

  @Test
  void aResultThatWasNotMadeLetsTheOlderCount() {
    Observation none = result("newest", EGFR, "1 g/dL", TODAY.minusDays(1));
    none.setValue(null);
    none.getDataAbsentReason().addCoding().setCode("not-performed");
    Chart chart = read(result("older", EGFR, "50 mL/min/{1.73_m2}", TODAY.minusDays(9)), none);
    assertThat(ids(chart, "Observation")).containsExactly("older");
    assertThat(reasons(chart)).containsExactly(Reason.NO_RESULT);
    assertThat(chart.unused().get(0).isUnreadable()).isFalse();
  }

  /** "Asked, not known" is an answer: it takes the place of an older one. */
  @Test
  void aLocalFactThatIsNotKnownStays() {
    Observation unknown = fact("newest", TODAY.minusDays(1), null);
    unknown.getDataAbsentReason().addCoding().setCode("asked-unknown");
    Chart chart = read(fact("older", TODAY.minusDays(9), true), unknown);
    assertThat(ids(chart, "Observation")).containsExactly("newest", "older");
    assertThat(chart.unused()).isEmpty();
  }

  // ---- repeats ----

  @ParameterizedTest(name = "{0} and {1}")
  @CsvSource({"11 g/dL, 110 g/L", "10 g/dL, 10.1 g/dL", "10 g/dL, 9.95 g/dL"})
  void resultsOfOneTimeThatAgreeAreOne(String one, String other) {
    Chart chart = read(result("one", HAEMOGLOBIN, one), result("other", "20509-6", other));
    assertThat(only(chart).getValue()).isInstanceOf(Quantity.class);
    assertThat(reasons(chart)).containsExactly(Reason.DUPLICATE);
    assertThat(chart.unused().get(0).isUnreadable()).isFalse();
  }

  @ParameterizedTest(name = "{0} and {1}")
  @CsvSource({"11 g/dL, 113 g/L", "10 g/dL, 10.2 g/dL", "10 g/dL, 9.8 g/dL"})
  void resultsOfOneTimeMoreThanOnePercentApartDisagree(String one, String other) {
    Chart chart = read(result("one", HAEMOGLOBIN, one), result("other", "20509-6", other));
    assertThat(only(chart).getValue()).isInstanceOf(Range.class);
    assertThat(reasons(chart)).containsExactly(Reason.CONTRADICTORY);
    // Both numbers and their day: a clinician sees what disagrees.
    assertThat(chart.unused().get(0).detail())
        .matches("[\\d.]+ g/dL / [\\d.]+ g/dL, \\d{4}-\\d{2}-\\d{2}");
  }

  @Test
  void aComparatorStandsBesideTheNumberThatDisagrees() {
    Observation below = result("one", HAEMOGLOBIN, "9 g/dL");
    below.getValueQuantity().setComparator(Quantity.QuantityComparator.LESS_THAN);
    Chart chart = read(below, result("other", HAEMOGLOBIN, "11 g/dL"));
    assertThat(chart.unused().get(0).detail()).startsWith("11 g/dL / <9 g/dL, ");
  }

  @Test
  void theResultThatNeededNoConversionIsTheOneUsed() {
    Chart chart = read(result("b", HAEMOGLOBIN, "110 g/L"), result("a", HAEMOGLOBIN, "11 g/dL"));
    assertThat(ids(chart, "Observation")).containsExactly("a");
    assertThat(chart.unused())
        .containsExactly(
            new Unused("Observation/b", Reason.DUPLICATE, "hemoglobin", "Observation/a"));
  }

  @Test
  void resultsOfOneTimeThatDisagreeAreARangeAndReported() {
    Chart chart =
        read(
            result("a", HAEMOGLOBIN, "10 g/dL"),
            result("b", HAEMOGLOBIN, "102 g/L"),
            result("c", HAEMOGLOBIN, "9.5 g/dL"));
    Range range = only(chart).getValueRange();
    assertThat(shown(range.getLow())).isEqualTo("9.5 g/dL");
    assertThat(shown(range.getHigh())).isEqualTo("10.2 g/dL");
    assertThat(reasons(chart)).containsExactly(Reason.CONTRADICTORY, Reason.CONTRADICTORY);
    assertThat(chart.unused().get(0).isUnreadable()).isTrue();
  }

  @Test
  void judgementsOfOneTimeThatDisagreeAreUnknown() {
    Chart chart = read(fact("a", TODAY, true), fact("b", TODAY, false));
    assertThat(only(chart).hasValue()).isFalse();
    assertThat(reasons(chart)).containsExactly(Reason.CONTRADICTORY);
  }

  @Test
  void ofJudgementsOfOneDayTheOneStatedLastCounts() {
    Observation first = fact("b", TODAY, true);
    Observation second = fact("a", TODAY, false);
    first.setIssued(issued(TODAY.plusDays(1), 8));
    second.setIssued(issued(TODAY.plusDays(1), 9));
    Chart chart = read(first, second);
    assertThat(only(chart).getValueBooleanType().booleanValue()).isFalse();
    assertThat(chart.unused())
        .containsExactly(
            new Unused(
                "Observation/b", Reason.SUPERSEDED, "hmas-contraindication", "Observation/a"));
    assertThat(chart.unused().get(0).isTold()).isFalse();
  }

  /** Servers note when they stored a resource; it is what is left where nobody wrote a time. */
  @Test
  void ofJudgementsWithoutATimeTheOneStoredLastCounts() {
    Observation first = fact("b", TODAY, true);
    Observation second = fact("a", TODAY, false);
    first.getMeta().setLastUpdated(issued(TODAY, 8));
    second.getMeta().setLastUpdated(issued(TODAY, 9));
    assertThat(only(read(first, second)).getValueBooleanType().booleanValue()).isFalse();
  }

  @Test
  void judgementsOfOneDayAreUnknownWhereOneDoesNotSayWhenItWasMade() {
    Observation first = fact("b", TODAY.minusDays(1), true);
    Observation second = fact("a", TODAY.minusDays(1), false);
    second.setIssued(issued(TODAY, 9));
    Chart chart = read(first, second);
    assertThat(only(chart).hasValue()).isFalse();
    assertThat(reasons(chart)).containsExactly(Reason.CONTRADICTORY);
  }

  @Test
  void whatIsStatedOfADayComesAfterWhatWasStatedEarlierThatDay() {
    Observation morning = fact("b", TODAY, true);
    morning.setEffective(new DateTimeType(TODAY + "T09:00:00+01:00"));
    Observation afternoon = fact("a", TODAY, null);
    afternoon.setIssued(issued(TODAY, 14));
    assertThat(ids(read(morning, afternoon), "Observation")).containsExactly("a", "b");
    afternoon.setIssued(issued(TODAY, 8));
    assertThat(ids(read(morning, afternoon), "Observation")).containsExactly("b", "a");
  }

  private static Date issued(LocalDate day, int hour) {
    return Date.from(day.atTime(hour, 0).toInstant(ZoneOffset.ofHours(1)));
  }

  @Test
  void resultsOfDifferentDaysAreNoRepeats() {
    Chart chart =
        read(
            result("a", HAEMOGLOBIN, "10 g/dL", TODAY.minusDays(1)),
            result("b", HAEMOGLOBIN, "10 g/dL", TODAY.minusDays(2)));
    assertThat(ids(chart, "Observation")).containsExactly("a", "b");
    assertThat(chart.unused()).isEmpty();
  }

  /** Two clones of one day are two M-proteins. */
  @Test
  void mProteinsOfOneTimeStaySeparate() {
    Chart chart = read(result("igg", M_PROTEIN, "20 g/L"), result("iga", M_PROTEIN, "5 g/L"));
    assertThat(ids(chart, "Observation")).containsExactlyInAnyOrder("igg", "iga");
    assertThat(chart.unused()).isEmpty();
  }

  @Test
  void aResourceThatIsGivenTwiceIsOne() {
    Observation observation = result("o", M_PROTEIN, "20 g/L");
    Chart chart = read(observation, observation.copy());
    assertThat(chart.all("Observation")).hasSize(1);
    assertThat(chart.unused()).isEmpty();
  }

  // ---- order ----

  @Test
  void theNewestIsFirst() {
    Observation issuedLater = result("issued-later", M_PROTEIN, "20 g/L", TODAY.minusDays(3));
    issuedLater.setIssuedElement(new InstantType("2026-02-14T10:00:00.000+01:00"));
    Observation issuedFirst = result("issued-first", M_PROTEIN, "20 g/L", TODAY.minusDays(3));
    issuedFirst.setIssuedElement(new InstantType("2026-02-13T10:00:00.000+01:00"));
    Observation afternoon = result("afternoon", M_PROTEIN, "20 g/L");
    afternoon.setEffective(new DateTimeType("2026-02-12T15:00:00+01:00"));
    Chart chart =
        read(
            issuedFirst,
            result("old", M_PROTEIN, "20 g/L", TODAY.minusDays(300)),
            result("new", M_PROTEIN, "20 g/L", TODAY),
            issuedLater,
            afternoon);
    assertThat(ids(chart, "Observation"))
        .containsExactly("new", "afternoon", "issued-later", "issued-first", "old");
  }

  @Test
  void theOrderOfTheInputMakesNoDifference() {
    Random random = new Random(20260215);
    List<Resource> record = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      LocalDate day = TODAY.minusDays(random.nextInt(12));
      String code = List.of(HAEMOGLOBIN, CREATININE, M_PROTEIN).get(random.nextInt(3));
      String unit =
          List.of("g/dL", "umol/L", "g/L")
              .get(List.of(HAEMOGLOBIN, CREATININE, M_PROTEIN).indexOf(code));
      record.add(result("o" + i, code, 12 + random.nextInt(6) + " " + unit, day));
      record.add(fact("f" + i, day, random.nextBoolean()));
    }
    Chart first = read(OtherPatient.REPORT, record, List.of());
    String expected = json(first);
    Set<Unused> unused = Set.copyOf(first.unused());
    for (int round = 0; round < 50; round++) {
      Collections.shuffle(record, random);
      Chart chart = read(OtherPatient.REPORT, record, List.of());
      assertThat(json(chart)).isEqualTo(expected);
      assertThat(Set.copyOf(chart.unused())).isEqualTo(unused);
    }
  }

  // ---- codes and references ----

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "http://hl7.org/fhir/sid/icd-10, C88.0, waldenstrom",
    "http://hl7.org/fhir/sid/icd-10-no, C880, waldenstrom",
    "urn:oid:2.16.578.1.12.4.1.1.7110, C88.0, waldenstrom"
  })
  void aSystemUnderAnotherNameIsFound(String system, String code, String valueSet) {
    Condition condition = condition("c", code);
    condition.getCode().getCodingFirstRep().setSystem(system);
    assertThat(read(condition).inValueSet("Condition", url(valueSet))).hasSize(1);
  }

  @Test
  void aResultUnderAnotherSystemNameIsConvertedToo() {
    Observation observation = result("o", "NOR05172", "110 g/L");
    observation
        .getCode()
        .getCodingFirstRep()
        .setSystem("http://ehelse.no/fhir/CodeSystem/no-kodeverk-7280-nlk");
    Chart chart = read(observation);
    assertThat(chart.inValueSet("Observation", url("hemoglobin"))).hasSize(1);
    assertThat(value(chart)).isEqualTo("11 g/dL");
  }

  @Test
  void aCodingWithoutSystemNeverMatches() {
    Observation observation = result("o", HAEMOGLOBIN, "110 g/L");
    observation.getCode().getCodingFirstRep().setSystem(null);
    Chart chart = read(observation);
    assertThat(chart.all("Observation")).hasSize(1);
    assertThat(chart.inValueSet("Observation", url("hemoglobin"))).isEmpty();
  }

  @Test
  void twoCodingsOfOneResourceFindItOnce() {
    Observation observation = result("o", HAEMOGLOBIN, "11 g/dL");
    observation.getCode().addCoding(new Coding(LOINC, "20509-6", null));
    Chart chart = read(observation);
    assertThat(chart.inValueSet("Observation", url("hemoglobin"))).hasSize(1);
    assertThat(chart.withCode("Observation", LOINC, "20509-6")).hasSize(1);
    assertThat(chart.withCode("Observation", LOINC, HAEMOGLOBIN)).hasSize(1);
  }

  @Test
  void aContainedMedicationIsRead() {
    MedicationRequest order = order("m", "L04AX04");
    Medication medication = new Medication();
    medication.setId("#drug");
    medication.setCode(drug("L04AX04"));
    order.addContained(medication);
    order.setMedication(new Reference("#drug"));
    assertThat(read(order).inValueSet("MedicationRequest", url("lenalidomide"))).hasSize(1);
  }

  @Test
  void aMedicationInTheDataIsReadForEachOfTheThreeTypes() {
    Medication medication = new Medication();
    medication.setId("drug");
    medication.setCode(drug("L04AX04"));
    Reference reference = new Reference("Medication/drug");
    MedicationRequest request = order("r", "L04AX04");
    request.setMedication(reference.copy());
    MedicationStatement statement = new MedicationStatement();
    statement.setId("s");
    statement.setSubject(new Reference("Patient/p"));
    statement.setStatus(MedicationStatement.MedicationStatementStatus.ACTIVE);
    statement.setMedication(reference.copy());
    MedicationAdministration given = new MedicationAdministration();
    given.setId("a");
    given.setSubject(new Reference("Patient/p"));
    given.setStatus(MedicationAdministration.MedicationAdministrationStatus.COMPLETED);
    given.setMedication(reference.copy());
    // The medication may come last.
    Chart chart = read(request, statement, given, medication);
    for (String type :
        List.of("MedicationRequest", "MedicationStatement", "MedicationAdministration")) {
      assertThat(chart.inValueSet(type, url("lenalidomide"))).as(type).hasSize(1);
    }
  }

  @Test
  void aMedicationThatIsNotGivenLeavesTheOrderAsItIs() {
    MedicationRequest order = order("m", "L04AX04");
    order.setMedication(new Reference("Medication/elsewhere"));
    Chart chart = read(order);
    assertThat(chart.all("MedicationRequest")).hasSize(1);
    assertThat(chart.inValueSet("MedicationRequest", url("lenalidomide"))).isEmpty();
  }

  // ---- drafts ----

  @Test
  void aDraftOrderIsADraftAndComesBackAsItWasReceived() {
    MedicationRequest order = order("m", "L04AX04");
    order.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    order.setAuthoredOnElement(new DateTimeType("2026-03-01"));
    order.addExtension("https://example.org/own", new StringType("kept"));
    ServiceRequest test = new ServiceRequest();
    test.setId("s");
    test.setStatus(ServiceRequest.ServiceRequestStatus.ACTIVE);
    String before = json(order);
    Chart chart = read(OtherPatient.REFUSE, List.of(patient()), List.of(order, test));
    assertThat(((MedicationRequest) chart.all("MedicationRequest").get(0)).getStatus())
        .isEqualTo(MedicationRequest.MedicationRequestStatus.DRAFT);
    assertThat(((ServiceRequest) chart.all("ServiceRequest").get(0)).getStatus())
        .isEqualTo(ServiceRequest.ServiceRequestStatus.DRAFT);
    assertThat(chart.originalOrder("MedicationRequest/m")).containsSame(order);
    assertThat(json(order)).isEqualTo(before);
    assertThat(chart.unused()).isEmpty();
  }

  /** An order that is stopped is not about to be given; one entered in error is no order. */
  @Test
  void anOrderThatIsBeingStoppedIsNotOneThatIsGiven() {
    List<MedicationRequest> orders =
        Stream.of("stopped", "cancelled", "draft", "entered-in-error")
            .map(
                status -> {
                  MedicationRequest order = order(status, "L04AX04");
                  order.setStatus(MedicationRequest.MedicationRequestStatus.fromCode(status));
                  return order;
                })
            .toList();
    Chart chart = read(OtherPatient.REFUSE, List.of(patient()), orders);
    assertThat(
            chart.all("MedicationRequest").stream()
                .map(MedicationRequest.class::cast)
                .map(order -> order.getIdElement().getIdPart() + " " + order.getDoNotPerform()))
        .containsExactlyInAnyOrder("stopped true", "cancelled true", "draft false");
    assertThat(reasons(chart)).containsExactly(Reason.ENTERED_IN_ERROR);
  }

  /** An order of the record is no draft, and only received orders come back. */
  @Test
  void anOrderOfTheRecordStaysWhatItIs() {
    MedicationRequest order = order("m", "L04AX04");
    order.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    Chart chart = read(order);
    assertThat(((MedicationRequest) chart.all("MedicationRequest").get(0)).getStatus())
        .isEqualTo(MedicationRequest.MedicationRequestStatus.ACTIVE);
    assertThat(chart.originalOrder("MedicationRequest/m")).isEmpty();
  }

  @Test
  void aDraftThatIsNoOrderIsReported() {
    Appointment appointment = new Appointment();
    appointment.setId("a");
    Chart chart = read(OtherPatient.REPORT, List.of(patient()), List.of(appointment));
    assertThat(reasons(chart)).containsExactly(Reason.TYPE);
  }

  // ---- the record itself ----

  @Test
  void whatWasGivenIsNotChanged() {
    Observation wrongUnit = result("wrong-unit", EGFR, "50 mL/min");
    Observation aliased = result("aliased", "NOR05172", "110 g/L");
    aliased
        .getCode()
        .getCodingFirstRep()
        .setSystem("http://helsedir.no/fhir/CodeSystem/no-kodeverk-7280-nlk");
    Observation issued = result("issued", CREATININE, "1 mg/dL");
    issued.setEffective(null);
    issued.setIssuedElement(new InstantType("2026-02-03T08:15:00.000+01:00"));
    issued.addReferenceRange().setHigh(simple("1.2 mg/dL"));
    Observation disagreeing = result("disagreeing", HAEMOGLOBIN, "90 g/L");
    MedicationRequest order = order("m", "L04AX04");
    Medication medication = new Medication();
    medication.setId("#drug");
    medication.setCode(drug("L04AX04"));
    medication.getCode().getCodingFirstRep().setSystem("urn:oid:2.16.578.1.12.4.1.1.7180");
    order.addContained(medication);
    order.setMedication(new Reference("#drug"));
    Condition condition = condition("c", "C880");
    condition.getCode().getCodingFirstRep().setSystem("http://hl7.org/fhir/sid/icd-10");
    MedicationRequest draft = order("d", "L01XG01");
    draft.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    List<Resource> record =
        List.of(patient(), wrongUnit, aliased, issued, disagreeing, order, condition);
    List<Resource> before = record.stream().map(Resource::copy).toList();
    Resource draftBefore = draft.copy();
    Chart chart = read(OtherPatient.REPORT, record, List.of(draft));
    chart.asBundle();
    chart.inValueSet("Condition", url("waldenstrom"));
    for (int i = 0; i < record.size(); i++) {
      assertThat(record.get(i).equalsDeep(before.get(i))).as(before.get(i).getId()).isTrue();
      assertThat(json(record.get(i))).isEqualTo(json(before.get(i)));
    }
    assertThat(draft.equalsDeep(draftBefore)).isTrue();
  }

  @Test
  void aLongRecordIsReadWhole() {
    List<Resource> record = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      record.add(
          result("o" + i, HAEMOGLOBIN, (i % 2 == 0 ? "110 g/L" : "11 kg"), TODAY.minusDays(i)));
    }
    Chart chart = read(OtherPatient.REFUSE, record, List.of());
    assertThat(chart.all("Observation")).hasSize(20_000);
    assertThat(chart.inValueSet("Observation", url("hemoglobin"))).hasSize(20_000);
    assertThat(chart.unused())
        .hasSize(10_000)
        .allMatch(unused -> unused.reason() == Reason.UNKNOWN_UNIT);
    assertThat(ids(chart, "Observation").get(0)).isEqualTo("o0");
    assertThat(ids(chart, "Observation").get(19_999)).isEqualTo("o19999");
  }

  @Test
  void anEmptyRecordIsAChart() {
    assertThatCode(() -> read(OtherPatient.REFUSE, List.of(), List.of()))
        .doesNotThrowAnyException();
    Chart chart = read(OtherPatient.REFUSE, List.of(), List.of());
    assertThat(chart.patient()).isEmpty();
    assertThat(chart.asBundle().getEntry()).isEmpty();
  }

  @Test
  void theChartKnowsWhatWasNotRead() {
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source("p", TODAY, List.of(), List.of(), Set.of("procedures")),
            OtherPatient.REFUSE);
    assertThat(chart.unreadSources()).containsExactly("procedures");
    assertThat(chart.evaluationDate()).isEqualTo(TODAY);
  }

  @Test
  void aProcedureWithoutDateStaysInTheChart() {
    Procedure procedure = new Procedure();
    procedure.setId("x");
    procedure.setSubject(new Reference("Patient/p"));
    procedure.setStatus(Procedure.ProcedureStatus.COMPLETED);
    Chart chart = read(procedure);
    assertThat(chart.all("Procedure")).hasSize(1);
    assertThat(Chart.dayOf(procedure)).isNull();
    assertThat(Chart.referenceOf(procedure)).isEqualTo("Procedure/x");
  }

  // ---- making and reading ----

  private static Chart read(Resource... resources) {
    List<Resource> record = new ArrayList<>(List.of(resources));
    record.add(patient());
    return read(OtherPatient.REPORT, record, List.of());
  }

  private static Chart read(
      OtherPatient other,
      Collection<? extends Resource> record,
      Collection<? extends Resource> drafts) {
    return TestGuideline.ENGINE.chart(
        new ChartReader.Source("p", TODAY, record, drafts, Set.of()), other);
  }

  private static Patient patient() {
    Patient patient = new Patient();
    patient.setId("p");
    patient.setBirthDateElement(new DateType("1961-05-04"));
    return patient;
  }

  private static Observation result(String id, String code, String value) {
    return result(id, code, value, TODAY.minusDays(5));
  }

  private static Observation result(String id, String code, String value, LocalDate day) {
    Observation observation = new Observation();
    observation.setId(id);
    observation.setStatus(Observation.ObservationStatus.FINAL);
    observation.setSubject(new Reference("Patient/p"));
    observation.setCode(new CodeableConcept().addCoding(new Coding(LOINC, code, null)));
    observation.setEffective(new DateTimeType(day.toString()));
    SimpleQuantity parts = simple(value);
    observation.setValue(
        new Quantity()
            .setValue(parts.getValue())
            .setUnit(parts.getUnit())
            .setSystem(UCUM)
            .setCode(parts.getCode()));
    return observation;
  }

  private static Observation fact(String id, LocalDate day, Boolean value) {
    Observation fact = result(id, "", "1 g/dL", day);
    fact.addCategory().addCoding(new Coding(Guideline.FACTS, "mm-fact", null));
    fact.setCode(
        new CodeableConcept()
            .addCoding(new Coding(Guideline.FACTS, "hmas-contraindication", null)));
    fact.setValue(value == null ? null : new BooleanType(value));
    return fact;
  }

  private static Condition condition(String id, String icd10) {
    Condition condition = new Condition();
    condition.setId(id);
    condition.setSubject(new Reference("Patient/p"));
    condition.setCode(
        new CodeableConcept()
            .addCoding(new Coding("urn:oid:2.16.578.1.12.4.1.1.7110", icd10, null)));
    return condition;
  }

  private static MedicationRequest order(String id, String atc) {
    MedicationRequest order = new MedicationRequest();
    order.setId(id);
    order.setSubject(new Reference("Patient/p"));
    order.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    order.setMedication(drug(atc));
    return order;
  }

  private static CodeableConcept drug(String atc) {
    return new CodeableConcept().addCoding(new Coding(ATC, atc, null));
  }

  private static SimpleQuantity simple(String value) {
    int space = value.indexOf(' ');
    SimpleQuantity quantity = new SimpleQuantity();
    quantity.setValue(new BigDecimal(value.substring(0, space)));
    String unit = value.substring(space + 1);
    quantity.setUnit(unit).setSystem(UCUM).setCode(unit);
    return quantity;
  }

  private static Range range(String low, String high) {
    return new Range().setLow(simple(low)).setHigh(simple(high));
  }

  private static String url(String valueSet) {
    return Guideline.BASE + "/ValueSet/mm-" + valueSet;
  }

  private static Observation only(Chart chart) {
    assertThat(chart.all("Observation")).hasSize(1);
    return (Observation) chart.all("Observation").get(0);
  }

  private static String value(Chart chart) {
    return shown(only(chart).getValueQuantity());
  }

  private static String shown(Quantity quantity) {
    assertThat(quantity.getSystem()).isEqualTo(UCUM);
    return quantity.getValue().stripTrailingZeros().toPlainString() + " " + quantity.getCode();
  }

  private static String effective(Chart chart) {
    Type effective = only(chart).getEffective();
    assertThat(effective).isInstanceOf(DateTimeType.class);
    return effective.primitiveValue();
  }

  private static List<String> ids(Chart chart, String type) {
    return chart.all(type).stream().map(each -> each.getIdElement().getIdPart()).toList();
  }

  private static List<Reason> reasons(Chart chart) {
    return chart.unused().stream().map(Unused::reason).toList();
  }

  private static String json(Chart chart) {
    return json(chart.asBundle());
  }

  private static String json(Resource resource) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource);
  }
}
