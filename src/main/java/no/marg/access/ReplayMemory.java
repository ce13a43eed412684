package no.marg.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The tokens that were used, in the database, so that all copies of the service share them. Kept as
 * a hash until they expire.
 */
final class ReplayMemory {
  private static final int BATCH = 5_000;

  private final JdbcClient database;
  private final InstantSource time;

  ReplayMemory(JdbcClient database, InstantSource time) {
    this.database = database;
    this.time = time;
  }

  /**
   * Remembers a token; false when it was used before.
   *
   * @param until from when on a token of this id is refused because of its age
   * @throws org.springframework.dao.DataAccessException when the database does not answer: then
   *     nobody can say
   */
  boolean firstUse(String issuer, String tokenId, Instant until) {
    try {
      database
          .sql("insert into access_used_token (token, expires) values (?, ?)")
          .param(hash(issuer, tokenId))
          .param(until.getEpochSecond() + 1)
          .update();
      return true;
    } catch (DuplicateKeyException e) {
      return false;
    }
  }

  /**
   * Forgets what has expired, in steps so that no statement holds many rows. A step ends at a time,
   * since a list of tokens to be deleted is slow on the embedded database.
   */
  void forgetExpired() {
    long now = time.instant().getEpochSecond();
    Optional<Long> step = end(now);
    while (step.isPresent()) {
      forgetBefore(step.get() + 1);
      step = end(now);
    }
    forgetBefore(now);
  }

  private Optional<Long> end(long now) {
    return database
        .sql(
            "select expires from access_used_token where expires < ? order by expires"
                + " offset "
                + BATCH
                + " rows fetch next 1 row only")
        .param(now)
        .query(Long.class)
        .optional();
  }

  private void forgetBefore(long expires) {
    database.sql("delete from access_used_token where expires < ?").param(expires).update();
  }

  private static String hash(String issuer, String tokenId) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(issuer.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(digest.digest(tokenId.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
