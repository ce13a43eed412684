package no.marg.demo;

import ca.uhn.fhir.context.FhirContext;
import java.time.Clock;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * Gives the records of today. They are read when first asked for, which keeps the start of the
 * service short, and read again when the day has changed.
 */
@Component
@Profile("!production")
final class DemoCalendar {
  private final FhirContext fhir;
  private final Clock clock;
  private @Nullable DemoRecords latest;

  DemoCalendar(FhirContext fhir, Clock clock) {
    this.fhir = fhir;
    this.clock = clock;
  }

  synchronized DemoRecords today() {
    LocalDate day = LocalDate.now(clock);
    DemoRecords records = latest;
    if (records == null || !records.day().equals(day)) {
      records = DemoRecords.load(fhir, day);
      latest = records;
    }
    return records;
  }
}
