package no.marg.cdshooks;

/**
 * How cards are given.
 *
 * @param limit most cards in one answer, at least 1; the rest is named in a last card
 */
public record CardSettings(int limit) {
  /** Checks the limit. */
  public CardSettings {
    if (limit < 1) {
      throw new IllegalArgumentException("marg.card-limit must be at least 1, not " + limit);
    }
  }
}
