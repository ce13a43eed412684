package no.marg.ehr;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A FHIR server and the token it wants. The token is for this server only; it is in no text that
 * this class gives.
 *
 * @param base service base URL, http or https, without user, query and fragment; kept without
 *     trailing slash
 * @param token bearer token (RFC 6750) as it came, without {@code Bearer }; null for a server that
 *     is open
 */
public record EhrAccess(URI base, @Nullable String token) {

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException if one can not be used; the message does not hold the token
   */
  public EhrAccess {
    base = normalised(base);
    if (token != null && !token.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException("The access token is not a bearer token");
    }
  }

  /**
   * A service base URL as it is compared: host in lower case, no trailing slash, no default port.
   *
   * @throws IllegalArgumentException if it is not an absolute http or https URL, or has a user, a
   *     query or a fragment
   */
  public static URI normalised(URI base) {
    String scheme = base.getScheme() == null ? "" : base.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http")) {
      throw new IllegalArgumentException("A FHIR server has an http or https address");
    }
    if (base.getHost() == null
        || base.getRawUserInfo() != null
        || base.getRawQuery() != null
        || base.getRawFragment() != null) {
      throw new IllegalArgumentException("A FHIR server has an address of host and path alone");
    }
    String path = base.normalize().getRawPath().replaceFirst("/+$", "");
    if (path.contains("..")) {
      throw new IllegalArgumentException("The address of a FHIR server has no dots in its path");
    }
    return URI.create(origin(base) + path);
  }

  /** Scheme, host and port, the part of an address that says who gets the token. */
  static String origin(URI address) {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    boolean usual =
        address.getPort() < 0 || address.getPort() == (scheme.equals("https") ? 443 : 80);
    return scheme
        + "://"
        + address.getHost().toLowerCase(Locale.ROOT)
        + (usual ? "" : ":" + address.getPort());
  }

  @Override
  public String toString() {
    return "EhrAccess[" + base + (token == null ? "]" : ", with token]");
  }
}
