package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import no.marg.knowledge.Guideline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.support.GenericApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * From the first probe to the last call: not ready before the guideline is loaded, and no call lost
 * when the service stops.
 */
class StartAndStopTest {
  private static final String CALL_ID = "5b1b2a0e-6c8e-4f0c-9d66-0f0a3a1f2b11";
  private static final String CANARY = "canary7f3a";
  private static final int CALLS = 8;

  /** The service, with a guideline that is loaded when a line arrives. */
  static final class Slow {
    public static void main(String[] args) {
      SpringApplication application = new SpringApplication(MargApplication.class);
      application.addInitializers(
          context ->
              ((GenericApplicationContext) context)
                  .registerBean("guideline", Guideline.class, Slow::guideline));
      application.run(args);
    }

    private static Guideline guideline() {
      try {
        assertThat(System.in.read()).isEqualTo('\n');
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      return TestGuideline.GUIDELINE;
    }
  }

  @Test
  @Conforms("CH-98")
  void readyWhenTheGuidelineIsLoadedAndStoppedWhenTheLastCallIsAnswered(@TempDir Path work)
      throws Exception {
    int port = freePort();
    Path console = work.resolve("console.txt");
    Process service = start(port, console);
    try {
      // Long enough for everything else to be there.
      for (int i = 0; i < 20; i++) {
        assertThat(isReady(port)).as("before the guideline is loaded").isFalse();
        Thread.sleep(250);
      }
      service.getOutputStream().write('\n');
      service.getOutputStream().flush();
      for (int i = 0; i < 240 && service.isAlive() && !isReady(port); i++) {
        Thread.sleep(250);
      }
      assertThat(isReady(port)).as(Files.readString(console)).isTrue();

      assertThat(stopDuringCalls(port, service))
          .hasSize(CALLS)
          .allSatisfy(
              answer -> assertThat(answer).startsWith("HTTP/1.1 200").contains("\"cards\":["));
    } finally {
      service.destroyForcibly();
    }
    logsAreStructuredAndHoldNoContent(Files.readString(console));
  }

  private static Process start(int port, Path console) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Slow.class.getName(),
            "--server.port=" + port,
            "--marg.evaluation-date=2026-02-15",
            "--logging.structured.format.console=ecs")
        .redirectErrorStream(true)
        .redirectOutput(console.toFile())
        .start();
  }

  private static boolean isReady(int port) {
    try {
      return new Http(port).get("/actuator/health/readiness").status() == 200;
    } catch (java.io.UncheckedIOException e) {
      // Not listening is the plainest way of not being ready.
      return false;
    }
  }

  /** Half of each call is sent, the service is told to stop, and the other halves follow. */
  private static List<String> stopDuringCalls(int port, Process service) throws Exception {
    byte[] body = call().getBytes(StandardCharsets.UTF_8);
    int half = body.length / 2;
    List<Socket> calls = new ArrayList<>();
    try {
      for (int i = 0; i < CALLS; i++) {
        Socket socket = new Socket("localhost", port);
        calls.add(socket);
        socket.setSoTimeout(30_000);
        socket
            .getOutputStream()
            .write(
                ("POST /cds-services/mm-order-sign HTTP/1.1\r\nHost: localhost\r\n"
                        + "Connection: close\r\nContent-Type: application/json\r\n"
                        + "Content-Length: "
                        + body.length
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body, 0, half);
        socket.getOutputStream().flush();
      }
      Thread.sleep(500);
      service.destroy();
      Thread.sleep(1000);
      assertThat(service.isAlive()).as("waits for the calls").isTrue();
      assertThat(isReady(port)).as("takes no more").isFalse();
      List<String> answers = new ArrayList<>();
      for (Socket socket : calls) {
        OutputStream to = socket.getOutputStream();
        to.write(body, half, body.length - half);
        to.flush();
      }
      for (Socket socket : calls) {
        answers.add(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      }
      assertThat(service.waitFor(30, TimeUnit.SECONDS)).as("stops").isTrue();
      return answers;
    } finally {
      for (Socket socket : calls) {
        socket.close();
      }
    }
  }

  private static String call() {
    TestRecord patient = TestRecord.of(CANARY, "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    HookCall call =
        HookCall.of("order-sign", CANARY, patient.resources())
            .drafts(List.of(patient.draft("a", "L04AX04", CANARY, "25 mg")));
    call.body().put("hookInstance", CALL_ID);
    return call.body().toString();
  }

  private static void logsAreStructuredAndHoldNoContent(String console) {
    List<JsonNode> lines =
        console.lines().filter(line -> line.startsWith("{")).map(StartAndStopTest::json).toList();
    assertThat(lines)
        .as(console)
        .filteredOn(line -> line.path("message").asString("").contains("service=mm-order-sign"))
        .hasSize(CALLS)
        .allSatisfy(
            line -> {
              assertThat(line.path("correlationId").asString()).isEqualTo(CALL_ID);
              assertThat(line.path("service").path("name").asString()).isEqualTo("marg");
            });
    assertThat(console).doesNotContain(CANARY);
  }

  private static JsonNode json(String line) {
    return JsonMapper.shared().readTree(line);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
