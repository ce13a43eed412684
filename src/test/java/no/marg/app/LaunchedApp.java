package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.time.Duration;
import no.marg.MargApplication;
import no.marg.smart.FakeEhr;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * The whole service, and a record that opens the app on its patients and lets it write all that the
 * app can write. The app waits for the record a second and a half, not ten.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
    properties = "marg.evaluation-date=2026-02-15")
@Import(LaunchedApp.Impatient.class)
@DirtiesContext
abstract class LaunchedApp {
  static final int PORT = freePort();
  static final String APP = "http://localhost:" + PORT;
  static final FakeEhr EHR =
      FakeEhr.withPersonas("new-myeloma-58", "insufficient-data", "first-relapse");

  @TestConfiguration
  static class Impatient {
    @Bean
    @Primary
    RecordWriter impatientWriter(FhirContext fhir) {
      return new RecordWriter(fhir, Duration.ofMillis(1500));
    }
  }

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry settings) {
    settings.add("server.port", () -> PORT);
    settings.add("marg.smart.base-url", () -> APP);
    settings.add("marg.smart.timeout", () -> "2s");
    settings.add("marg.smart.ehrs[0].iss", EHR::iss);
    settings.add("marg.smart.ehrs[0].client-id", () -> "marg");
    settings.add(
        "marg.smart.ehrs[0].write",
        () -> "Observation,Condition,QuestionnaireResponse,MedicationRequest,ServiceRequest");
  }

  @BeforeEach
  void behave() {
    EHR.behave();
  }

  @AfterAll
  static void release() {
    EHR.behave();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
