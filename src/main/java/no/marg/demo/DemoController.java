package no.marg.demo;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * What the start page asks about the demonstration: its day, its patients and their draft orders.
 */
@RestController
@RequestMapping("/demo")
@Profile("!production")
final class DemoController {
  private final FhirContext fhir;
  private final DemoCalendar calendar;

  DemoController(FhirContext fhir, DemoCalendar calendar) {
    this.fhir = fhir;
    this.calendar = calendar;
  }

  /**
   * What the page says about itself.
   *
   * @param evaluationDate the day the records are current on
   * @param version version of the service; null when it was not started from its archive
   */
  record Info(LocalDate evaluationDate, @Nullable String version) {}

  /** A set of draft orders: its id, patient and title. */
  record OrderSummary(String id, String patient, String title) {}

  /** The day and version. */
  @GetMapping(path = "/info", produces = MediaType.APPLICATION_JSON_VALUE)
  Info info() {
    return new Info(
        calendar.today().day(), DemoController.class.getPackage().getImplementationVersion());
  }

  /** The patients. */
  @GetMapping(path = "/personas", produces = MediaType.APPLICATION_JSON_VALUE)
  String personas() {
    return calendar.today().index();
  }

  /** The sets of draft orders. */
  @GetMapping(path = "/orders", produces = MediaType.APPLICATION_JSON_VALUE)
  List<OrderSummary> orders() {
    return calendar.today().orders().stream()
        .map(order -> new OrderSummary(order.id(), order.patient(), order.title()))
        .toList();
  }

  /** The draft orders of a set, as the Bundle that a hook carries. */
  @GetMapping("/orders/{id}")
  ResponseEntity<String> order(@PathVariable String id) {
    return ResponseEntity.ok()
        .contentType(MediaType.parseMediaType("application/fhir+json;charset=UTF-8"))
        .body(
            calendar
                .today()
                .order(id)
                .map(order -> fhir.newJsonParser().encodeResourceToString(order.bundle()))
                .orElseThrow(() -> DemoRequestException.notFound("There are no such orders")));
  }

  @ExceptionHandler(DemoRequestException.class)
  @ResponseStatus(HttpStatus.NOT_FOUND)
  void notFound() {}
}
