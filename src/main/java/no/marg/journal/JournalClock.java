package no.marg.journal;

import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * The time things really happened. Not the clock of advice, which a setting can fix to a day.
 *
 * @param clock gives the time
 */
record JournalClock(Clock clock) {
  /** Now, in UTC, as exact as every database keeps it. */
  OffsetDateTime now() {
    return clock.instant().atOffset(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
  }
}
