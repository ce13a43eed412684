package no.marg.access;

import static no.marg.access.ForwardedHeadersTest.FORGED;
import static no.marg.access.ForwardedHeadersTest.artifactUrl;
import static no.marg.access.ForwardedHeadersTest.cardSource;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import no.marg.Conforms;
import no.marg.Http;
import no.marg.MargApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** A service that is called by a proxy, which is this test. */
@ExtendWith(OutputCaptureExtension.class)
class TrustedProxyTest {
  private static final String PUBLIC = "https://marg.example.org/decisions";
  private static final String SETTING = "marg.access.trusted-proxies";
  private static final String URL = "marg.access.public-url";
  private static final TestEhr EHR = new TestEhr("ec-1");

  private static ConfigurableApplicationContext start(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--marg.evaluation-date=2026-02-15",
                "--spring.datasource.url=jdbc:h2:mem:proxy;DB_CLOSE_DELAY=-1"));
    settings.addAll(Arrays.asList(more));
    return MargApplication.application().run(settings.toArray(String[]::new));
  }

  private static Http http(ConfigurableApplicationContext running) {
    return new Http(port(running));
  }

  private static int port(ConfigurableApplicationContext running) {
    return ((WebServerApplicationContext) running).getWebServer().getPort();
  }

  /** The address that the log of a refused call has. */
  private static String addressInTheLog(CapturedOutput log, Http http, String... headers) {
    int before = log.getOut().length();
    assertThat(http.get("/cds-services", headers).status()).isEqualTo(401);
    String line = log.getOut().substring(before);
    assertThat(line).contains("refused reason=");
    return line.strip().replaceFirst("(?s).* from=", "");
  }

  @Test
  @Conforms("CH-83")
  void theAuditHasTheAddressOfTheCallerAndNothingElseChanges(
      @TempDir Path folder, CapturedOutput log) throws Exception {
    Files.writeString(folder.resolve("ehr.json"), EHR.publicKeys());
    try (var running =
        start(
            "--marg.access.trusted-proxies=127.0.0.1,::1,10.0.0.0/8",
            "--marg.access.authentication=true",
            "--marg.access.public-url=" + PUBLIC + "/",
            "--marg.access.clients[0].issuer=" + TestEhr.ISSUER,
            "--marg.access.clients[0].jwks=file:" + folder.resolve("ehr.json"))) {
      Http http = http(running);
      assertThat(addressInTheLog(log, http)).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
      assertThat(addressInTheLog(log, http, FORGED)).isEqualTo("203.0.113.9");
      // What the caller itself wrote stands to the left of what the proxies added.
      assertThat(
              addressInTheLog(
                  log, http, "X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.1.2.3, 127.0.0.1"))
          .isEqualTo("203.0.113.9");
      assertThat(addressInTheLog(log, http, "X-Forwarded-For", "2001:db8::7"))
          .isEqualTo("2001:db8::7");
      assertThat(addressInTheLog(log, http, "X-Forwarded-For", "Kari Nordmann"))
          .isEqualTo("unusual");

      assertThat(http.get("/cds-services", forged("https://evil.example.org:8443")).status())
          .isEqualTo(401);
      assertThat(http.get("/cds-services", forged(PUBLIC)).status()).isEqualTo(200);
      assertThat(cardSource(http, forgedWith(PUBLIC + "/cds-services/mm-order-sign")))
          .startsWith(PUBLIC + "/guideline/");
      assertThat(artifactUrl(http, forgedWith(PUBLIC + "/fhir"))).startsWith(PUBLIC + "/fhir/");
    }
  }

  /** The limit is of the address that the proxy saw, and not of the proxy. */
  @Test
  void refusedCallsOfOneAddressAreLimitedAndValidOnesAreNot(
      @TempDir Path folder, CapturedOutput log) throws Exception {
    Files.writeString(folder.resolve("ehr.json"), EHR.publicKeys());
    try (var running =
        start(
            "--marg.access.trusted-proxies=127.0.0.1,::1",
            "--marg.access.authentication=true",
            "--marg.access.refused-per-minute=3",
            "--marg.access.public-url=" + PUBLIC,
            "--marg.access.clients[0].issuer=" + TestEhr.ISSUER,
            "--marg.access.clients[0].jwks=file:" + folder.resolve("ehr.json"))) {
      Http http = http(running);
      for (int i = 0; i < 3; i++) {
        assertThat(http.get("/cds-services", "X-Forwarded-For", "203.0.113.9").status())
            .isEqualTo(401);
      }
      int before = log.getOut().length();
      for (int i = 0; i < 3; i++) {
        // An address that the caller adds itself makes it no other caller.
        try (RawCall call = new RawCall(port(running))) {
          call.send(
              "GET /cds-services HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100."
                  + i
                  + ", 203.0.113.9\r\nConnection: close\r\n\r\n");
          assertThat(call.rest())
              .startsWith("HTTP/1.1 429")
              .containsPattern("Retry-After: (19|20)\r\n")
              .contains("\"resourceType\":\"OperationOutcome\"", "throttled");
        }
      }
      assertThat(log.getOut().substring(before))
          .containsOnlyOnce("too many refused calls from=203.0.113.9")
          .doesNotContain("refused reason=");
      assertThat(http.get("/cds-services", "X-Forwarded-For", "203.0.113.10").status())
          .isEqualTo(401);
      assertThat(http.get("/cds-services", forged(PUBLIC)).status()).isEqualTo(200);
    }
  }

  private static String[] forged(String base) {
    return forgedWith(base + "/cds-services");
  }

  private static String[] forgedWith(String audience) {
    List<String> headers = new ArrayList<>(Arrays.asList(FORGED));
    headers.add("Authorization");
    headers.add(EHR.token(audience, Instant.now()).header());
    return headers.toArray(String[]::new);
  }

  @Test
  void withoutAPublicUrlLinksAreOfTheAddressThatTheProxyWasCalledBy() {
    try (var running = start("--marg.access.trusted-proxies=127.0.0.0/8,::1")) {
      assertThat(
              cardSource(
                  http(running),
                  "X-Forwarded-Host",
                  "marg.example.org",
                  "X-Forwarded-Proto",
                  "https"))
          .startsWith("https://marg.example.org/guideline/");
    }
  }

  /** Names are looked up, and nearly all addresses are nearly everybody. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/4",
        "10.0.0.0/64",
        "10.0.0.1000",
        "proxy.example.org",
        ".*",
        "10.1.2.3,all"
      })
  void whatIsNoNetworkIsNotBelieved(String setting) {
    assertThatThrownBy(() -> TokenCheckTest.settings(Map.of(SETTING, setting, URL, PUBLIC)))
        .rootCause()
        .hasMessageContaining(SETTING);
  }

  @Test
  @Conforms("CH-83")
  void tokensNameAnAddressThatNoProxyCanChange() {
    assertThatThrownBy(() -> TokenCheckTest.settings(Map.of(SETTING, "10.1.2.3")))
        .rootCause()
        .hasMessageContaining(URL);
    assertThat(TokenCheckTest.settings(Map.of(SETTING, "10.1.2.3,fe80::1", URL, PUBLIC)))
        .extracting(AccessSettings::trustedProxies)
        .isEqualTo(List.of("10.1.2.3/32", "fe80::1/128"));
  }

  /** The platform has other doors; ProductionCheckTest tries the rest of them. */
  @Test
  void nothingStartsThatBelievesAllPrivateNetworks() {
    assertThatThrownBy(() -> start("--server.forward-headers-strategy=native").close())
        .rootCause()
        .hasMessageContaining(SETTING);
  }
}
