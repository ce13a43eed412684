package no.marg.calendar;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import java.time.Clock;
import java.time.DateTimeException;
import org.hl7.fhir.r4.model.CarePlan;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Turns the CarePlan of an applied cycle into a calendar: {@code POST /calendar}. Nothing is kept.
 * A body that is no CarePlan is a 400, a file of a cycle that is not whole a 422.
 */
@RestController
final class CalendarController {
  private static final String ICS = "text/calendar;charset=UTF-8";

  private final FhirContext fhir;
  private final Clock clock;

  CalendarController(FhirContext fhir, Clock clock) {
    this.fhir = fhir;
    this.clock = clock;
  }

  /** As JSON, for a page. */
  @PostMapping(
      path = "/calendar",
      consumes = {"application/fhir+json", MediaType.APPLICATION_JSON_VALUE},
      produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<CycleCalendar> json(
      @RequestBody String body,
      @RequestHeader(name = "Accept-Language", defaultValue = "nb") String accepted) {
    CycleCalendar calendar = read(body, language(accepted));
    return calendar == null ? ResponseEntity.badRequest().build() : ResponseEntity.ok(calendar);
  }

  /** As iCalendar, for a calendar application. */
  @PostMapping(
      path = "/calendar",
      consumes = {"application/fhir+json", MediaType.APPLICATION_JSON_VALUE},
      produces = "text/calendar")
  ResponseEntity<String> ics(
      @RequestBody String body,
      @RequestHeader(name = "Accept-Language", defaultValue = "nb") String accepted) {
    CycleCalendar calendar = read(body, language(accepted));
    if (calendar != null && !calendar.problems().isEmpty()) {
      // A file without the drug that could not be dosed would look like the whole cycle.
      return ResponseEntity.unprocessableContent().build();
    }
    return calendar == null
        ? ResponseEntity.badRequest().build()
        : ResponseEntity.ok()
            .contentType(MediaType.parseMediaType(ICS))
            .header("Content-Disposition", "attachment; filename=\"kur.ics\"")
            .body(ICalendar.of(calendar, clock.instant(), language(accepted)));
  }

  private static String language(String accepted) {
    return accepted.trim().startsWith("en") ? "en" : "nb";
  }

  private @org.jspecify.annotations.Nullable CycleCalendar read(String body, String language) {
    try {
      return CycleCalendar.of(fhir.newJsonParser().parseResource(CarePlan.class, body), language);
    } catch (DataFormatException | ClassCastException | DateTimeException e) {
      return null;
    }
  }
}
