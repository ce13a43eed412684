package no.marg.calendar;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import net.fortuna.ical4j.data.CalendarOutputter;
import net.fortuna.ical4j.model.Calendar;
import net.fortuna.ical4j.model.component.VEvent;
import net.fortuna.ical4j.model.property.DtEnd;
import net.fortuna.ical4j.model.property.DtStamp;
import net.fortuna.ical4j.model.property.DtStart;
import net.fortuna.ical4j.model.property.ProdId;
import net.fortuna.ical4j.model.property.Summary;
import net.fortuna.ical4j.model.property.Uid;
import net.fortuna.ical4j.model.property.immutable.ImmutableCalScale;
import net.fortuna.ical4j.model.property.immutable.ImmutableVersion;

/**
 * A cycle as iCalendar (RFC 5545): one all-day event for each run of days of a drug. It names no
 * patient, weight or height. Alternatives are left out.
 */
final class ICalendar {
  private ICalendar() {}

  /**
   * The calendar as text.
   *
   * @param made when it was made
   * @param language that of the cycle
   */
  static String of(CycleCalendar cycle, Instant made, String language) {
    Calendar calendar = new Calendar();
    calendar.add(new ProdId("-//Marg//Cycle calendar//NO"));
    calendar.add(ImmutableVersion.VERSION_2_0);
    calendar.add(ImmutableCalScale.GREGORIAN);
    for (CycleCalendar.Row row : cycle.rows()) {
      if (!row.isAlternative()) {
        runs(row.dates()).forEach(run -> calendar.add(event(row, run, made, language)));
      }
    }
    StringWriter text = new StringWriter();
    try {
      new CalendarOutputter().output(calendar, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static VEvent event(
      CycleCalendar.Row row, List<LocalDate> run, Instant made, String language) {
    LocalDate first = run.get(0);
    VEvent event = new VEvent(false);
    // New in each file: the cycle of another patient must never replace this one in a calendar.
    event.add(new Uid(UUID.randomUUID() + "@marg"));
    event.add(new DtStamp(made));
    event.add(new DtStart<>(first));
    event.add(new DtEnd<>(run.get(run.size() - 1).plusDays(1)));
    event.add(new Summary(summary(row, language)));
    return event;
  }

  private static String summary(CycleCalendar.Row row, String language) {
    StringBuilder summary = new StringBuilder();
    if (row.isOpen()) {
      // The rhythm is in the words of the order only.
      return (language.equals("en") ? "From today: " : "Fra i dag: ")
          + (row.text().isEmpty() ? row.name() : row.text());
    }
    summary.append(row.name()).append(' ').append(row.ordered());
    if (!row.calculated().isEmpty()) {
      summary.append(" = ").append(row.calculated());
    }
    if (row.timesPerDay() > 1) {
      summary.append(" × ").append(row.timesPerDay());
    }
    if (!row.route().isEmpty()) {
      summary.append(' ').append(row.route());
    }
    return summary.toString().strip();
  }

  /** Days that follow each other make one event. */
  private static List<List<LocalDate>> runs(List<LocalDate> dates) {
    List<List<LocalDate>> runs = new ArrayList<>();
    for (LocalDate date : dates) {
      List<LocalDate> last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last.get(last.size() - 1).plusDays(1).equals(date)) {
        last.add(date);
      } else {
        runs.add(new ArrayList<>(List.of(date)));
      }
    }
    return runs;
  }
}
