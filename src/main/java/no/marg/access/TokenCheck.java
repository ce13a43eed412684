package no.marg.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Checks the JWT of a CDS client (CDS Hooks 2.0, Trusting CDS Clients; RFC 7519, RFC 7515). The
 * cheap checks come first, the signature before anything is remembered.
 */
final class TokenCheck {
  private static final int LONGEST_TOKEN = 8_192;
  private static final int LONGEST_TOKEN_ID = 255;

  private final Map<Name, Registered> clients;
  private final Set<String> issuers;
  private final Set<JWSAlgorithm> algorithms;
  private final Duration life;
  private final Duration skew;
  private final ReplayMemory used;
  private final InstantSource time;

  private record Name(String issuer, @Nullable String tenant) {}

  private record Registered(CdsClient client, boolean admin, @Nullable URI keyUrl, KeySet keys) {}

  TokenCheck(
      AccessSettings settings,
      ReplayMemory used,
      InstantSource time,
      Executor background,
      BiFunction<AccessSettings.Client, AccessSettings, KeySource> sources) {
    this.clients = new HashMap<>();
    this.algorithms = Set.copyOf(settings.signatures());
    this.life = settings.tokenLife();
    this.skew = settings.clockSkew();
    this.used = used;
    this.time = time;
    for (AccessSettings.Client each : settings.clients()) {
      KeySet keys =
          new KeySet(
              sources.apply(each, settings),
              settings.keySetLife(),
              settings.keySetPause(),
              time,
              background);
      if (each.tenants().isEmpty()) {
        register(each, null, keys);
      }
      each.tenants().forEach(tenant -> register(each, tenant, keys));
    }
    this.issuers =
        Set.copyOf(settings.clients().stream().map(AccessSettings.Client::issuer).toList());
  }

  private void register(AccessSettings.Client client, @Nullable String tenant, KeySet keys) {
    Registered before =
        clients.put(
            new Name(client.issuer(), tenant),
            new Registered(
                new CdsClient(client.issuer(), tenant, client.fhirServers(), false),
                client.admin(),
                client.jwksUrl(),
                keys));
    if (before != null) {
      throw new IllegalArgumentException(
          "marg.access.clients: "
              + client.issuer()
              + (tenant == null ? "" : " with tenant " + tenant)
              + " stands there twice");
    }
  }

  /**
   * The client that a token belongs to.
   *
   * @param token what follows {@code Bearer}; null when there is none
   * @param audiences the URLs, one of which {@code aud} must hold
   * @param admin whether only clients with the right to reports may call
   * @throws RefusedException when the token is not valid for this call
   * @throws org.springframework.dao.DataAccessException when nobody can say whether it was used
   */
  CdsClient check(@Nullable String token, List<String> audiences, boolean admin)
      throws RefusedException {
    if (token == null) {
      throw new RefusedException(Refusal.NO_TOKEN, null, null);
    }
    SignedJWT jwt;
    JWTClaimsSet claims;
    try {
      refuseIf(token.length() > LONGEST_TOKEN, Refusal.MALFORMED, null);
      jwt = SignedJWT.parse(token);
      claims = jwt.getJWTClaimsSet();
    } catch (ParseException e) {
      throw new RefusedException(Refusal.MALFORMED, null, null);
    }
    JWSHeader header = jwt.getHeader();
    String named = claims.getIssuer();
    String issuer = named != null && issuers.contains(named) ? named : null;
    refuseIf(!algorithms.contains(header.getAlgorithm()), Refusal.ALGORITHM, issuer);
    refuseIf(!JOSEObjectType.JWT.equals(header.getType()), Refusal.TYPE, issuer);
    String keyId = header.getKeyID();
    refuseIf(keyId == null || keyId.isEmpty(), Refusal.KEY_ID, issuer);
    if (issuer == null) {
      throw new RefusedException(Refusal.ISSUER, null, null);
    }
    Registered registered = clients.get(new Name(issuer, tenant(claims, issuer)));
    if (registered == null) {
      throw new RefusedException(Refusal.TENANT, issuer, null);
    }
    // With keys stored here nothing is fetched, whatever jku says.
    refuseIf(
        registered.keyUrl != null
            && header.getJWKURL() != null
            && !registered.keyUrl.equals(header.getJWKURL()),
        Refusal.KEY_URL,
        issuer);
    refuseIf(
        claims.getAudience().stream().noneMatch(audiences::contains), Refusal.AUDIENCE, issuer);
    Instant expires = times(claims, issuer);
    String tokenId = claims.getJWTID();
    if (tokenId == null || tokenId.isBlank() || tokenId.length() > LONGEST_TOKEN_ID) {
      throw new RefusedException(Refusal.TOKEN_ID, issuer, null);
    }
    verify(jwt, keys(registered, String.valueOf(keyId), issuer), issuer);
    if (!used.firstUse(issuer, tokenId, expires.plus(skew))) {
      throw new RefusedException(Refusal.REPLAYED, issuer, tokenId);
    }
    refuseIf(admin && !registered.admin, Refusal.NOT_ADMIN, issuer);
    return registered.client;
  }

  private static @Nullable String tenant(JWTClaimsSet claims, String issuer)
      throws RefusedException {
    Object tenant = claims.getClaim("tenant");
    if (tenant != null && !(tenant instanceof String)) {
      throw new RefusedException(Refusal.TENANT, issuer, null);
    }
    return (String) tenant;
  }

  /** When the token expires, after the checks of its times. */
  private Instant times(JWTClaimsSet claims, String issuer) throws RefusedException {
    Date exp = claims.getExpirationTime();
    Date iat = claims.getIssueTime();
    if (exp == null || iat == null) {
      throw new RefusedException(Refusal.TIMES_MISSING, issuer, null);
    }
    Instant now = time.instant();
    Instant expires = exp.toInstant();
    Instant issued = iat.toInstant();
    refuseIf(!now.isBefore(expires.plus(skew)), Refusal.EXPIRED, issuer);
    refuseIf(issued.isAfter(now.plus(skew)), Refusal.ISSUED_IN_FUTURE, issuer);
    refuseIf(Duration.between(issued, expires).compareTo(life) > 0, Refusal.LIFE_TOO_LONG, issuer);
    Date nbf = claims.getNotBeforeTime();
    refuseIf(nbf != null && nbf.toInstant().isAfter(now.plus(skew)), Refusal.NOT_YET_VALID, issuer);
    return expires;
  }

  private static List<JWSVerifier> keys(Registered registered, String keyId, String issuer)
      throws RefusedException {
    try {
      List<JWSVerifier> keys = registered.keys.keys(keyId);
      refuseIf(keys.isEmpty(), Refusal.KEY_UNKNOWN, issuer);
      return keys;
    } catch (KeySource.UnreadableException e) {
      throw new RefusedException(Refusal.KEYS_NOT_READ, issuer, null);
    }
  }

  private static void verify(SignedJWT jwt, List<JWSVerifier> keys, String issuer)
      throws RefusedException {
    for (JWSVerifier key : keys) {
      try {
        if (key.supportedJWSAlgorithms().contains(jwt.getHeader().getAlgorithm())
            && jwt.verify(key)) {
          return;
        }
      } catch (JOSEException e) {
        throw new RefusedException(Refusal.SIGNATURE, issuer, null);
      }
    }
    throw new RefusedException(Refusal.SIGNATURE, issuer, null);
  }

  private static void refuseIf(boolean wrong, Refusal reason, @Nullable String issuer)
      throws RefusedException {
    if (wrong) {
      throw new RefusedException(reason, issuer, null);
    }
  }
}
