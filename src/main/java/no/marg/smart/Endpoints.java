package no.marg.smart;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a record signs in users and gives tokens, as its {@code smart-configuration} says (SMART
 * App Launch 2.2).
 *
 * @param authorization authorization endpoint
 * @param token token endpoint
 * @param revocation revocation endpoint, if there is one
 * @param issuer issuer of identity tokens; null when the record does not say
 * @param keys key set of that issuer; null when the record does not say
 * @param capabilities what the server can do
 */
record Endpoints(
    URI authorization,
    URI token,
    @Nullable URI revocation,
    @Nullable String issuer,
    @Nullable URI keys,
    Set<String> capabilities) {
  /** Keeps its own set. */
  Endpoints {
    capabilities = Set.copyOf(capabilities);
  }

  boolean can(String capability) {
    return capabilities.contains(capability);
  }
}
