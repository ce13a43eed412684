package no.marg.smart;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.MalformedURLException;
import java.net.URI;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.ehr.EhrAccess;
import org.jspecify.annotations.Nullable;

/** Finds out who uses the app from the record's identity token (OpenID Connect Core 1.0). */
final class Identity {
  /** No symmetric algorithm: the client has no secret. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  private static final Pattern USER =
      Pattern.compile(
          "(?:(https?://[^?#\\s]+)/)?"
              + "((?:Practitioner|PractitionerRole|Patient|RelatedPerson|Person)"
              + "/[A-Za-z0-9.-]{1,64})");

  private final Outbound outbound;
  private final Map<URI, JWKSource<SecurityContext>> keys = new ConcurrentHashMap<>();

  Identity(Outbound outbound) {
    this.outbound = outbound;
  }

  /**
   * The user, after signature, issuer, audience, times and nonce were checked.
   *
   * @return see {@link Launch#fhirUser()}
   * @throws SmartException if anything is wrong with the token
   */
  @Nullable String user(String idToken, SmartSettings.Ehr ehr, Endpoints endpoints, String nonce) {
    if (endpoints.issuer() == null || endpoints.keys() == null) {
      throw new SmartException(
          Problem.UNSUITABLE,
          "smart-configuration of " + ehr.iss() + ": issuer or jwks_uri is missing");
    }
    try {
      IDTokenValidator validator =
          new IDTokenValidator(
              new Issuer(endpoints.issuer()),
              new ClientID(ehr.clientId()),
              new JWSVerificationKeySelector<>(
                  ALGORITHMS, keys.computeIfAbsent(endpoints.keys(), this::source)),
              null);
      IDTokenClaimsSet claims = validator.validate(JWTParser.parse(idToken), new Nonce(nonce));
      return reference(claims.getStringClaim("fhirUser"), ehr.iss());
    } catch (ParseException | BadJOSEException | JOSEException e) {
      // The message may quote claims; its type says enough.
      throw new SmartException(
          Problem.IDENTITY, "id_token of " + ehr.iss() + ": " + e.getClass().getSimpleName());
    }
  }

  private JWKSource<SecurityContext> source(URI address) {
    try {
      return JWKSourceBuilder.create(address.toURL(), outbound).refreshAheadCache(false).build();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Relative on the same server, absolute on another; null if it is no user of FHIR. */
  static @Nullable String reference(@Nullable String claim, URI iss) {
    if (claim == null) {
      return null;
    }
    Matcher user = USER.matcher(claim);
    if (!user.matches()) {
      return null;
    }
    String base = user.group(1);
    return base == null || EhrAccess.normalised(URI.create(base)).equals(iss)
        ? user.group(2)
        : claim;
  }
}
