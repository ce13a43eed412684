package no.marg.journal;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Reports to those who run the service: how recommendations were received, and, apart from it and
 * only where a setting allows, what was written in free words.
 */
@RestController
final class FeedbackReportController {
  private static final int DAYS = 30;
  private static final int MOST_COMMENTS = 1000;
  private static final MediaType CSV = MediaType.parseMediaType("text/csv;charset=UTF-8");

  private final FeedbackReader reader;
  private final JournalClock now;
  private final Clock hospital;
  private final boolean commentsReadable;

  FeedbackReportController(
      FeedbackReader reader, JournalClock now, Clock hospital, JournalSettings settings) {
    this.reader = reader;
    this.now = now;
    this.hospital = hospital;
    this.commentsReadable = settings.commentsReadable();
  }

  private record Period(LocalDate from, LocalDate to) {}

  /** The report as JSON; without days that of the last 30. */
  @GetMapping(path = "/admin/feedback-report", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<FeedbackReport> json(
      @RequestParam @Nullable String from, @RequestParam @Nullable String to) {
    return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(report(from, to));
  }

  /** The report as a table. */
  @GetMapping(path = "/admin/feedback-report.csv")
  ResponseEntity<String> csv(
      @RequestParam @Nullable String from, @RequestParam @Nullable String to) {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .contentType(CSV)
        .header("Content-Disposition", "attachment; filename=\"feedback-report.csv\"")
        .body(report(from, to).csv());
  }

  /** What was written in free words; 404 unless {@code marg.journal.comments-readable}. */
  @GetMapping(path = "/admin/feedback-comments", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Map<String, List<FeedbackReader.Comment>>> comments(
      @RequestParam @Nullable String from, @RequestParam @Nullable String to) {
    if (!commentsReadable) {
      return ResponseEntity.notFound().build();
    }
    Period period = period(from, to);
    return ResponseEntity.ok()
        .cacheControl(CacheControl.noStore())
        .body(
            Map.of(
                "comments",
                reader.comments(period.from(), period.to(), hospital.getZone(), MOST_COMMENTS)));
  }

  private FeedbackReport report(@Nullable String from, @Nullable String to) {
    Period period = period(from, to);
    return reader.report(period.from(), period.to(), hospital.getZone());
  }

  private Period period(@Nullable String from, @Nullable String to) {
    try {
      LocalDate last =
          to == null
              ? now.now().atZoneSameInstant(hospital.getZone()).toLocalDate()
              : LocalDate.parse(to);
      LocalDate first = from == null ? last.minusDays(DAYS - 1) : LocalDate.parse(from);
      if (first.isAfter(last)) {
        throw new BadPeriodException();
      }
      return new Period(first, last);
    } catch (DateTimeException e) {
      throw new BadPeriodException();
    }
  }
}
