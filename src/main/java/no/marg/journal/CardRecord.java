package no.marg.journal;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a card that was given.
 *
 * @param id its uuid
 * @param statements ids of the guideline's statements on it; empty for a card about the answer
 * @param suggestions uuids of its suggestions
 * @param facts keyed hashes of patient and facts; null unless overridden cards are remembered
 */
public record CardRecord(
    UUID id, List<String> statements, List<UUID> suggestions, @Nullable CardFacts facts) {
  /** Copies the lists. */
  public CardRecord {
    statements = List.copyOf(statements);
    suggestions = List.copyOf(suggestions);
  }
}
