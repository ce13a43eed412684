package no.marg.access;

import org.jspecify.annotations.Nullable;

/** A call without a valid token. Carries nothing that the caller wrote and nobody signed. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal reason;
  private final @Nullable String issuer;
  private final @Nullable String tokenId;

  /**
   * @param reason why
   * @param issuer the registered issuer that the token names; null when it names none
   * @param tokenId the {@code jti}; null unless the signature was right
   */
  RefusedException(Refusal reason, @Nullable String issuer, @Nullable String tokenId) {
    super(reason.name(), null, false, false);
    this.reason = reason;
    this.issuer = issuer;
    this.tokenId = tokenId;
  }

  Refusal reason() {
    return reason;
  }

  @Nullable String issuer() {
    return issuer;
  }

  @Nullable String tokenId() {
    return tokenId;
  }
}
