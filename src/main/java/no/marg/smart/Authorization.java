package no.marg.smart;

import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.token.Token;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import no.marg.ehr.EhrAccess;
import org.jspecify.annotations.Nullable;

/**
 * Talks to the authorization servers of the records that are configured (OAuth 2.0, PKCE, SMART App
 * Launch 2.2). Nothing is sent to any other.
 */
final class Authorization {
  /** The path that authorization servers send browsers back to. */
  static final String CALLBACK = "/smart/callback";

  private final SmartSettings settings;
  private final EndpointsReader endpoints;
  private final ClientKeys keys;
  private final Identity identity;
  private final Styles styles;
  private final Outbound outbound;
  private final WallClock clock;

  Authorization(
      SmartSettings settings,
      EndpointsReader endpoints,
      ClientKeys keys,
      Identity identity,
      Styles styles,
      Outbound outbound,
      WallClock clock) {
    this.settings = settings;
    this.endpoints = endpoints;
    this.keys = keys;
    this.identity = identity;
    this.styles = styles;
    this.outbound = outbound;
    this.clock = clock;
  }

  /** The authorization server refused; the launch can not go on. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String error) {
      super(error);
    }
  }

  /**
   * A request to be made by the browser.
   *
   * @param request the request
   * @param post whether the server also takes it as a form
   * @param pending what must be known on the way back
   */
  record Begun(AuthorizationRequest request, boolean post, Pending pending) {}

  /**
   * Begins at the record that is named.
   *
   * @param iss as the record sent it
   * @throws SmartException if it is not configured, does not answer, or lacks what is needed
   */
  Begun begin(String iss, String launch, String state) {
    SmartSettings.Ehr ehr =
        named(iss)
            .orElseThrow(() -> new SmartException(Problem.UNKNOWN_RECORD, "iss is not configured"));
    Endpoints there = endpoints.of(ehr.iss());
    CodeVerifier verifier = new CodeVerifier();
    String nonce = Secrets.random();
    AuthorizationRequest request =
        new AuthorizationRequest.Builder(ResponseType.CODE, new ClientID(ehr.clientId()))
            .endpointURI(there.authorization())
            .redirectionURI(redirect())
            .scope(new Scope(ScopeWish.of(ehr, there).toArray(String[]::new)))
            .state(new State(state))
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .customParameter("launch", launch)
            .customParameter("aud", iss)
            .customParameter("nonce", nonce)
            .build();
    return new Begun(
        request, there.can("authorize-post"), new Pending(ehr.iss(), verifier.getValue(), nonce));
  }

  private URI redirect() {
    URI base = settings.baseUrl();
    if (base == null) {
      throw new IllegalStateException("marg.smart.base-url is not set");
    }
    return URI.create(base + CALLBACK);
  }

