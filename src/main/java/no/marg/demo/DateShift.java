package no.marg.demo;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.Resource;

/**
 * Moves the dates of a resource by whole days, so that a record written for one day reads the same
 * on another. The time of day and the precision stay; text, ids and identifiers are not touched.
 */
final class DateShift {
  /** The day the personas were written for. */
  static final LocalDate WRITTEN_FOR = LocalDate.of(2026, 2, 15);

  private final FhirContext fhir;
  private final long days;

  /** A shift that makes records written for {@link #WRITTEN_FOR} current on the day. */
  DateShift(FhirContext fhir, LocalDate day) {
    this.fhir = fhir;
    this.days = ChronoUnit.DAYS.between(WRITTEN_FOR, day);
  }

  /** Moves every date, dateTime and instant in the resource. */
  void apply(Resource resource) {
    if (days == 0) {
      return;
    }
    Set.copyOf(
            fhir.newTerser().getAllPopulatedChildElementsOfType(resource, BaseDateTimeType.class))
        .forEach(date -> date.setValueAsString(shifted(date.getValueAsString())));
  }

  /** The FHIR date, dateTime or instant, moved. A month moves by its middle, as does a year. */
  String shifted(String date) {
    return switch (date.length()) {
      case 4 ->
          Integer.toString(LocalDate.of(Integer.parseInt(date), 7, 1).plusDays(days).getYear());
      case 7 -> YearMonth.from(LocalDate.parse(date + "-15").plusDays(days)).toString();
      default -> LocalDate.parse(date.substring(0, 10)).plusDays(days) + date.substring(10);
    };
  }
}
