package no.marg.journal;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of one card.
 *
 * @param card uuid of the card
 * @param outcome what was done with it
 * @param timestamp when, in UTC
 * @param suggestions uuids of the suggestions that were taken; empty when it was overridden
 * @param reason why it was overridden, as a code; null when none was given
 * @param comment why, in free words, which may hold patient data; null when nothing was written
 */
public record Feedback(
    UUID card,
    Outcome outcome,
    OffsetDateTime timestamp,
    List<UUID> suggestions,
    @Nullable Reason reason,
    @Nullable String comment) {

  /** The longest comment, in characters. */
  public static final int LONGEST_COMMENT = 8000;

  /** What was done with a card. */
  public enum Outcome {
    /** A suggestion was taken. */
    ACCEPTED,
    /** It was set aside. */
    OVERRIDDEN;

    String column() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * A coded reason.
   *
   * @param system its code system, at most 255 characters; null when the client gave none
   * @param code at most 64 characters
   */
  public record Reason(@Nullable String system, String code) {}

  /** Brings the time to UTC, as exact as every database keeps it. */
  public Feedback {
    timestamp = timestamp.withOffsetSameInstant(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
    suggestions = List.copyOf(suggestions);
  }

  /** Without the comment. */
  @Override
  public String toString() {
    return "Feedback[" + card + " " + outcome + " " + timestamp + "]";
  }
}
