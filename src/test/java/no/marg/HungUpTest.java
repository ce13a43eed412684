package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.r4.model.Parameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A caller that hangs up in the middle of an answer is no failure of the service. */
@RunningMarg
class HungUpTest {
  private static final Pattern COUNTED =
      Pattern.compile(
          "marg_calls_seconds_count\\{[^}]*service=\"mm-patient-view\"[^}]*status=\"499\"[^}]*} ([0-9.]+)");

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @LocalServerPort private int port;

  @BeforeEach
  void listen() {
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(log);
  }

  @Test
  void aCallThatIsNotWaitedForIsCountedAndNotLoggedAsAnError() throws Exception {
    double before = counted();
    HookCall call =
        HookCall.of("patient-view", "large-history", PersonasTest.record("large-history"));
    // The body must have been read, and no answer written yet.
    for (int wait = 4; counted() == before && wait < 1000; wait *= 2) {
      hangUp("/cds-services/mm-patient-view", "application/json", call.body().toString(), wait);
      Thread.sleep(1000);
    }
    // On a slow machine an earlier one may be counted late.
    assertThat(counted()).isGreaterThan(before);
    assertThat(errors()).isEmpty();
  }

  @Test
  void aFhirOperationThatIsNotWaitedForIsNotLoggedAsAnError() throws Exception {
    Parameters parameters = new Parameters();
    parameters.addParameter("subject", "Patient/large-history");
    parameters
        .addParameter()
        .setName("data")
        .setResource(TestRecord.bundle(PersonasTest.record("large-history")));
    String body = TestGuideline.FHIR.newJsonParser().encodeResourceToString(parameters);
    for (int wait = 4; wait < 1000; wait *= 2) {
      hangUp("/fhir/$guideline-report", "application/fhir+json", body, wait);
    }
    Thread.sleep(1000);
    assertThat(errors()).isEmpty();
  }

  /** Sends a whole request and resets the connection instead of reading the answer. */
  private void hangUp(String path, String type, String body, long wait) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoLinger(true, 0);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: localhost:"
            + port
            + "\r\nContent-Type: "
            + type
            + "\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    Thread.sleep(wait);
    socket.close();
  }

  private double counted() {
    Matcher found = COUNTED.matcher(new Http(port).get("/actuator/prometheus").body());
    return found.find() ? Double.parseDouble(found.group(1)) : 0;
  }

  private List<String> errors() {
    return List.copyOf(log.list).stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(event -> event.getLoggerName() + " " + event.getFormattedMessage())
        .toList();
  }
}
