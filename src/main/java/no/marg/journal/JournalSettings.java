package no.marg.journal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the journal; docs/configuration.md describes each.
 *
 * @param folder where the embedded database keeps its files
 * @param queue most calls that wait to be written; further ones are counted as lost
 * @param retention how long calls, cards and feedback are kept
 * @param commentRetention how long free text is kept
 * @param key secret of the keyed hashes, at least 32 characters; null for a new one at each start
 * @param commentsReadable whether free text can be read over HTTP
 * @param memory whether overridden cards are repeated
 */
@ConfigurationProperties("marg.journal")
record JournalSettings(
    @DefaultValue("./data") String folder,
    @DefaultValue("5000") int queue,
    @DefaultValue("365d") Duration retention,
    @DefaultValue("90d") Duration commentRetention,
    @Nullable String key,
    @DefaultValue("false") boolean commentsReadable,
    @DefaultValue Memory memory) {
  private static final int SHORTEST_KEY = 32;

  /**
   * Memory of overridden cards.
   *
   * @param enabled whether a card that was overridden is held back while its facts are the same
   * @param period how long after it was overridden
   */
  record Memory(@DefaultValue("false") boolean enabled, @DefaultValue("30d") Duration period) {
    Memory {
      require(
          !period.isNegative() && !period.isZero(), "marg.journal.memory.period must be positive");
    }
  }

  JournalSettings {
    key = key == null || key.isBlank() ? null : key;
    require(queue >= 1, "marg.journal.queue must be at least 1");
    require(
        !retention.isNegative() && !retention.isZero(), "marg.journal.retention must be positive");
    require(
        !commentRetention.isNegative() && !commentRetention.isZero(),
        "marg.journal.comment-retention must be positive");
    require(
        key == null || key.length() >= SHORTEST_KEY,
        "marg.journal.key must have at least " + SHORTEST_KEY + " characters");
    require(
        !memory.enabled() || key != null,
        "marg.journal.memory.enabled needs marg.journal.key: without it the pseudonyms of patients"
            + " could be guessed, and would differ after each start");
    require(
        !memory.enabled() || memory.period().compareTo(retention) <= 0,
        "marg.journal.memory.period must not be longer than marg.journal.retention");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "JournalSettings[folder=" + folder + ", queue=" + queue + ", memory=" + memory + "]";
  }
}
