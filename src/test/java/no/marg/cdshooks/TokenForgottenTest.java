package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.StubServer;
import no.marg.StubServer.Reply;
import no.marg.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An access token is forgotten with its call: a marked one is in the memory of a running service
 * while the record is being asked, and after the call neither in its memory nor in what it logged,
 * answered or stored.
 */
class TokenForgottenTest {
  private static final String MARK = "marker" + UUID.randomUUID().toString().replace("-", "");
  private static final String OTHER = "x".repeat(MARK.length());

  @Test
  @Conforms("CH-45")
  void theTokenIsInNoMemoryLogOrDatabaseAfterItsCall(@TempDir Path work) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    Path console = work.resolve("console.txt");
    Path journal = Files.createDirectory(work.resolve("journal"));
    try (StubServer record = StubServer.start()) {
      int port = freePort();
      Process service = start(port, console, journal, record.base().toString());
      try {
        for (int i = 0; i < 480 && service.isAlive() && !isReady(port); i++) {
          Thread.sleep(250);
        }
        assertThat(isReady(port)).as(Files.readString(console)).isTrue();
        Http http = new Http(port);

        record.answering(
            each -> {
              asked.countDown();
              await(released);
              return Reply.of(TestRecord.of("p1", "1966-01-01").resources().get(0));
            });
        CompletableFuture<Http.Answer> answer =
            CompletableFuture.supplyAsync(() -> call(record, MARK).send(http));
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(isInMemory(service, work)).as("while the record is asked").isTrue();
        released.countDown();
        assertThat(answer.get(60, TimeUnit.SECONDS).body()).contains("cards").doesNotContain(MARK);
        assertThat(record.asked())
            .isNotEmpty()
            .allMatch(each -> each.authorization().equals("Bearer " + MARK));
        String checked =
            http.post(
                    "/cds-services/mm-order-sign/$self-check",
                    call(record, MARK).body().toString(),
                    Http.JSON)
                .body();
        assertThat(checked).contains("verdicts").doesNotContain(MARK);

        // Connections keep their buffers for the next call, which then stands in them.
        for (int i = 0; i < 20; i++) {
          assertThat(call(record, OTHER).send(http).status()).isEqualTo(200);
        }
        assertThat(isInMemory(service, work)).as("after the call").isFalse();
      } finally {
        released.countDown();
        service.destroy();
        if (!service.waitFor(30, TimeUnit.SECONDS)) {
          service.destroyForcibly().waitFor();
        }
      }
    }
    assertThat(holds(console)).as("in what was logged").isFalse();
    try (Stream<Path> files = Files.walk(journal)) {
      List<Path> stored = files.filter(Files::isRegularFile).toList();
      assertThat(stored).isNotEmpty();
      for (Path file : stored) {
        assertThat(holds(file)).as(file.toString()).isFalse();
      }
    }
  }

  private static HookCall call(StubServer record, String token) {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    HookCall call =
        HookCall.of("order-sign", "p1", patient.resources())
            .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    call.prefetch().remove("patient");
    call.body().put("fhirServer", record.base().toString());
    call.body()
        .putObject("fhirAuthorization")
        .put("access_token", token)
        .put("token_type", "Bearer")
        .put("expires_in", 300)
        .put("scope", "patient/*.rs")
        .put("subject", "marg");
    return call;
  }

  private static Process start(int port, Path console, Path journal, String record)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx400m",
            "-cp",
            System.getProperty("java.class.path"),
            MargApplication.class.getName(),
            "--server.port=" + port,
            "--marg.evaluation-date=2026-02-15",
            "--spring.datasource.url=jdbc:h2:file:" + journal.resolve("marg"),
            "--marg.access.open-fhir-servers=" + record,
            "--marg.cdshooks.deadline=60s",
            "--marg.ehr.timeout=60s",
            "--logging.level.no.marg=DEBUG")
        .redirectErrorStream(true)
        .redirectOutput(console.toFile())
        .start();
  }

  /** Whether it is in anything of the heap that is still in use; what is not is collected first. */
  private static boolean isInMemory(Process service, Path work) throws Exception {
    Path dump = work.resolve("heap.hprof");
    Files.deleteIfExists(dump);
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                String.valueOf(service.pid()),
                "GC.heap_dump",
                dump.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(jcmd.waitFor()).as(said).isZero();
    assertThat(Files.size(dump)).isGreaterThan(10_000_000);
    boolean isThere = holds(dump);
    Files.delete(dump);
    return isThere;
  }

  /** Whether the mark is in a file, in characters of one byte or of two. */
  private static boolean holds(Path file) throws IOException {
    List<String> forms =
        List.of(
            MARK,
            new String(MARK.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.ISO_8859_1)
                .substring(1));
    byte[] chunk = new byte[1 << 20];
    String end = "";
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        String text = end + new String(chunk, 0, read, StandardCharsets.ISO_8859_1);
        if (forms.stream().anyMatch(text::contains)) {
          return true;
        }
        end = text.substring(Math.max(0, text.length() - 2 * MARK.length()));
      }
    }
    return false;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isReady(int port) {
    try {
      return new Http(port).get("/actuator/health/readiness").status() == 200;
    } catch (java.io.UncheckedIOException e) {
      // Not listening is the plainest way of not being ready.
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
