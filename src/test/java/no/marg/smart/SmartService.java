package no.marg.smart;

import ca.uhn.fhir.context.FhirContext;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import no.marg.TestGuideline;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Primary;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * A running service that three records may launch: of a public client, and of confidential ones
 * that sign with ES384 and with RS384. It is the service without the guideline, which a launch does
 * not touch.
 */
@SpringBootTest(
    classes = SmartService.Service.class,
    webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
    properties = "management.endpoint.health.validate-group-membership=false")
abstract class SmartService {
  static final FakeEhr EHR = FakeEhr.withPersonas("first-relapse", "smouldering");
  static final FakeEhr ES = FakeEhr.withPersonas("first-relapse");
  static final FakeEhr RS = FakeEhr.withPersonas("first-relapse");

  /** Knows scopes of SMART 1 only, takes long requests as a form, and renews nothing. */
  static final FakeEhr OLD = FakeEhr.withPersonas("first-relapse");

  /** Does not know PKCE. */
  static final FakeEhr BROKEN = FakeEhr.start();

  /** Is not configured. */
  static final FakeEhr STRANGER = FakeEhr.withPersonas("first-relapse");

  static final int PORT = freePort();
  static final MovingClock TIME = new MovingClock();

  final String app = "http://localhost:" + PORT;
  @Autowired Launches launches;

  /** The wall clock, which a test can put forward. */
  static final class MovingClock extends Clock {
    private volatile Duration ahead = Duration.ZERO;

    void ahead(Duration by) {
      ahead = by;
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  // Not a @Configuration, which the whole service of other tests would find.
  @EnableAutoConfiguration
  @ComponentScan({"no.marg.smart", "no.marg.ehr"})
  @ConfigurationPropertiesScan({"no.marg.smart", "no.marg.ehr"})
  static class Service {
    @Bean
    FhirContext fhirContext() {
      return TestGuideline.FHIR;
    }

    @Bean
    @Primary
    WallClock movingClock() {
      return new WallClock(TIME);
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry settings) throws IOException, JOSEException {
    Path folder = Files.createTempDirectory("keys");
    Path ec = folder.resolve("ec.json");
    Path rsa = folder.resolve("rsa.json");
    Path old = folder.resolve("old.json");
    Files.writeString(
        ec, new ECKeyGenerator(Curve.P_384).keyID("new-ec").generate().toJSONString());
    Files.writeString(
        old, new ECKeyGenerator(Curve.P_384).keyID("old-ec").generate().toJSONString());
    Files.writeString(rsa, new RSAKeyGenerator(2048).keyID("rsa").generate().toJSONString());
    settings.add("server.port", () -> PORT);
    settings.add("marg.smart.base-url", () -> "http://localhost:" + PORT);
    settings.add("marg.smart.keys", () -> "file:" + ec + ",file:" + old + ",file:" + rsa);
    settings.add("marg.smart.timeout", () -> "2s");
    ehr(settings, 0, EHR, "public", "es384");
    ehr(settings, 1, ES, "confidential", "es384");
    ehr(settings, 2, RS, "confidential", "rs384");
    ehr(settings, 3, OLD, "public", "es384");
    ehr(settings, 4, BROKEN, "public", "es384");
    URI keys = URI.create("http://localhost:" + PORT + "/.well-known/jwks.json");
    ES.clientKeys(keys);
    RS.clientKeys(keys);
  }

  private static void ehr(
      DynamicPropertyRegistry settings, int number, FakeEhr ehr, String kind, String signing) {
    String name = "marg.smart.ehrs[" + number + "].";
    settings.add(name + "iss", ehr::iss);
    settings.add(name + "client-id", () -> "marg-" + number);
    settings.add(name + "kind", () -> kind);
    settings.add(name + "signing", () -> signing);
  }

  @BeforeEach
  void begin() {
    EHR.behave();
    ES.behave();
    RS.behave();
    OLD.behave()
        .configuration(
            found -> {
              found.put("capabilities", List.of("launch-ehr", "authorize-post", "permission-v1"));
              found.remove("revocation_endpoint");
              return found;
            });
    BROKEN
        .behave()
        .configuration(
            found -> {
              found.remove("code_challenge_methods_supported");
              return found;
            });
    STRANGER.behave();
    TIME.ahead(Duration.ZERO);
  }

  /** Opens the app on first-relapse from the record, and gives the id. */
  String open(TestBrowser browser, FakeEhr ehr) {
    return browser.open(ehr.launchAddress(app, "first-relapse"));
  }

  Launch launch(TestBrowser browser, String id) {
    return launches.of(browser.request(), id).orElseThrow();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
