package no.marg.app;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import no.marg.app.PatientRecords.PatientRecord;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A record as it would be with other values. What is changed stands in the place of what the record
 * holds; nothing is written anywhere.
 */
final class Hypothesis {
  private Hypothesis() {}

  /**
   * The changed record.
   *
   * @param age years the patient would have; null for as they are
   */
  static PatientRecord of(
      PatientRecord record, List<Observation> changes, @Nullable Integer age, LocalDate today) {
    List<Resource> resources = new ArrayList<>();
    for (Resource resource : record.resources()) {
      if (resource instanceof Patient patient && age != null) {
        Patient older = patient.copy();
        older.setBirthDateElement(new DateType(today.minusYears(age).toString()));
        resources.add(older);
      } else if (!(resource instanceof Observation observation)
          || changes.stream().noneMatch(change -> replaces(change, observation, today))) {
        resources.add(resource);
      }
    }
    resources.addAll(changes);
    return new PatientRecord(record.patientId(), resources, record.unread());
  }

  /** A stated fact replaces all of its kind; a measured result those of the same day. */
  private static boolean replaces(Observation change, Observation recorded, LocalDate today) {
    if (change.getCode().getCoding().stream().noneMatch(coding -> has(recorded, coding))) {
      return false;
    }
    if (change.hasComponent()) {
      return false;
    }
    return !change.hasValueQuantity()
        || recorded.hasEffectiveDateTimeType()
            && recorded.getEffectiveDateTimeType().getValueAsString().startsWith(today.toString());
  }

  private static boolean has(Observation recorded, Coding coding) {
    return recorded.getCode().getCoding().stream()
        .anyMatch(
            each ->
                coding.getCode().equals(each.getCode())
                    && coding.getSystem().equals(each.getSystem()));
  }
}
