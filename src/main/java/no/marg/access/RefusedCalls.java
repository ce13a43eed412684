package no.marg.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Calls that were refused for their token, in the database: when, at which part of the service,
 * why, and which registered issuer the token named. They are counted and not listed, since anybody
 * can send as many as the disk holds: all that a row is made of is known before the call comes.
 */
final class RefusedCalls {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedCalls.class);
  private static final String NONE = "-";
  private static final int LONGEST_ISSUER = 255;

  private final JdbcClient database;
  private final InstantSource time;
  private final Duration retention;
  private final Map<Kind, Counted> waiting = new ConcurrentHashMap<>();

  private record Kind(Instant hour, Area area, Refusal reason, String issuer) {}

  private record Counted(long calls, Instant first, Instant last) {
    Counted and(Counted later) {
      return new Counted(calls + later.calls, first, later.last);
    }
  }

  RefusedCalls(JdbcClient database, InstantSource time, Duration retention) {
    this.database = database;
    this.time = time;
    this.retention = retention;
  }

  /**
   * Counts a refusal; it is written later.
   *
   * @param issuer the registered issuer that the token names; null when it names none
   */
  void add(Area area, Refusal reason, @Nullable String issuer) {
    Instant now = time.instant();
    String named = issuer == null ? NONE : issuer;
    waiting.merge(
        new Kind(
            now.truncatedTo(ChronoUnit.HOURS),
            area,
            reason,
            named.substring(0, Math.min(named.length(), LONGEST_ISSUER))),
        new Counted(1, now, now),
        Counted::and);
  }

  /** Writes what was counted; what the database does not take waits for the next time. */
  void write() {
    for (Kind kind : waiting.keySet()) {
      Counted counted = waiting.remove(kind);
      if (counted == null) {
        continue;
      }
      try {
        store(kind, counted);
      } catch (DataAccessException e) {
        waiting.merge(kind, counted, (newer, older) -> older.and(newer));
        LOG.warn("refused calls could not be recorded: {}", e.getClass().getSimpleName());
        return;
      }
    }
  }

  private void store(Kind kind, Counted counted) {
    if (added(kind, counted)) {
      return;
    }
    try {
      database
          .sql(
              "insert into access_refused_call (from_hour, area, reason, claimed_issuer, calls,"
                  + " first_call, last_call) values (?,?,?,?,?,?,?)")
          .params(
              at(kind.hour()),
              kind.area().name(),
              kind.reason().name(),
              kind.issuer(),
              counted.calls(),
              at(counted.first()),
              at(counted.last()))
          .update();
    } catch (DuplicateKeyException e) {
      // Another copy of the service was first.
      added(kind, counted);
    }
  }

  private boolean added(Kind kind, Counted counted) {
    return database
            .sql(
                "update access_refused_call set calls = calls + ?, first_call = least(first_call, ?),"
                    + " last_call = greatest(last_call, ?)"
                    + " where from_hour = ? and area = ? and reason = ? and claimed_issuer = ?")
            .params(
                counted.calls(),
                at(counted.first()),
                at(counted.last()),
                at(kind.hour()),
                kind.area().name(),
                kind.reason().name(),
                kind.issuer())
            .update()
        > 0;
  }

  /** Removes what is older than calls are kept. */
  void forget() {
    try {
      database
          .sql("delete from access_refused_call where from_hour < ?")
          .param(at(time.instant().minus(retention)))
          .update();
    } catch (DataAccessException e) {
      LOG.warn("old refused calls could not be removed: {}", e.getClass().getSimpleName());
    }
  }

  private static OffsetDateTime at(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
