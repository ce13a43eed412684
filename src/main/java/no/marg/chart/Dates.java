package no.marg.chart;

import ca.uhn.fhir.context.FhirContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.hl7.fhir.r4.model.AllergyIntolerance;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Immunization;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.MedicationAdministration;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.MedicationStatement;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.Procedure;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.Type;
import org.jspecify.annotations.Nullable;

/** The date that orders a record, by resource type. */
final class Dates {
  private Dates() {}

  /** When the content of a resource is true; null when it does not say. */
  static @Nullable BaseDateTimeType of(Resource resource) {
    if (resource instanceof Observation o) {
      BaseDateTimeType effective = end(o.getEffective());
      return effective != null ? effective : value(o.getIssuedElement());
    } else if (resource instanceof DiagnosticReport r) {
      BaseDateTimeType effective = end(r.getEffective());
      return effective != null ? effective : value(r.getIssuedElement());
    } else if (resource instanceof Condition c) {
      BaseDateTimeType recorded = value(c.getRecordedDateElement());
      return recorded != null ? recorded : start(c.getOnset());
    } else if (resource instanceof MedicationRequest m) {
      return value(m.getAuthoredOnElement());
    } else if (resource instanceof MedicationStatement m) {
      BaseDateTimeType effective = start(m.getEffective());
      return effective != null ? effective : value(m.getDateAssertedElement());
    } else if (resource instanceof MedicationAdministration m) {
      return start(m.getEffective());
    } else if (resource instanceof Procedure p) {
      return end(p.getPerformed());
    } else if (resource instanceof Immunization i) {
      return start(i.getOccurrence());
    } else if (resource instanceof CarePlan c) {
      BaseDateTimeType begin = value(c.getPeriod().getStartElement());
      return begin != null ? begin : value(c.getCreatedElement());
    } else if (resource instanceof AllergyIntolerance a) {
      return value(a.getRecordedDateElement());
    } else if (resource instanceof ServiceRequest s) {
      return value(s.getAuthoredOnElement());
    }
    return null;
  }

  private static @Nullable BaseDateTimeType end(@Nullable Type type) {
    if (type instanceof Period period) {
      BaseDateTimeType last = value(period.getEndElement());
      return last != null ? last : value(period.getStartElement());
    }
    return start(type);
  }

  private static @Nullable BaseDateTimeType start(@Nullable Type type) {
    if (type instanceof Period period) {
      return value(period.getStartElement());
    }
    return type instanceof BaseDateTimeType date ? value(date) : null;
  }

  private static @Nullable BaseDateTimeType value(BaseDateTimeType date) {
    return date.getValue() == null ? null : date;
  }

  /** Takes away every date of a resource that can not be read as one. */
  static void removeBroken(Resource resource) {
    for (BaseDateTimeType date :
        FhirContext.forR4Cached()
            .newTerser()
            .getAllPopulatedChildElementsOfType(resource, BaseDateTimeType.class)) {
      String text = date.getValueAsString();
      // Digits of another script are numbers to the parser, and no date to the calendar.
      if (text != null
          && (date.getValue() == null || !text.chars().allMatch(c -> c > ' ' && c < 127))) {
        date.setValueAsString(null);
      }
    }
  }

  /** The first day the date can mean, in the local time of the record. */
  static LocalDate firstDay(BaseDateTimeType date) {
    String text = date.getValueAsString();
    return switch (text.length()) {
      case 4 -> LocalDate.of(Integer.parseInt(text), 1, 1);
      case 7 -> LocalDate.parse(text + "-01");
      default -> day(text);
    };
  }

  /** As {@link LocalDate#parse}, which takes much longer for the one form that all dates have. */
  private static LocalDate day(String text) {
    boolean usual = text.charAt(4) == '-' && text.charAt(7) == '-';
    for (int i = 0; i < 10 && usual; i++) {
      usual = i == 4 || i == 7 || (text.charAt(i) >= '0' && text.charAt(i) <= '9');
    }
    return usual
        ? LocalDate.of(
            Integer.parseInt(text, 0, 4, 10),
            Integer.parseInt(text, 5, 7, 10),
            Integer.parseInt(text, 8, 10, 10))
        : LocalDate.parse(text.substring(0, 10));
  }

  /** Whether the date has a time of day. */
  static boolean hasTime(BaseDateTimeType date) {
    return date.getValueAsString().length() > 10;
  }

  /** A point for ordering: the instant, or the start of the first day the date can mean. */
  static Instant point(@Nullable BaseDateTimeType date, ZoneId zone) {
    if (date == null) {
      return Instant.MIN;
    }
    return hasTime(date)
        ? date.getValue().toInstant()
        : firstDay(date).atStartOfDay(zone).toInstant();
  }

  /** The date as a FHIR dateTime, as the logic reads it. */
  static DateTimeType asDateTime(BaseDateTimeType date) {
    if (date instanceof DateTimeType dateTime) {
      return dateTime;
    }
    return date instanceof InstantType
        ? new DateTimeType(date.getValueAsString())
        : new DateTimeType(
            date.getValue(), date.getPrecision(), java.util.TimeZone.getTimeZone(ZoneOffset.UTC));
  }
}
