package no.marg.smart;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a record's {@code /.well-known/smart-configuration}, and keeps it for a short while. */
final class EndpointsReader {
  private static final Duration KEPT = Duration.ofMinutes(5);

  private final Outbound outbound;
  private final WallClock clock;
  private final JsonMapper json = JsonMapper.builder().build();
  private final Map<URI, Known> known = new ConcurrentHashMap<>();

  private record Known(Endpoints endpoints, long until) {}

  EndpointsReader(Outbound outbound, WallClock clock) {
    this.outbound = outbound;
    this.clock = clock;
  }

  /**
   * The end points of a record that is on the list.
   *
   * @throws SmartException if it does not answer, or its answer lacks what a launch needs
   */
  Endpoints of(URI iss) {
    Known kept = known.get(iss);
    if (kept != null && kept.until() > clock.millis()) {
      return kept.endpoints();
    }
    Endpoints endpoints = read(iss);
    known.put(iss, new Known(endpoints, clock.millis() + KEPT.toMillis()));
    return endpoints;
  }

  private Endpoints read(URI iss) {
    JsonNode found;
    try {
      found = json.readTree(outbound.json(URI.create(iss + "/.well-known/smart-configuration")));
    } catch (IOException e) {
      throw new SmartException(
          Problem.UNREACHABLE, "smart-configuration of " + iss + ": " + e.getMessage());
    } catch (JacksonException e) {
      throw unsuitable(iss, "is not JSON");
    }
    Set<String> capabilities = texts(iss, found, "capabilities");
    if (!texts(iss, found, "grant_types_supported").contains("authorization_code")) {
      throw unsuitable(iss, "grant_types_supported lacks authorization_code");
    }
    if (!texts(iss, found, "code_challenge_methods_supported").contains("S256")) {
      throw unsuitable(iss, "code_challenge_methods_supported lacks S256");
    }
    return new Endpoints(
        required(iss, found, "authorization_endpoint"),
        required(iss, found, "token_endpoint"),
        address(iss, found, "revocation_endpoint"),
        found.path("issuer").isString() ? found.path("issuer").stringValue() : null,
        address(iss, found, "jwks_uri"),
        capabilities);
  }

  private static Set<String> texts(URI iss, JsonNode found, String name) {
    Set<String> texts = new HashSet<>();
    found.path(name).forEach(each -> texts.add(each.asString("")));
    if (!found.path(name).isArray()) {
      throw unsuitable(iss, name + " is missing");
    }
    return texts;
  }

  private static URI required(URI iss, JsonNode found, String name) {
    URI address = address(iss, found, name);
    if (address == null) {
      throw unsuitable(iss, name + " is missing");
    }
    return address;
  }

  /** Relative addresses are under the FHIR base. What is got by https does not lead to http. */
  private static @Nullable URI address(URI iss, JsonNode found, String name) {
    if (!found.path(name).isString()) {
      return null;
    }
    try {
      URI address = URI.create(iss + "/").resolve(found.path(name).stringValue());
      boolean safe =
          "https".equals(address.getScheme())
              || ("http".equals(address.getScheme()) && "http".equals(iss.getScheme()));
      if (safe
          && address.getHost() != null
          && address.getRawUserInfo() == null
          && address.getRawFragment() == null) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw unsuitable(iss, name + " is not an address that can be used");
  }

  private static SmartException unsuitable(URI iss, String what) {
    return new SmartException(Problem.UNSUITABLE, "smart-configuration of " + iss + ": " + what);
  }
}
