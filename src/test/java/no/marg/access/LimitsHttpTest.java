package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import no.marg.Conforms;
import no.marg.MargApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The limits of size, time, number and rate, small enough to be reached by a test. */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.access.largest-body=100KB",
      "marg.access.body-time=2s",
      "marg.access.concurrent-calls=3",
      "marg.access.calls-per-second=20",
      "marg.access.burst=20",
    })
class LimitsHttpTest {
  private static final String HOOK = "/cds-services/mm-patient-view";

  @LocalServerPort private int port;

  /** One test must not use up the calls of the next. */
  @BeforeEach
  void fillTheBucket() throws InterruptedException {
    Thread.sleep(1_200);
  }

  private RawCall begun(String path, String length) throws IOException {
    RawCall call = new RawCall(port);
    call.send(
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + length
            + "\r\n\r\n");
    return call;
  }

  @ParameterizedTest
  @ValueSource(strings = {HOOK, HOOK + "/feedback", "/fhir/$guideline-report"})
  @Conforms({"CH-33", "CH-92"})
  void aLengthBeyondTheLimitIsRefusedBeforeTheBodyComes(String path) throws IOException {
    try (RawCall call = begun(path, "Content-Length: 500000000")) {
      assertThat(call.status()).isEqualTo(413);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {HOOK, HOOK + "/feedback"})
  @Conforms({"CH-33", "CH-92"})
  void aBodyWithoutLengthEndsAtTheLimit(String path) throws IOException {
    try (RawCall call = begun(path, "Transfer-Encoding: chunked")) {
      String chunk = "2800\r\n" + " ".repeat(0x2800) + "\r\n";
      for (int i = 0; i < 11; i++) {
        call.send(chunk);
      }
      assertThat(call.status()).isEqualTo(413);
    }
  }

  @Test
  @Conforms("CH-92")
  void aBodyThatDripsIsEnded() throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (RawCall call = begun(HOOK, "Content-Length: 1000")) {
      try {
        for (int i = 0; i < 100; i++) {
          call.send(" ");
          Thread.sleep(100);
        }
      } catch (SocketException e) {
        // The service has ended the connection.
      }
    }
    assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
  }

  @Test
  @Conforms("CH-92")
  void tooManyCallsAtOnceAreTurnedAway() throws IOException, InterruptedException {
    List<RawCall> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(begun(HOOK, "Content-Length: 1000"));
    }
    Thread.sleep(500);
    try (RawCall one = begun(HOOK, "Content-Length: 2\r\n\r\n{}")) {
      assertThat(one.status()).isEqualTo(503);
    }
    for (RawCall each : waiting) {
      each.close();
    }
  }

  @Test
  @Conforms({"CH-33", "CH-92"})
  void tooManyCallsInASecondAreToldWhenToComeAgain() throws IOException, InterruptedException {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      try (RawCall call = new RawCall(port)) {
        // An address that a caller gives itself makes it no other caller.
        call.send(
            "GET /fhir/PlanDefinition/none HTTP/1.1\r\nHost: localhost\r\n"
                + "X-Forwarded-For: 203.0.113."
                + i
                + "\r\n"
                + "Connection: close\r\n\r\n");
        answers.add(call.rest());
      }
    }
    assertThat(answers).anyMatch(answer -> answer.startsWith("HTTP/1.1 404"));
    assertThat(answers)
        .anyMatch(
            answer ->
                answer.startsWith("HTTP/1.1 429")
                    && answer.contains("Retry-After: 1")
                    && answer.contains("throttled"));
  }
}
