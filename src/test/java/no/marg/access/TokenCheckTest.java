package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.PlainJWT;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.access.TestEhr.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;

class TokenCheckTest {
  private static final String URL = "https://marg.example.org/cds-services/mm-order-sign";
  private static final String KEYS = "https://ehr.example.org/jwks.json";
  private static final TestEhr EHR = new TestEhr("ec-1");
  private static final TestEhr STRANGER = new TestEhr("ec-1");

  private static final RSAKey SHORT = TestEhr.rsa("short", 1024);

  private final TestTime time = new TestTime();
  private final EmbeddedDatabase database =
      new EmbeddedDatabaseBuilder()
          .generateUniqueName(true)
          .setType(EmbeddedDatabaseType.H2)
          .addScript("db/migration/V10__access_used_token.sql")
          .build();
  private final TokenCheck check = check(Map.of());

  private TokenCheck check(Map<String, String> settings) {
    return new TokenCheck(
        settings(settings),
        new ReplayMemory(JdbcClient.create(database), time),
        time,
        Runnable::run,
        (client, all) ->
            () ->
                new KeySource.Keys(
                    new JWKSet(
                        List.of(
                            EHR.key(),
                            TestEhr.rsaKey(),
                            SHORT,
                            new OctetSequenceKey.Builder(new byte[48]).keyID("oct").build())),
                    null));
  }

  static AccessSettings settings(Map<String, String> changes) {
    Map<String, String> all = new HashMap<>();
    all.put("marg.access.authentication", "true");
    all.put("marg.access.clients[0].issuer", TestEhr.ISSUER);
    all.put("marg.access.clients[0].jwks-url", KEYS);
    all.put("marg.access.clients[0].fhir-servers", "https://ehr.example.org/fhir");
    all.put("marg.access.clients[1].issuer", "https://hosted.example.org");
    all.put("marg.access.clients[1].jwks-url", "https://hosted.example.org/jwks.json");
    all.put("marg.access.clients[1].tenants", "north,south");
    all.put("marg.access.clients[1].fhir-servers", "https://hosted.example.org/fhir");
    all.putAll(changes);
    return new Binder(new MapConfigurationPropertySource(all))
        .bindOrCreate("marg.access", AccessSettings.class);
  }

  private CdsClient accepted(String token) throws RefusedException {
    return check.check(token, List.of(URL), false);
  }

  private static Refusal refusal(TokenCheck by, String token) {
    Throwable thrown = catchThrowable(() -> by.check(token, List.of(URL), false));
    assertThat(thrown).isInstanceOf(RefusedException.class);
    return ((RefusedException) thrown).reason();
  }

  private Token token() {
    return EHR.token(URL, time.instant());
  }

  @Test
  @Conforms({"CH-80", "CH-81", "CH-82"})
  void aRightTokenNamesItsClient() throws RefusedException {
    CdsClient client = accepted(token().signed());
    assertThat(client.issuer()).isEqualTo(TestEhr.ISSUER);
    assertThat(client.tenant()).isNull();
    assertThat(client.open()).isFalse();
    assertThat(client.allowsFhirServer(URI.create("https://ehr.example.org/fhir"))).isTrue();
    assertThat(client.allowsFhirServer(URI.create("https://hosted.example.org/fhir"))).isFalse();
  }

  @Test
  @Conforms("CH-81")
  void rsaIsAcceptedToo() throws RefusedException {
    assertThat(
            accepted(
                token()
                    .keyId("rsa-1")
                    .signedWith(TestEhr.rsaKey(), JWSAlgorithm.RS384)
                    .keyUrl(KEYS)
                    .signed()))
        .isNotNull();
  }

  @Test
  @Conforms("CH-81")
  void anotherAlgorithmOnlyBySetting() throws RefusedException {
    Token token = token().keyId("rsa-1").signedWith(TestEhr.rsaKey(), JWSAlgorithm.RS256);
    assertThat(refusal(check, token.signed())).isEqualTo(Refusal.ALGORITHM);
    TokenCheck wider = check(Map.of("marg.access.algorithms", "ES384,RS256"));
    assertThat(wider.check(token.signed(), List.of(URL), false)).isNotNull();
  }

