package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DateShiftTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();

  @ParameterizedTest(name = "{0} becomes {1}")
  @CsvSource({
    "2026-02-13, 2026-02-23",
    "2026-02-23, 2026-03-05",
    "2024-02-20, 2024-03-01",
    "2026-02-13T08:15:00+01:00, 2026-02-23T08:15:00+01:00",
    "2026-02-13T23:59:59.123Z, 2026-02-23T23:59:59.123Z",
    "2026-01, 2026-01",
    "2025, 2025"
  })
  void movesByWholeDaysAndKeepsTimeAndPrecision(String date, String expected) {
    DateShift tenDays = new DateShift(FHIR, DateShift.WRITTEN_FOR.plusDays(10));
    assertThat(tenDays.shifted(date)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} becomes {1}")
  @CsvSource({"2026-01, 2027-01", "2025, 2026", "2026-02-15, 2027-02-15"})
  void movesCoarseDatesByAYear(String date, String expected) {
    DateShift year = new DateShift(FHIR, DateShift.WRITTEN_FOR.plusDays(365));
    assertThat(year.shifted(date)).isEqualTo(expected);
  }

  @Test
  void movesDatesAtEveryDepthAndNothingElse() {
    Observation observation = new Observation();
    observation.setId("hb-2026-02-13");
    observation.setEffective(new Period());
    observation.getEffectivePeriod().getStartElement().setValueAsString("2026-02-13");
    observation.getIssuedElement().setValueAsString("2026-02-13T11:15:00+01:00");
    observation.setValue(new StringType("2026-02-13"));
    new DateShift(FHIR, LocalDate.of(2026, 2, 14)).apply(observation);
    assertThat(observation.getEffectivePeriod().getStartElement().getValueAsString())
        .isEqualTo("2026-02-12");
    assertThat(observation.getIssuedElement().getValueAsString())
        .isEqualTo("2026-02-12T11:15:00+01:00");
    assertThat(observation.getValueStringType().getValue()).isEqualTo("2026-02-13");
    assertThat(observation.getIdElement().getIdPart()).isEqualTo("hb-2026-02-13");
  }

  @Test
  void movesTheBirthDateSoThatThePatientKeepsTheAge() {
    Patient patient = new Patient();
    patient.getBirthDateElement().setValueAsString("1959-12-04");
    patient.addIdentifier().setValue("04125936141");
    new DateShift(FHIR, DateShift.WRITTEN_FOR.plusDays(30)).apply(patient);
    assertThat(patient.getBirthDateElement().getValueAsString()).isEqualTo("1960-01-03");
    assertThat(patient.getIdentifierFirstRep().getValue()).isEqualTo("04125936141");
  }
}
