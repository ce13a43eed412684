package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.MargApplication;
import no.marg.TestRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** The production profile with a key store made for the test. */
class TlsTest {
  private static final String PASSWORD = "changeit";
  private static final TestEhr EHR = new TestEhr("ec-1");

  @TempDir private static Path folder;

  private static Path store;

  @BeforeAll
  static void makeKeys() throws Exception {
    store = folder.resolve("marg.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "marg",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("marg", load(store).getCertificate("marg"));
    try (OutputStream out = Files.newOutputStream(folder.resolve("trusted.p12"))) {
      trusted.store(out, PASSWORD.toCharArray());
    }
    Files.writeString(folder.resolve("ehr.json"), EHR.publicKeys());
  }

  private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static ConfigurableApplicationContext start(String name, String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--spring.ssl.bundle.jks.marg.keystore.location=file:" + store,
                "--spring.ssl.bundle.jks.marg.keystore.password=" + PASSWORD,
                "--spring.ssl.bundle.jks.marg.truststore.location=file:"
                    + folder.resolve("trusted.p12"),
                "--spring.ssl.bundle.jks.marg.truststore.password=" + PASSWORD,
                "--server.ssl.bundle=marg"));
    settings.addAll(Arrays.asList(more));
    return startWith(name, settings.toArray(String[]::new));
  }

  /** Production with all that it asks for but TLS. */
  private static ConfigurableApplicationContext startWith(String name, String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--spring.profiles.active=production",
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:file:" + folder.resolve(name),
                "--marg.access.public-url=https://marg.example.org",
                "--marg.access.clients[0].issuer=" + TestEhr.ISSUER,
                "--marg.access.clients[0].jwks=file:" + folder.resolve("ehr.json")));
    settings.addAll(Arrays.asList(more));
    return MargApplication.application().run(settings.toArray(String[]::new));
  }

  private static int port(ConfigurableApplicationContext running) {
    return ((WebServerApplicationContext) running).getWebServer().getPort();
  }

  private static HttpResponse<String> get(
      String scheme, int port, boolean withKey, String... protocols)
      throws IOException, InterruptedException, GeneralSecurityException {
    return send(
        HttpRequest.newBuilder(URI.create(scheme + "://localhost:" + port + "/cds-services"))
            .build(),
        withKey,
        protocols);
  }

  private static HttpResponse<String> send(
      HttpRequest request, boolean withKey, String... protocols)
      throws IOException, InterruptedException, GeneralSecurityException {
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(load(folder.resolve("trusted.p12")));
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(load(store), PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(withKey ? own.getKeyManagers() : null, trusted.getTrustManagers(), null);
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(tls)
            .sslParameters(
                protocols.length == 0
                    ? tls.getDefaultSSLParameters()
                    : new SSLParameters(null, protocols))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  @Conforms("CH-4")
  void onlyTlsOf12OrNewerIsAnswered() throws Exception {
    try (ConfigurableApplicationContext running = start("tls")) {
      int port = port(running);
      assertThat(get("https", port, false, "TLSv1.2").statusCode()).isEqualTo(401);
      assertThat(get("https", port, false, "TLSv1.3").statusCode()).isEqualTo(401);
      assertThat(get("http", port, false).statusCode()).isEqualTo(400);
      TomcatWebServer server =
          (TomcatWebServer) ((WebServerApplicationContext) running).getWebServer();
      assertThat(server.getTomcat().getConnector().findSslHostConfigs())
          .isNotEmpty()
          .allSatisfy(
              host ->
                  assertThat(host.getEnabledProtocols())
                      .containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3"));
    }
  }

  @Test
  @Conforms("CH-4")
  void whereAProxyEndsTlsTheServiceStartsWithoutIt() throws Exception {
    try (ConfigurableApplicationContext running =
        startWith("proxy", "--marg.access.tls-at-proxy=true")) {
      assertThat(get("http", port(running), false).statusCode()).isEqualTo(401);
    }
  }

  /** The token of a call must not go out in the clear, whoever asks for it. */
  @Test
  @Conforms("CH-34")
  void aRecordServerWithoutTlsIsRefused() throws Exception {
    try (ConfigurableApplicationContext running = start("record")) {
      HookCall call =
          HookCall.of("order-sign", "p1", TestRecord.of("p1", "1966-01-01").resources())
              .drafts(List.of());
      HttpResponse<String> withoutServer = hook(port(running), call);
      assertThat(withoutServer.statusCode()).as(withoutServer.body()).isEqualTo(200);
      for (String base :
          List.of("http://ehr.example.org/fhir", "HTTP://ehr.example.org/fhir", "ftp://ehr/fhir")) {
        call.body().put("fhirServer", base);
        HttpResponse<String> refused = hook(port(running), call);
        assertThat(refused.statusCode()).as(base).isEqualTo(400);
        assertThat(refused.body()).contains("fhirServer must be https");
      }
    }
  }

  /** What became of a request is told to who may send it; the page for it is a tool of the demo. */
  @Test
  void theSelfCheckAsksForATokenAndHasNoPage() throws Exception {
    try (ConfigurableApplicationContext running = start("self-check")) {
      int port = port(running);
      for (String page : List.of("/self-check", "/self-check/index.html", "/self-check/main.js")) {
        HttpResponse<String> none = send(to(port, page).build(), false);
        assertThat(none.statusCode()).as(page).isEqualTo(404);
      }
      String path = "/cds-services/mm-order-sign/$self-check";
      HookCall call =
          HookCall.of("order-sign", "p1", TestRecord.of("p1", "1966-01-01").resources())
              .drafts(List.of());
      assertThat(
              send(
                      to(port, path)
                          .header("Content-Type", "application/json")
                          .POST(HttpRequest.BodyPublishers.ofString(call.body().toString()))
                          .build(),
                      false)
                  .statusCode())
          .isEqualTo(401);
      HttpResponse<String> checked = post(port, path, call);
      assertThat(checked.statusCode()).as(checked.body()).isEqualTo(200);
      assertThat(checked.body()).contains("verdicts");
    }
  }

  private static HttpRequest.Builder to(int port, String path) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + port + path));
  }

  private static HttpResponse<String> hook(int port, HookCall call) throws Exception {
    return post(port, "/cds-services/mm-order-sign", call);
  }

  private static HttpResponse<String> post(int port, String path, HookCall call) throws Exception {
    return send(
        to(port, path)
            .header("Content-Type", "application/json")
            .header(
                "Authorization",
                EHR.token("https://marg.example.org" + path, Instant.now()).header())
            .POST(HttpRequest.BodyPublishers.ofString(call.body().toString()))
            .build(),
        false);
  }

  @Test
  @Conforms("CH-89")
  void aClientMayHaveToShowItsCertificate() throws Exception {
    try (ConfigurableApplicationContext running =
        start("mutual", "--server.ssl.client-auth=need")) {
      int port = port(running);
      assertThat(get("https", port, true).statusCode()).isEqualTo(401);
      assertThatThrownBy(() -> get("https", port, false)).isInstanceOf(IOException.class);
    }
  }
}
