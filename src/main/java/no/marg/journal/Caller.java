package no.marg.journal;

import org.jspecify.annotations.Nullable;

/**
 * Who calls.
 *
 * @param issuer the client, as the {@code iss} of its token, or what stands for it where calls need
 *     none
 * @param tenant part of that client; null without
 */
public record Caller(String issuer, @Nullable String tenant) {
  private static final int LONGEST = 255;

  /** Cuts what no column could hold. */
  public Caller {
    issuer = cut(issuer);
    tenant = tenant == null ? null : cut(tenant);
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
  }
}
