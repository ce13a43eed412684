package no.marg.operations;

import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.time.LocalDate;
import java.time.Year;
import java.time.YearMonth;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * The period of a report.
 *
 * @param evaluated the day on which the record is judged: the last of the period, or today while
 *     the period still runs, unless the call names another day of it
 */
record ReportPeriod(LocalDate start, LocalDate end, LocalDate evaluated) {

  /**
   * Reads the period.
   *
   * @throws InvalidRequestException if a day is missing or no date, or they contradict each other
   */
  static ReportPeriod of(Inputs inputs, LocalDate today) {
    LocalDate start = day("periodStart", inputs.text("periodStart"), false);
    LocalDate end = day("periodEnd", inputs.text("periodEnd"), true);
    if (end.isBefore(start)) {
      throw new InvalidRequestException("periodEnd is before periodStart");
    }
    LocalDate given = inputs.givenEvaluationDate();
    LocalDate evaluated = given != null ? given : end.isAfter(today) ? today : end;
    if (evaluated.isBefore(start)) {
      throw new InvalidRequestException(
          given == null
              ? "The period has not begun"
              : "The evaluation date is before the period begins");
    }
    if (evaluated.isAfter(end)) {
      throw new InvalidRequestException("The evaluation date is after the period ends");
    }
    return new ReportPeriod(start, end, evaluated);
  }

  /** A year or month stands for its first day, or at the end of the period for its last. */
  private static LocalDate day(String name, @Nullable String text, boolean last) {
    if (text == null) {
      throw new InvalidRequestException("Parameter " + name + " is missing");
    }
    try {
      return switch (text.length()) {
        case 4 -> last ? Year.parse(text).atMonth(12).atEndOfMonth() : Year.parse(text).atDay(1);
        case 7 -> last ? YearMonth.parse(text).atEndOfMonth() : YearMonth.parse(text).atDay(1);
        default -> LocalDate.parse(text);
      };
    } catch (DateTimeParseException e) {
      throw new InvalidRequestException(name + " must be a date (YYYY-MM-DD, YYYY-MM or YYYY)");
    }
  }
}