  private Optional<SmartSettings.Ehr> named(String iss) {
    URI address;
    try {
      address = EhrAccess.normalised(URI.create(iss));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return settings.ehrs().stream().filter(ehr -> ehr.iss().equals(address)).findFirst();
  }

  private SmartSettings.Ehr configured(URI iss) throws RefusedException {
    return settings.ehrs().stream()
        .filter(ehr -> ehr.iss().equals(iss))
        .findFirst()
        .orElseThrow(() -> new RefusedException("no longer configured"));
  }

  /**
   * Exchanges the code of the way back.
   *
   * @param issuer issuer in the authorization response (RFC 9207); null when there is none
   * @throws SmartException if the record refuses, or what it gives can not be used
   */
  Grant finish(Pending pending, String code, @Nullable String issuer) {
    try {
      SmartSettings.Ehr ehr = configured(pending.iss());
      Endpoints there = endpoints.of(ehr.iss());
      if (issuer != null && there.issuer() != null && !issuer.equals(there.issuer())) {
        throw new SmartException(Problem.STRAY, "the response is of another issuer");
      }
      AccessTokenResponse response =
          ask(
              ehr,
              there,
              new AuthorizationCodeGrant(
                  new AuthorizationCode(code), redirect(), new CodeVerifier(pending.verifier())));
      return grant(ehr, there, pending, response);
    } catch (RefusedException e) {
      throw new SmartException(
          Problem.AUTHORIZATION, "token request at " + pending.iss() + ": " + e.getMessage());
    } catch (IOException e) {
      throw new SmartException(
          Problem.UNREACHABLE, "token request at " + pending.iss() + ": " + e.getMessage());
    }
  }

  private Grant grant(
      SmartSettings.Ehr ehr, Endpoints there, Pending pending, AccessTokenResponse response)
      throws RefusedException {
    AccessToken token = response.getTokens().getAccessToken();
    if (token.getScope() == null) {
      throw new RefusedException("the response has no scope");
    }
    String scope = token.getScope().toString();
    Map<String, Object> context = response.getCustomParameters();
    String user = user(ehr, there, pending, scope, text(context, "id_token"));
    String patient = text(context, "patient");
    if (patient == null || !patient.matches("[A-Za-z0-9.-]{1,64}")) {
      throw new SmartException(Problem.NO_PATIENT, "launch at " + ehr.iss() + " has no patient");
    }
    String encounter = text(context, "encounter");
    return new Grant(
        ehr.iss(),
        ehr.iss(),
        patient,
        encounter != null && encounter.matches("[A-Za-z0-9.-]{1,64}") ? encounter : null,
        scope,
        !Boolean.FALSE.equals(context.get("need_patient_banner")),
        text(context, "intent"),
        AppContext.checked(text(context, "appContext")),
        user,
        styles.of(ehr.iss(), text(context, "smart_style_url")),
        token.getValue(),
        expires(token),
        response.getTokens().getRefreshToken() == null
            ? null
            : response.getTokens().getRefreshToken().getValue());
  }

  private @Nullable String user(
      SmartSettings.Ehr ehr,
      Endpoints there,
      Pending pending,
      String scope,
      @Nullable String idToken) {
    if (idToken != null) {
      return identity.user(idToken, ehr, there, pending.nonce());
    }
    if (Scopes.of(scope).has("openid")) {
      throw new SmartException(
          Problem.IDENTITY, "openid was granted at " + ehr.iss() + " without id_token");
    }
    return null;
  }

  private static @Nullable String text(Map<String, Object> parameters, String name) {
    return parameters.get(name) instanceof String text ? text : null;
  }

  private @Nullable Long expires(AccessToken token) {
    return token.getLifetime() <= 0 ? null : clock.millis() + token.getLifetime() * 1000;
  }

  /**
   * New tokens for a launch, with the same scopes or fewer.
   *
   * @throws RefusedException if the record gives none
   * @throws IOException if it does not answer
   */
  Grant renew(Grant grant) throws RefusedException, IOException {
    if (grant.iss() == null || grant.refreshToken() == null) {
      throw new RefusedException("nothing to renew with");
    }
    SmartSettings.Ehr ehr = configured(grant.iss());
    AccessTokenResponse response =
        ask(
            ehr,
            endpoints.of(ehr.iss()),
            new RefreshTokenGrant(new RefreshToken(grant.refreshToken())));
    String patient = text(response.getCustomParameters(), "patient");
    if (patient != null && !patient.equals(grant.patient())) {
      throw new RefusedException("the new token is for another patient");
    }
    AccessToken token = response.getTokens().getAccessToken();
    RefreshToken next = response.getTokens().getRefreshToken();
    return grant.renewed(
        token.getScope() == null ? grant.scope() : token.getScope().toString(),
        token.getValue(),
        expires(token),
        next == null ? null : next.getValue());
  }

  /** Asks the record to forget the tokens of a launch; whether it does changes nothing here. */
  void revoke(Grant grant) {
    if (grant.iss() == null) {
      return;
    }
    try {
      SmartSettings.Ehr ehr = configured(grant.iss());
      Endpoints there = endpoints.of(ehr.iss());
      if (there.revocation() == null) {
        return;
      }
      if (grant.refreshToken() != null) {
        revoke(ehr, there, there.revocation(), new RefreshToken(grant.refreshToken()));
      }
      if (grant.accessToken() != null) {
        revoke(ehr, there, there.revocation(), new BearerAccessToken(grant.accessToken()));
      }
    } catch (RefusedException | SmartException | IOException e) {
      // The tokens are gone here, and end there by themselves.
    }
  }

  private void revoke(SmartSettings.Ehr ehr, Endpoints there, URI where, Token token)
      throws IOException {
    TokenRevocationRequest request =
        ehr.kind() == SmartSettings.Kind.PUBLIC
            ? new TokenRevocationRequest(where, new ClientID(ehr.clientId()), token)
            : new TokenRevocationRequest(where, keys.assertion(ehr, there.token()), token);
    request.toHTTPRequest().send(outbound);
  }

  private AccessTokenResponse ask(SmartSettings.Ehr ehr, Endpoints there, AuthorizationGrant grant)
      throws RefusedException, IOException {
    TokenRequest request =
        ehr.kind() == SmartSettings.Kind.PUBLIC
            ? new TokenRequest.Builder(there.token(), new ClientID(ehr.clientId()), grant).build()
            : new TokenRequest.Builder(there.token(), keys.assertion(ehr, there.token()), grant)
                .build();
    try {
      var http = request.toHTTPRequest().send(outbound);
      if (http.getStatusCode() >= 500) {
        throw new IOException("status " + http.getStatusCode());
      }
      TokenResponse response = TokenResponse.parse(http);
      if (!response.indicatesSuccess()) {
        String error = response.toErrorResponse().getErrorObject().getCode();
        throw new RefusedException(error == null ? "refused" : AuthorizationError.named(error));
      }
      return response.toSuccessResponse();
    } catch (ParseException e) {
      throw new RefusedException("the response is not a token response");
    }
  }
}