  @Test
  @Conforms("CH-81")
  void noSettingAllowsSymmetricOrNoSignatures() {
    for (String name : List.of("HS256", "HS384", "none", "EdDSA", "")) {
      assertThatThrownBy(() -> settings(Map.of("marg.access.algorithms", name)))
          .hasStackTraceContaining("marg.access.algorithms");
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bad(
            "HS256 with a key of the set",
            Refusal.ALGORITHM,
            t -> t.keyId("oct").signed(JWSAlgorithm.HS256, new byte[48])),
        bad(
            "HS384 with the public key as secret",
            Refusal.ALGORITHM,
            t -> t.signed(JWSAlgorithm.HS384, publicKey())),
        bad("no signature", Refusal.MALFORMED, t -> new PlainJWT(t.claims()).serialize()),
        bad("signature cut off", Refusal.MALFORMED, t -> t.signed().replaceAll("\\.[^.]*$", ".")),
        bad("not a token", Refusal.MALFORMED, t -> "abc"),
        bad("empty", Refusal.MALFORMED, t -> ""),
        bad("very long", Refusal.MALFORMED, t -> t.with("x", "y".repeat(9000)).signed()),
        bad("typ missing", Refusal.TYPE, t -> t.type(null).signed()),
        bad("typ of another kind", Refusal.TYPE, t -> t.type("at+jwt").signed()),
        bad("kid missing", Refusal.KEY_ID, t -> t.keyId(null).signed()),
        bad("kid empty", Refusal.KEY_ID, t -> t.keyId("").signed()),
        bad("kid unknown", Refusal.KEY_UNKNOWN, t -> t.keyId("ec-2").signed()),
        bad("kid of a key of another kind", Refusal.SIGNATURE, t -> t.keyId("rsa-1").signed()),
        bad("kid of a symmetric key", Refusal.KEY_UNKNOWN, t -> t.keyId("oct").signed()),
        bad(
            "RSA key of 1024 bits",
            Refusal.KEY_UNKNOWN,
            t -> t.keyId("short").signedWith(SHORT, JWSAlgorithm.RS384).signed()),
        bad(
            "key of somebody else",
            Refusal.SIGNATURE,
            t -> t.signedWith(STRANGER.key(), JWSAlgorithm.ES384).signed()),
        bad(
            "signature of another token",
            Refusal.SIGNATURE,
            t -> spliced(t.with("jti", "a").signed(), t.with("jti", "b").signed())),
        bad("ES256", Refusal.ALGORITHM, t -> t.signedWith(p256(), JWSAlgorithm.ES256).signed()),
        bad(
            "jku of somebody else",
            Refusal.KEY_URL,
            t -> t.keyUrl("https://evil.example.org/jwks.json").signed()),
        bad("jku with other spelling", Refusal.KEY_URL, t -> t.keyUrl(KEYS + "?x").signed()),
        bad("iss missing", Refusal.ISSUER, t -> t.with("iss", null).signed()),
        bad("iss unknown", Refusal.ISSUER, t -> t.with("iss", "https://evil.example.org").signed()),
        bad(
            "iss with a slash more",
            Refusal.ISSUER,
            t -> t.with("iss", TestEhr.ISSUER + "/").signed()),
        bad(
            "iss of another client",
            Refusal.TENANT,
            t -> t.with("iss", "https://hosted.example.org").signed()),
        bad("tenant that is not registered", Refusal.TENANT, t -> t.with("tenant", "x").signed()),
        bad("tenant that is a number", Refusal.TENANT, t -> t.with("tenant", 1).signed()),
        bad("aud missing", Refusal.AUDIENCE, t -> t.with("aud", null).signed()),
        bad(
            "aud with another path",
            Refusal.AUDIENCE,
            t -> t.with("aud", URL.replace("sign", "select")).signed()),
        bad(
            "aud of the base only",
            Refusal.AUDIENCE,
            t -> t.with("aud", "https://marg.example.org/cds-services").signed()),
        bad(
            "aud with another host",
            Refusal.AUDIENCE,
            t -> t.with("aud", URL.replace("marg", "other")).signed()),
        bad(
            "aud without TLS",
            Refusal.AUDIENCE,
            t -> t.with("aud", URL.replace("https", "http")).signed()),
        bad("aud that is no text", Refusal.AUDIENCE, t -> t.with("aud", 5).signed()),
        bad("exp missing", Refusal.TIMES_MISSING, t -> t.with("exp", null).signed()),
        bad("iat missing", Refusal.TIMES_MISSING, t -> t.with("iat", null).signed()),
        bad("exp that is text", Refusal.MALFORMED, t -> t.with("exp", "tomorrow").signed()),
        bad("jti missing", Refusal.TOKEN_ID, t -> t.with("jti", null).signed()),
        bad("jti empty", Refusal.TOKEN_ID, t -> t.with("jti", " ").signed()),
        bad("jti very long", Refusal.TOKEN_ID, t -> t.with("jti", "x".repeat(300)).signed()));
  }

