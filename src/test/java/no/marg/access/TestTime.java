package no.marg.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A time that a test moves. */
final class TestTime implements InstantSource {
  private volatile Instant now = Instant.parse("2026-02-15T10:00:00Z");

  @Override
  public Instant instant() {
    return now;
  }

  void pass(Duration time) {
    now = now.plus(time);
  }
}
