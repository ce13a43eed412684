package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import no.marg.ehr.EhrAccess;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Observation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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

  private boolean write() {
    Bundle transaction = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    transaction.addEntry().setResource(new Observation());
    return writer.write(
        new EhrAccess(
            URI.create("http://localhost:" + record.getAddress().getPort() + "/fhir"), "t"),
        transaction);
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