  private static Arguments bad(String name, Refusal reason, Function<Token, String> change) {
    return Arguments.of(named(name, change), reason);
  }

  private static byte[] publicKey() {
    try {
      return EHR.key().toECPublicKey().getEncoded();
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static com.nimbusds.jose.jwk.ECKey p256() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("ec-1").generate();
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String spliced(String one, String other) {
    return one.substring(0, one.lastIndexOf('.')) + other.substring(other.lastIndexOf('.'));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("refused")
  @Conforms({"CH-81", "CH-82", "CH-83", "CH-84"})
  void isRefused(Function<Token, String> change, Refusal reason) {
    assertThat(refusal(check, change.apply(token()))).isEqualTo(reason);
  }

  @Test
  @Conforms("CH-83")
  void theAudienceMayBeAList() throws RefusedException {
    assertThat(accepted(token().with("aud", List.of("https://other.example.org", URL)).signed()))
        .isNotNull();
    assertThat(refusal(check, token().with("aud", List.of("https://other", URL + "/")).signed()))
        .isEqualTo(Refusal.AUDIENCE);
  }

  @Test
  @Conforms({"CH-82", "CH-84"})
  void aTenantIsAClientOfItsOwn() throws RefusedException {
    Token token = token().with("iss", "https://hosted.example.org").with("tenant", "south");
    assertThat(accepted(token.signed()).tenant()).isEqualTo("south");
  }

  /** Seconds from now of iat and exp; the life is 60 minutes, the skew 30 seconds. */
  @ParameterizedTest(name = "iat {0}, exp {1}: {2}")
  @Conforms("CH-85")
  @CsvSource({
    "0, 3600,",
    "0, 3601, LIFE_TOO_LONG",
    "30, 300,",
    "31, 300, ISSUED_IN_FUTURE",
    "-300, 0,",
    "-300, -29,",
    "-300, -30, EXPIRED",
    "-300, -31, EXPIRED",
    "-3601, 0, LIFE_TOO_LONG",
    "10, 5,",
  })
  void timesAtTheirLimits(long iat, long exp, Refusal reason) throws RefusedException {
    Instant now = time.instant();
    String token =
        token()
            .with("iat", Date.from(now.plusSeconds(iat)))
            .with("exp", Date.from(now.plusSeconds(exp)))
            .signed();
    if (reason == null) {
      assertThat(accepted(token)).isNotNull();
    } else {
      assertThat(refusal(check, token)).isEqualTo(reason);
    }
  }

  @Test
  @Conforms("CH-85")
  void notBeforeIsHonouredAndSubjectTolerated() throws RefusedException {
    Instant now = time.instant();
    assertThat(
            accepted(token().with("sub", "x").with("nbf", Date.from(now.plusSeconds(30))).signed()))
        .isNotNull();
    assertThat(refusal(check, token().with("nbf", Date.from(now.plusSeconds(31))).signed()))
        .isEqualTo(Refusal.NOT_YET_VALID);
  }

  @Test
  @Conforms("CH-85")
  void theLongestLifeIsASetting() {
    TokenCheck strict = check(Map.of("marg.access.token-life", "4m"));
    assertThat(refusal(strict, token().signed())).isEqualTo(Refusal.LIFE_TOO_LONG);
  }

  @Test
  @Conforms("CH-86")
  void aTokenCountsOnce() throws RefusedException {
    String token = token().signed();
    accepted(token);
    assertThat(refusal(check, token)).isEqualTo(Refusal.REPLAYED);
  }

  @Test
  @Conforms("CH-86")
  void anotherCopyOfTheServiceKnowsTheTokenToo() throws RefusedException {
    String token = token().signed();
    accepted(token);
    assertThat(refusal(check(Map.of()), token)).isEqualTo(Refusal.REPLAYED);
  }

  @Test
  @Conforms("CH-86")
  void theSameIdOfAnotherIssuerIsAnotherToken() throws RefusedException {
    accepted(token().with("jti", "1").signed());
    assertThat(
            accepted(
                token()
                    .with("jti", "1")
                    .with("iss", "https://hosted.example.org")
                    .with("tenant", "north")
                    .signed()))
        .isNotNull();
    assertThat(refusal(check, token().with("jti", "1").signed())).isEqualTo(Refusal.REPLAYED);
  }

  @Test
  @Conforms("CH-86")
  void aForgedTokenDoesNotUseUpTheIdOfARightOne() throws RefusedException {
    Token token = token().with("jti", "mine");
    refusal(check, token.signedWith(STRANGER.key(), JWSAlgorithm.ES384).signed());
    assertThat(accepted(token().with("jti", "mine").signed())).isNotNull();
  }

  @Test
  @Conforms("CH-86")
  void anExpiredIdIsForgottenOnlyWhenItsTokenIsRefusedForItsAge() throws RefusedException {
    ReplayMemory used = new ReplayMemory(JdbcClient.create(database), time);
    String token = token().signed();
    accepted(token);
    time.pass(Duration.ofSeconds(329));
    used.forgetExpired();
    assertThat(remembered()).isEqualTo(1);
    assertThat(refusal(check, token)).isEqualTo(Refusal.REPLAYED);
    time.pass(Duration.ofSeconds(3));
    used.forgetExpired();
    assertThat(remembered()).isZero();
    assertThat(refusal(check, token)).isEqualTo(Refusal.EXPIRED);
  }

  private int remembered() {
    return JdbcClient.create(database)
        .sql("select count(*) from access_used_token")
        .query(Integer.class)
        .single();
  }

  @Test
  void whenTheDatabaseIsAwayNobodyIsLetIn() {
    TokenCheck other = check(Map.of());
    database.shutdown();
    assertThatThrownBy(() -> other.check(token().signed(), List.of(URL), false))
        .isInstanceOf(org.springframework.dao.DataAccessException.class);
  }

  @Test
  void reportsNeedTheirOwnRight() throws RefusedException {
    assertThat(catchThrowable(() -> check.check(token().signed(), List.of(URL), true)))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(Refusal.NOT_ADMIN));
    assertThat(
            check(Map.of("marg.access.clients[0].admin", "true"))
                .check(token().signed(), List.of(URL), true))
        .isNotNull();
  }

  @Test
  void aClientStandsOnlyOnce() {
    Map<String, String> twice =
        Map.of(
            "marg.access.clients[2].issuer", "https://hosted.example.org",
            "marg.access.clients[2].jwks-url", "https://hosted.example.org/jwks.json",
            "marg.access.clients[2].tenants", "north");
    assertThatThrownBy(() -> check(twice)).hasMessageContaining("north stands there twice");
  }

  @Test
  void aClientHasKeysFromOnePlace() {
    assertThatThrownBy(() -> settings(Map.of("marg.access.clients[0].jwks", "file:keys.json")))
        .hasStackTraceContaining("either jwks-url or jwks");
    assertThatThrownBy(() -> settings(Map.of("marg.access.clients[0].jwks-url", "")))
        .hasStackTraceContaining("either jwks-url or jwks");
  }

  @Test
  void aRefusalCarriesNoTextOfTheToken() {
    Token token = token().with("iss", "CANARY").with("jti", "CANARY");
    assertThat(catchThrowable(() -> check.check(token.signed(), List.of(URL), false)))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e.issuer()).isNull();
              assertThat(e.tokenId()).isNull();
            });
  }
}
