package no.marg.cdshooks;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/**
 * How cards are given.
 *
 * @param limit most cards in one answer, at least 1; the rest is named in a last card
 * @param address base URL of this service as its clients see it; null to take that of the call
 * @param app where records launch the app, as registered there; null when no record can
 */
public record CardSettings(int limit, @Nullable URI address, @Nullable URI app) {
  /** Checks the limit. */
  public CardSettings {
    if (limit < 1) {
      throw new IllegalArgumentException("marg.card-limit must be at least 1, not " + limit);
    }
  }

  /** Base URL of this service as the caller sees it, without slash at the end. */
  String addressFor(HttpServletRequest call) {
    String base =
        address == null
            ? ServletUriComponentsBuilder.fromContextPath(call).build().toUriString()
            : address.toString();
    return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }
}
