package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import no.marg.ehr.EhrAccess;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Observation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the user is told of a write: taken, not taken, or not known. */
class RecordWriterTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();
  private static final String TAKEN =
      "{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\",\"entry\":["
          + "{\"response\":{\"status\":\"201 Created\"}}]}";

  private final RecordWriter writer = new RecordWriter(FHIR, Duration.ofMillis(700));
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicReference<String> token = new AtomicReference<>();
  private HttpServer record;
  private volatile Answering answering = exchange -> answer(exchange, 200, TAKEN);

  private interface Answering {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    record = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    record.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          token.set(exchange.getRequestHeaders().getFirst("Authorization"));
          exchange.getRequestBody().readAllBytes();
          answering.to(exchange);
        });
    record.start();
  }

  @AfterEach
  void stop() {
    record.stop(0);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static Bundle transaction() {
    Bundle transaction = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    transaction.addEntry().setResource(new Observation());
    return transaction;
  }

  private boolean write() {
    return writer.write(
        new EhrAccess(
            URI.create("http://localhost:" + record.getAddress().getPort() + "/fhir"), "t"),
        transaction());
  }

  private int status() {
    try {
      return write() ? 200 : 401;
    } catch (AppException e) {
      return e.status();
    }
  }

  @Test
  void whatIsTakenIsTaken() {
    assertThat(write()).isTrue();
    assertThat(asked).hasValue(1);
    assertThat(token).hasValue("Bearer t");
  }

  /** Java keeps the request that opens a connection, with its token, as long as the connection. */
  @Test
  void theTokenIsForgottenAfterTheWrite(@TempDir Path folder) throws Exception {
    String mask = "marker" + UUID.randomUUID();
    // In this memory the token itself must stand in the request alone.
    writeWith(turned(mask));
    boolean isThere = true;
    for (int i = 0; i < 8 && isThere; i++) {
      // Buffers of a connection are written over by the next write.
      writeWith("x".repeat(mask.length()));
      Thread.sleep(1000);
      isThere = isInMemory(mask, folder.resolve("heap" + i + ".hprof"));
    }
    assertThat(isThere).isFalse();
  }

  private void writeWith(String bearer) {
    EhrAccess access =
        new EhrAccess(
            URI.create("http://localhost:" + record.getAddress().getPort() + "/fhir"), bearer);
    assertThat(writer.write(access, transaction())).isTrue();
    token.set(null);
  }

  /** Each character as another; doing it twice gives the first. */
  private static String turned(String text) {
    return text.chars()
        .map(c -> c ^ 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isInMemory(String mask, Path dump) throws IOException {
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpHeap(dump.toString(), true);
    byte[] chunk = new byte[1 << 20];
    String end = "";
    try (InputStream in = Files.newInputStream(dump)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        for (int i = 0; i < read; i++) {
          chunk[i] ^= 1;
        }
        String text = end + new String(chunk, 0, read, StandardCharsets.ISO_8859_1);
        if (text.contains(mask)) {
          return true;
        }
        end = text.substring(Math.max(0, text.length() - mask.length()));
      }
    } finally {
      Files.delete(dump);
    }
    return false;
  }

  @ParameterizedTest
  @CsvSource({
    "401,401", "403,403", "400,502", "412,502", "422,502", "302,502", "202,504", "204,504",
    "500,504", "503,504"
  })
  void aStatusSaysWhatBecameOfIt(int ofRecord, int told) {
    answering =
        exchange -> {
          exchange.sendResponseHeaders(ofRecord, -1);
          exchange.close();
        };
    assertThat(status()).isEqualTo(told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"details\":{\"text\":\"No <b>\"}}]} | No <b>",
        "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"diagnostics\":\"Locked\"}]} | Locked",
        "{\"resourceType\":\"OperationOutcome\"} | ''",
        "{\"resourceType\":\"Patient\"} | ''",
        "<html/> | ''"
      })
  void whatTheRecordSaysOfARefusalIsKept(String body, String reason) {
    answering = exchange -> answer(exchange, 422, body);
    assertThatThrownBy(this::write)
        .isInstanceOfSatisfying(
            AppException.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"}",
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\"}",
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\",\"entry\":[{\"response\":{\"status\":\"422\"}}]}",
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\",\"entry\":[{}]}",
        "{\"resourceType\":\"Patient\"}",
        "<html/>",
        "{"
      })
  void anAnswerThatDoesNotSayTakenIsNotKnown(String body) {
    answering = exchange -> answer(exchange, 200, body);
    assertThat(status()).isEqualTo(504);
  }

  @Test
  void noAnswerInTimeIsNotKnown() {
    answering =
        exchange -> {
          try {
            Thread.sleep(1500);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        };
    assertThatThrownBy(this::write).hasMessage("It is not known whether the record took the data");
  }

  @Test
  void aConnectionThatBreaksIsNotKnown() {
    answering = HttpExchange::close;
    assertThat(status()).isEqualTo(504);
  }

  @Test
  void aRecordThatIsNotThereTookNothing() {
    record.stop(0);
    assertThat(status()).isEqualTo(502);
    assertThat(asked).hasValue(0);
  }
}
