package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import jakarta.servlet.http.Cookie;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import no.marg.Conforms;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

/** What settings are refused, and what they do to headers, cookies and keys. */
class SmartSettingsTest {
  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);
  private static final WallClock CLOCK = new WallClock(Clock.systemUTC());

  private static SmartSettings settings(
      @Nullable String base, @Nullable String key, SmartSettings.Ehr... ehrs) {
    return new SmartSettings(
        base == null ? null : URI.create(base),
        List.of(ehrs),
        List.of(),
        key,
        Duration.ofMinutes(30),
        Duration.ofHours(12),
        Duration.ofSeconds(5));
  }

  private static SmartSettings.Ehr ehr(String iss, List<String> scopes, String... frames) {
    return new SmartSettings.Ehr(
        URI.create(iss),
        "marg",
        SmartSettings.Kind.PUBLIC,
        SmartSettings.Signing.ES384,
        scopes,
        List.of(),
        true,
        List.of(frames));
  }

  @Test
  @Conforms("SM-3")
  void aRecordNeedsTheAddressThatIsRegisteredThere() {
    assertThatThrownBy(() -> settings(null, null, ehr("https://ehr.example/fhir", List.of())))
        .hasMessageContaining("marg.smart.base-url");
    assertThatThrownBy(
            () ->
                settings(
                    "https://marg.example",
                    null,
                    ehr("https://ehr.example/fhir", List.of()),
                    ehr("https://EHR.example:443/fhir/", List.of())))
        .hasMessageContaining("twice");
  }

  @Test
  @Conforms("SM-17")
  void inProductionAddressesAreHttpsAndSessionsHaveTheirKey() {
    SmartSettings.Ehr safe = ehr("https://ehr.example/fhir", List.of());
    assertThatCode(settings("https://marg.example", KEY, safe)::checkForProduction)
        .doesNotThrowAnyException();
    assertThatCode(settings(null, null)::checkForProduction).doesNotThrowAnyException();
    for (SmartSettings unsafe :
        List.of(
            settings("http://marg.example", KEY, safe),
            settings("https://marg.example", KEY, ehr("http://ehr.example/fhir", List.of())),
            settings("https://marg.example", null, safe))) {
      assertThatThrownBy(unsafe::checkForProduction).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> settings(null, "c2hvcnQ="))
        .hasMessageContaining("32 bytes")
        .message()
        .doesNotContain("c2hvcnQ=");
  }

  @Test
  @Conforms("SM-34")
  void theRightsOfABackendAreNotMixedIn() {
    assertThatThrownBy(
            () -> ehr("https://ehr.example/fhir", List.of("launch", "system/Observation.rs")))
        .hasMessageContaining("system/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "https://*",
        "https://*.example",
        "https://a.example; script-src *",
        "'self'"
      })
  @Conforms("SM-31")
  void aFrameHostIsOneOrigin(String host) {
    assertThatThrownBy(() -> ehr("https://ehr.example/fhir", List.of(), host))
        .hasMessageContaining("frame-hosts");
  }

  @Test
  @Conforms({"SM-31", "SM-35"})
  void inAFrameOnlyTheRecordsPagesShowTheApp() throws Exception {
    SmartSettings settings =
        settings(
            "https://marg.example",
            KEY,
            ehr("https://ehr.example/fhir", List.of(), "https://portal.example:8443"));
    MockHttpServletResponse response = new MockHttpServletResponse();

    new SmartHeaders(settings)
        .doFilter(
            new MockHttpServletRequest("GET", "/smart/launch"), response, new MockFilterChain());

    assertThat(response.getHeader("Content-Security-Policy"))
        .endsWith("frame-ancestors https://portal.example:8443");
    assertThat(response.getHeader("X-Frame-Options")).isNull();
    assertThat(response.getHeader("Strict-Transport-Security")).isEqualTo("max-age=31536000");
  }

  @Test
  @Conforms("SM-31")
  void inAFrameTheCookieIsSecureAndKeptApart() {
    SmartSettings settings =
        settings(
            "https://marg.example",
            KEY,
            ehr("https://ehr.example/fhir", List.of(), "https://portal.example"));
    MockHttpServletResponse response = new MockHttpServletResponse();

    new Browsers(settings, NOTHING).ensure(new MockHttpServletRequest(), response);

    assertThat(response.getHeader("Set-Cookie"))
        .startsWith("__Host-marg=")
        .contains("; Path=/", "; Secure", "; HttpOnly", "; SameSite=None", "; Partitioned");
  }

  @Test
  @Conforms("SM-30")
  void aPlantedCookieIsReplaced() {
    MockHttpServletRequest request = new MockHttpServletRequest();
    request.setCookies(new Cookie("marg", Secrets.random()));
    MockHttpServletResponse response = new MockHttpServletResponse();

    String hash = new Browsers(settings(null, null), NOTHING).ensure(request, response);

    assertThat(response.getHeader("Set-Cookie")).startsWith("marg=");
    assertThat(hash).isNotEqualTo(Secrets.hash(request.getCookies()[0].getValue()));
  }

  @Test
  @Conforms("SM-17")
  void whatIsSealedOpensInItsOwnPlaceWithItsOwnKey() {
    Sealer sealer = new Sealer(new SecretKeySpec(new byte[32], "AES"));
    Pending pending = new Pending(URI.create("https://ehr.example/fhir"), "verifier", "nonce");
    String text = sealer.seal("row", pending);

    assertThat(sealer.open("row", text, Pending.class)).contains(pending);
    assertThat(sealer.open("another", text, Pending.class)).isEmpty();
    assertThat(
            new Sealer(
                    new SecretKeySpec(
                        "another key of just 32 letters..".getBytes(StandardCharsets.US_ASCII),
                        "AES"))
                .open("row", text, Pending.class))
        .isEmpty();
    assertThat(sealer.open("row", text.substring(0, text.length() - 2), Pending.class)).isEmpty();
    assertThat(text).doesNotContain("verifier");
    assertThat(pending.toString()).doesNotContain("verifier", "nonce");
  }

  private static List<JWK> read(String text) {
    return ClientKeys.read(
        List.of(new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8), "a test")));
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  @Test
  @Conforms({"SM-15", "SM-16"})
  void keysAreReadFromPemAndJwk() throws Exception {
    ECKey ec = new ECKeyGenerator(Curve.P_384).generate();
    RSAKey rsa = new RSAKeyGenerator(2048).generate();
    String pair =
        pem("PRIVATE KEY", ec.toPrivateKey().getEncoded())
            + pem("PUBLIC KEY", ec.toPublicKey().getEncoded());

    assertThat(read(pair).get(0).computeThumbprint()).isEqualTo(ec.computeThumbprint());
    assertThat(read(pem("PRIVATE KEY", rsa.toPrivateKey().getEncoded())).get(0).computeThumbprint())
        .isEqualTo(rsa.computeThumbprint());
    assertThat(read("{\"keys\":[" + ec.toJSONString() + "," + rsa.toJSONString() + "]}"))
        .hasSize(2);
    assertThat(new ClientKeys(read(pair), CLOCK).publicSet())
        .contains("\"kid\":\"" + ec.computeThumbprint() + "\"", "\"alg\":\"ES384\"")
        .doesNotContain("\"d\":");
    assertThat(new ClientKeys(ClientKeys.made(List.of()), CLOCK).has(SmartSettings.Signing.ES384))
        .isTrue();
  }

  @Test
  @Conforms("SM-16")
  void keysThatCanNotSignAreRefused() throws Exception {
    ECKey ec = new ECKeyGenerator(Curve.P_384).generate();
    assertThatThrownBy(() -> read(pem("PRIVATE KEY", ec.toPrivateKey().getEncoded())))
        .hasMessageContaining("openssl pkey -pubout");
    assertThatThrownBy(() -> read("rubbish")).hasMessageContaining("not a private key");
    for (JWK weak :
        List.of(
            ec.toPublicJWK(),
            new ECKeyGenerator(Curve.P_256).generate(),
            new RSAKeyGenerator(1024, true).generate())) {
      assertThatThrownBy(() -> new ClientKeys(List.of(weak), CLOCK))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Conforms("SM-25")
  void aUserOfThisServerIsRelative() {
    URI iss = URI.create("https://ehr.example/fhir");
    Map.of(
            "https://ehr.example/fhir/Practitioner/1", "Practitioner/1",
            "https://EHR.example:443/fhir/Practitioner/1", "Practitioner/1",
            "https://ehr.example/other/Practitioner/1", "https://ehr.example/other/Practitioner/1")
        .forEach((claim, user) -> assertThat(Identity.reference(claim, iss)).isEqualTo(user));
    assertThat(Identity.reference(null, iss)).isNull();
  }

  /** Knows no browser. */
  private static final Browsers.Known NOTHING = hash -> false;
}
