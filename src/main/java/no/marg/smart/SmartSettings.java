package no.marg.smart;

import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import no.marg.ehr.EhrAccess;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

/**
 * The records that may launch the app, and its sessions; docs/configuration.md describes each
 * setting.
 *
 * @param baseUrl where browsers and records reach this service; needed as soon as there is an EHR,
 *     for launch and redirect addresses are registered there word by word
 * @param ehrs the records; none: only the demo launches
 * @param keys files with the private keys of the client, PEM or JWK; the first that fits signs, all
 *     are published
 * @param sessionKey 256 bits in base64 that seal the session tables; null: made at start
 * @param idleTimeout how long a launch lives unused
 * @param longestSession how long a launch lives at most
 * @param timeout longest wait for an answer of an authorization server
 */
@ConfigurationProperties("marg.smart")
public record SmartSettings(
    @Nullable URI baseUrl,
    @DefaultValue List<Ehr> ehrs,
    @DefaultValue List<Resource> keys,
    @Nullable String sessionKey,
    @DefaultValue("30m") Duration idleTimeout,
    @DefaultValue("12h") Duration longestSession,
    @DefaultValue("5s") Duration timeout) {

  /** How the app proves to an authorization server that it is itself. */
  public enum Kind {
    /** Not at all, beyond PKCE. */
    PUBLIC,
    /** By a signed assertion ({@code private_key_jwt}). */
    CONFIDENTIAL
  }

  /** The algorithm of that signature. */
  public enum Signing {
    /** ECDSA with P-384. */
    ES384,
    /** RSA with SHA-384. */
    RS384
  }

  /**
   * One record.
   *
   * @param iss FHIR base URL, as the record sends it when it launches
   * @param clientId id of the app, as registered there
   * @param kind public or confidential client
   * @param signing algorithm of a confidential client
   * @param scopes what to ask for; empty: what the rules need and no more
   * @param write resource types that the app may also create there; none by default
   * @param renew whether to ask for renewal of tokens while the user is signed in
   * @param frameHosts origins of the record's pages that may show the app in a frame
   */
  public record Ehr(
      URI iss,
      String clientId,
      @DefaultValue("public") Kind kind,
      @DefaultValue("es384") Signing signing,
      @DefaultValue List<String> scopes,
      @DefaultValue List<String> write,
      @DefaultValue("true") boolean renew,
      @DefaultValue List<String> frameHosts) {
    /** Checks what is needed to launch. */
    public Ehr {
      iss = EhrAccess.normalised(iss);
      if (clientId.isBlank()) {
        throw new IllegalArgumentException("marg.smart.ehrs needs a client-id for " + iss);
      }
      scopes = List.copyOf(scopes);
      write = List.copyOf(write);
      if (write.stream().anyMatch(type -> !type.matches("[A-Z][A-Za-z]+"))) {
        throw new IllegalArgumentException("marg.smart.ehrs write holds FHIR resource types");
      }
      frameHosts = List.copyOf(frameHosts);
      if (scopes.stream().anyMatch(scope -> scope.startsWith("system/"))) {
        throw new IllegalArgumentException(
            "marg.smart.ehrs scopes are a user's; system/ scopes are of another registration");
      }
      for (String host : frameHosts) {
        // They become part of a header; a wildcard would let every page frame the app.
        if (!host.matches("https?://[A-Za-z0-9.-]+(:\\d{1,5})?")) {
          throw new IllegalArgumentException(
              "marg.smart.ehrs frame-hosts are origins such as https://record.example.org");
        }
      }
    }
  }

  /** Checks that the settings fit together. */
  public SmartSettings {
    ehrs = List.copyOf(ehrs);
    keys = List.copyOf(keys);
    if (baseUrl != null) {
      baseUrl = EhrAccess.normalised(baseUrl);
    }
    Set<URI> seen = new HashSet<>();
    for (Ehr ehr : ehrs) {
      if (!seen.add(ehr.iss())) {
        throw new IllegalArgumentException("marg.smart.ehrs names " + ehr.iss() + " twice");
      }
    }
    if (!ehrs.isEmpty() && baseUrl == null) {
      throw new IllegalArgumentException(
          "marg.smart.base-url is needed with marg.smart.ehrs: the address is registered there");
    }
    if (sessionKey != null && Base64.getDecoder().decode(sessionKey).length != 32) {
      throw new IllegalArgumentException("marg.smart.session-key is 32 bytes in base64");
    }
    if (idleTimeout.isNegative()
        || idleTimeout.isZero()
        || longestSession.compareTo(idleTimeout) < 0) {
      throw new IllegalArgumentException(
          "marg.smart.idle-timeout is positive and not above marg.smart.longest-session");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("marg.smart.timeout must be longer than nothing");
    }
  }

  /**
   * Checks what only a service with real patients needs.
   *
   * @throws IllegalArgumentException if an address is open to eavesdroppers, or sessions would not
   *     be understood by the other copies of the service
   */
  void checkForProduction() {
    if (ehrs.isEmpty()) {
      return;
    }
    if (!https() || ehrs.stream().anyMatch(ehr -> !"https".equals(ehr.iss().getScheme()))) {
      throw new IllegalArgumentException(
          "In production marg.smart.base-url and every iss of marg.smart.ehrs are https");
    }
    if (sessionKey == null) {
      throw new IllegalArgumentException("In production marg.smart.session-key is needed");
    }
  }

  /** Where the records launch the app, as registered there; null when there is no record. */
  public @Nullable URI launchAddress() {
    return ehrs.isEmpty() ? null : URI.create(baseUrl + "/smart/launch");
  }

  /** Whether some record shows the app in a frame, which its cookie must then allow. */
  boolean framed() {
    return ehrs.stream().anyMatch(ehr -> !ehr.frameHosts().isEmpty());
  }

  /** Whether the service is reached by https, as the settings say. */
  boolean https() {
    return baseUrl != null && "https".equals(baseUrl.getScheme());
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "SmartSettings" + ehrs.stream().map(Ehr::iss).toList();
  }
}
