package no.marg.cdshooks;

import java.util.List;

/**
 * How cards are given.
 *
 * @param limit most cards in one answer, at least 1; the rest is named in a last card
 * @param allowedOrigins origins of browsers that may call; {@code *} for all
 */
public record CardSettings(int limit, List<String> allowedOrigins) {
  /** Checks the limit. */
  public CardSettings {
    if (limit < 1) {
      throw new IllegalArgumentException("marg.card-limit must be at least 1, not " + limit);
    }
    allowedOrigins = List.copyOf(allowedOrigins);
  }
}
