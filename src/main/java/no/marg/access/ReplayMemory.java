package no.marg.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
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

  /** Forgets what has expired, in steps so that no statement holds many rows. */
  void forgetExpired() {
    int gone;
    do {
      gone =
          database
              .sql(
                  "delete from access_used_token where token in"
                      + " (select token from access_used_token where expires < ? limit "
                      + BATCH
                      + ")")
              .param(time.instant().getEpochSecond())
              .update();
    } while (gone == BATCH);
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
