package no.marg.access;

import com.nimbusds.jose.JWSAlgorithm;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.catalina.util.NetMask;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;
import org.springframework.util.unit.DataSize;

/**
 * Who may call; docs/configuration.md describes each setting.
 *
 * @param authentication whether callers need a JWT; off only for demonstration and development
 * @param publicUrl base URL of this service as its clients see it; null to take that of the call
 * @param clients the CDS clients that may call
 * @param algorithms signatures of tokens that are accepted, names of RFC 7518
 * @param tokenLife longest time from {@code iat} to {@code exp}
 * @param clockSkew how far a client's clock may be off
 * @param keySetLife how long keys may be kept when their server allows it
 * @param keySetPause shortest time between two readings of one key set
 * @param openFhirServers FHIR servers that may be asked when authentication is off, beside the demo
 *     records of this service
 * @param openMetrics whether metrics can be read without a JWT when authentication is on
 * @param tlsAtProxy whether somebody else ends TLS in front of this service
 * @param trustedProxies addresses or networks (CIDR) of the proxies whose forwarded headers are
 *     believed; empty for none
 * @param allowedOrigins origins of browsers that may call the CDS services; {@code *} for all
 * @param callsPerSecond calls of one client in a second, over time; 0 for no limit
 * @param burst calls of one client that may come at once
 * @param refusedPerMinute calls without a valid token from one address in a minute that are told
 *     so; 0 for no limit
 * @param concurrentCalls calls that are answered at one time; more are turned away
 * @param largestBody most bytes of a request
 * @param bodyTime longest time for a body to arrive
 */
@ConfigurationProperties("marg.access")
record AccessSettings(
    @DefaultValue("false") boolean authentication,
    @Nullable URI publicUrl,
    @DefaultValue List<Client> clients,
    @DefaultValue({"ES384", "RS384"}) List<String> algorithms,
    @DefaultValue("60m") Duration tokenLife,
    @DefaultValue("30s") Duration clockSkew,
    @DefaultValue("1h") Duration keySetLife,
    @DefaultValue("30s") Duration keySetPause,
    @DefaultValue List<URI> openFhirServers,
    @DefaultValue("false") boolean openMetrics,
    @DefaultValue("false") boolean tlsAtProxy,
    @DefaultValue List<String> trustedProxies,
    @DefaultValue("*") List<String> allowedOrigins,
    @DefaultValue("0") int callsPerSecond,
    @DefaultValue("400") int burst,
    @DefaultValue("0") int refusedPerMinute,
    @DefaultValue("64") int concurrentCalls,
    @DefaultValue("30MB") DataSize largestBody,
    @DefaultValue("10s") Duration bodyTime) {

  /**
   * A CDS client.
   *
   * @param issuer its {@code iss}
   * @param jwksUrl where its keys are, the only {@code jku} accepted; null when they are stored
   *     here
   * @param jwks its keys, stored here as a JWK set; null when they are at a URL
   * @param tenants the {@code tenant} values it may use; empty when its tokens name none
   * @param fhirServers base URLs of the FHIR servers that may be asked for it
   * @param admin whether it may read what is under /admin as well
   */
  record Client(
      String issuer,
      @Nullable URI jwksUrl,
      @Nullable Resource jwks,
      @DefaultValue List<String> tenants,
      @DefaultValue List<URI> fhirServers,
      @DefaultValue("false") boolean admin) {
    Client {
      require(
          issuer != null && !issuer.isBlank(), "marg.access.clients: an entry without an issuer");
      require(
          (jwksUrl == null) != (jwks == null),
          "marg.access.clients of " + issuer + ": give either jwks-url or jwks");
      if (jwksUrl != null) {
        BaseUrl.of(jwksUrl);
      }
      fhirServers.forEach(BaseUrl::of);
      tenants = List.copyOf(tenants);
      fhirServers = List.copyOf(fhirServers);
    }
  }

  AccessSettings {
    clients = List.copyOf(clients);
    algorithms = List.copyOf(algorithms);
    openFhirServers = List.copyOf(openFhirServers);
    allowedOrigins = List.copyOf(allowedOrigins);
    trustedProxies = trustedProxies.stream().map(AccessSettings::network).toList();
    require(
        trustedProxies.isEmpty() || !authentication || publicUrl != null,
        "marg.access.trusted-proxies needs marg.access.public-url: tokens name an address that no"
            + " header may change");
    openFhirServers.forEach(BaseUrl::of);
    if (publicUrl != null) {
      BaseUrl.of(publicUrl);
    }
    for (String algorithm : algorithms) {
      // EdDSA would need a library that is not here.
      require(
          JWSAlgorithm.Family.EC.contains(JWSAlgorithm.parse(algorithm))
              || JWSAlgorithm.Family.RSA.contains(JWSAlgorithm.parse(algorithm)),
          "marg.access.algorithms: " + algorithm + " is no signature with an EC or RSA key");
    }
    require(!algorithms.isEmpty(), "marg.access.algorithms must name at least one");
    require(positive(tokenLife), "marg.access.token-life must be positive");
    require(!clockSkew.isNegative(), "marg.access.clock-skew must not be negative");
    require(positive(keySetLife), "marg.access.key-set-life must be positive");
    require(positive(keySetPause), "marg.access.key-set-pause must be positive");
    require(positive(bodyTime), "marg.access.body-time must be positive");
    require(callsPerSecond >= 0, "marg.access.calls-per-second must not be negative");
    require(refusedPerMinute >= 0, "marg.access.refused-per-minute must not be negative");
    require(burst >= 1, "marg.access.burst must be at least 1");
    require(concurrentCalls >= 1, "marg.access.concurrent-calls must be at least 1");
    require(largestBody.toBytes() >= 1, "marg.access.largest-body must be at least 1");
  }

  /** The algorithms as the library knows them. */
  List<JWSAlgorithm> signatures() {
    return algorithms.stream().map(JWSAlgorithm::parse).map(Objects::requireNonNull).toList();
  }

  /**
   * A network as Tomcat reads it. A name would be looked up, and a network of nearly all addresses
   * would believe everybody.
   */
  private static String network(String setting) {
    String network =
        setting.contains("/") ? setting : setting + (setting.contains(":") ? "/128" : "/32");
    require(
        setting.matches("[0-9a-fA-F:.]+(/([89]|[1-9][0-9]+))?") && isNetwork(network),
        "marg.access.trusted-proxies: not an address or a network such as 10.1.2.0/24: " + setting);
    return network;
  }

  private static boolean isNetwork(String text) {
    try {
      new NetMask(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean positive(Duration duration) {
    return !duration.isZero() && !duration.isNegative();
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
