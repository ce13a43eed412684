package no.marg.access;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CDS client (a record system) that makes a call.
 *
 * @param issuer the {@code iss} that it is registered with; {@code open-demo} when authentication
 *     is off
 * @param tenant the organisation within the issuer that calls; null when the issuer has none
 * @param fhirServers base URLs of the FHIR servers that may be asked for this client
 * @param open true when authentication is off and anybody may call
 */
public record CdsClient(
    String issuer, @Nullable String tenant, List<URI> fhirServers, boolean open) {
  private static final String ATTRIBUTE = CdsClient.class.getName();

  /** Checks that each FHIR server is a base URL. */
  public CdsClient {
    fhirServers.forEach(BaseUrl::of);
    fhirServers = List.copyOf(fhirServers);
  }

  /**
   * The client of a call: the authenticated one, or the open demo client when authentication is
   * off.
   *
   * @throws IllegalStateException when the call did not come through {@link AccessFilter}, so that
   *     nobody knows who calls
   */
  public static CdsClient of(HttpServletRequest call) {
    if (call.getAttribute(ATTRIBUTE) instanceof CdsClient client) {
      return client;
    }
    throw new IllegalStateException("The call did not pass the access filter");
  }

  /** Whether it is known who calls: false for what was turned away at the door. */
  public static boolean isKnown(HttpServletRequest call) {
    return call.getAttribute(ATTRIBUTE) instanceof CdsClient;
  }

  /**
   * Whether a URL may be asked with the token of this client: a base URL, or a page or redirect
   * below it. Origin (scheme, host, port) is equal and the path is the registered one or below it,
   * both normalised; a URL that can be read in two ways (dot segments, encoded separators, user
   * info, fragment) is not allowed.
   */
  public boolean allowsFhirServer(URI server) {
    return fhirServers.stream().anyMatch(allowed -> BaseUrl.of(allowed).holds(server));
  }

  void attachTo(HttpServletRequest call) {
    call.setAttribute(ATTRIBUTE, this);
  }
}
