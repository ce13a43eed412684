package no.marg.cdshooks;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * How cards are given.
 *
 * @param limit most cards in one answer, at least 1; the rest is named in a last card
 * @param app where records launch the app, as registered there; null when no record can
 */
public record CardSettings(int limit, @Nullable URI app) {
  /** Checks the limit. */
  public CardSettings {
    if (limit < 1) {
      throw new IllegalArgumentException("marg.card-limit must be at least 1, not " + limit);
    }
  }
}
