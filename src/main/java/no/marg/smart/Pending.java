package no.marg.smart;

import java.net.URI;

/**
 * An authorization under way.
 *
 * @param iss the record it was begun at, as configured
 * @param verifier secret of PKCE (RFC 7636)
 * @param nonce what the identity token must repeat
 */
record Pending(URI iss, String verifier, String nonce) {
  /** Without its secrets. */
  @Override
  public String toString() {
    return "Pending[" + iss + "]";
  }
}
