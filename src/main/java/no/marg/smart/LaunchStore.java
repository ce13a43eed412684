package no.marg.smart;

import java.time.Duration;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The sessions of the app, in the database that all copies of the service share. Ids and cookies
 * are stored as hashes, content is sealed. A row belongs to one browser and one launch.
 */
final class LaunchStore {
  /** How long an authorization may take, from the launch to the way back. */
  static final Duration PENDING = Duration.ofMinutes(10);

  private static final Duration TOUCH = Duration.ofMinutes(1);

  private final JdbcClient jdbc;
  private final Sealer sealer;
  private final WallClock clock;
  private final Duration idle;
  private final Duration longest;

  LaunchStore(JdbcClient jdbc, Sealer sealer, SmartSettings settings, WallClock clock) {
    this.jdbc = jdbc;
    this.sealer = sealer;
    this.clock = clock;
    this.idle = settings.idleTimeout();
    this.longest = settings.longestSession();
  }

  /** A launch as it was found; the version tells whether tokens were renewed in between. */
  record Held(Grant grant, int version) {}

  private record Row(String content, int version, long created, long used) {}

  /** Keeps an authorization that is under way, under its state. */
  void begin(String state, String browserHash, Pending pending) {
    purge();
    String row = Secrets.hash(state);
    jdbc.sql(
            "INSERT INTO smart_pending (state_hash, browser_hash, created, content)"
                + " VALUES (?, ?, ?, ?)")
        .params(row, browserHash, clock.millis(), sealer.seal(row + browserHash, pending))
        .update();
  }

  /**
   * The authorization begun with this state, once: a second call, also of another copy of the
   * service, gets nothing. Nothing either for another browser, or too late.
   */
  Optional<Pending> take(String state, String browserHash) {
    String row = Secrets.hash(state);
    Optional<String> content =
        jdbc.sql(
                "SELECT content FROM smart_pending"
                    + " WHERE state_hash = ? AND browser_hash = ? AND created > ?")
            .params(row, browserHash, clock.millis() - PENDING.toMillis())
            .query(String.class)
            .optional();
    int taken =
        jdbc.sql("DELETE FROM smart_pending WHERE state_hash = ? AND browser_hash = ?")
            .params(row, browserHash)
            .update();
    return taken == 1
        ? content.flatMap(text -> sealer.open(row + browserHash, text, Pending.class))
        : Optional.empty();
  }

  /** Keeps a new launch. */
  void add(String launchId, String browserHash, Grant grant) {
    purge();
    String row = Secrets.hash(launchId);
    long now = clock.millis();
    jdbc.sql(
            "INSERT INTO smart_launch"
                + " (id_hash, browser_hash, created, last_used, version, renewing_until, content)"
                + " VALUES (?, ?, ?, ?, 0, 0, ?)")
        .params(row, browserHash, now, now, sealer.seal(row + browserHash, grant))
        .update();
  }

  /** The launch, if it is this browser's and has not timed out. */
  Optional<Held> find(String launchId, String browserHash) {
    String row = Secrets.hash(launchId);
    long now = clock.millis();
    Optional<Row> found =
        jdbc.sql(
                "SELECT content, version, created, last_used FROM smart_launch"
                    + " WHERE id_hash = ? AND browser_hash = ?")
            .params(row, browserHash)
            .query(
                (result, number) ->
                    new Row(
                        result.getString("content"),
                        result.getInt("version"),
                        result.getLong("created"),
                        result.getLong("last_used")))
            .optional();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    if (found.get().used() < now - idle.toMillis()
        || found.get().created() < now - longest.toMillis()) {
      remove(launchId, browserHash);
      return Optional.empty();
    }
    if (found.get().used() < now - TOUCH.toMillis()) {
      jdbc.sql("UPDATE smart_launch SET last_used = ? WHERE id_hash = ?").params(now, row).update();
    }
    return sealer
        .open(row + browserHash, found.get().content(), Grant.class)
        .map(grant -> new Held(grant, found.get().version()));
  }

  /**
   * Claims the right to renew the tokens of a launch that still has this version. Of all tabs and
   * copies of the service one gets it, until the time is over.
   */
  boolean claimRenewal(String launchId, int version, Duration within) {
    long now = clock.millis();
    return jdbc.sql(
                "UPDATE smart_launch SET renewing_until = ?"
                    + " WHERE id_hash = ? AND version = ? AND renewing_until < ?")
            .params(now + within.toMillis(), Secrets.hash(launchId), version, now)
            .update()
        == 1;
  }

  /** Replaces the tokens of a launch. */
  void renew(String launchId, String browserHash, Grant grant) {
    String row = Secrets.hash(launchId);
    jdbc.sql(
            "UPDATE smart_launch SET content = ?, version = version + 1, renewing_until = 0"
                + " WHERE id_hash = ? AND browser_hash = ?")
        .params(sealer.seal(row + browserHash, grant), row, browserHash)
        .update();
  }

  /** Gives the right to renew back. */
  void releaseRenewal(String launchId) {
    jdbc.sql("UPDATE smart_launch SET renewing_until = 0 WHERE id_hash = ?")
        .params(Secrets.hash(launchId))
        .update();
  }

  /** Ends a launch and its tokens. */
  void remove(String launchId, String browserHash) {
    jdbc.sql("DELETE FROM smart_launch WHERE id_hash = ? AND browser_hash = ?")
        .params(Secrets.hash(launchId), browserHash)
        .update();
  }

  /** Whether the browser has anything here. */
  boolean knows(String browserHash) {
    return jdbc.sql(
                "SELECT (SELECT COUNT(*) FROM smart_launch WHERE browser_hash = ?)"
                    + " + (SELECT COUNT(*) FROM smart_pending WHERE browser_hash = ?)")
            .params(browserHash, browserHash)
            .query(Integer.class)
            .single()
        > 0;
  }

  /** Ends what has timed out, tokens included. */
  void purge() {
    long now = clock.millis();
    jdbc.sql("DELETE FROM smart_pending WHERE created <= ?")
        .params(now - PENDING.toMillis())
        .update();
    jdbc.sql("DELETE FROM smart_launch WHERE last_used < ? OR created < ?")
        .params(now - idle.toMillis(), now - longest.toMillis())
        .update();
  }
}
