package no.marg.smart;

import java.time.Clock;

/**
 * The time of day by which tokens and sessions end. It is apart from the clock of the advice, which
 * a setting can stand still on one day.
 */
record WallClock(Clock clock) {
  /** Milliseconds since 1970. */
  long millis() {
    return clock.millis();
  }
}
