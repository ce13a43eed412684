package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import no.marg.ehr.EhrAccess;
import no.marg.outbound.BoundedBody;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Writes a transaction Bundle to the record of a launch: to its base address only, with the user's
 * token, all or nothing. Redirects are not followed, for they carry the token away.
 */
@Component
final class RecordWriter {
  private static final long LARGEST_ANSWER = 4_000_000;
  private static final int LONGEST_REASON = 300;

  private final FhirContext fhir;
  private final Duration within;

  @Autowired
  RecordWriter(FhirContext fhir) {
    this(fhir, Duration.ofSeconds(10));
  }

  /** A writer that waits so long for the whole answer. */
  RecordWriter(FhirContext fhir, Duration within) {
    this.fhir = fhir;
    this.within = within;
  }

  /**
   * Writes.
   *
   * @return false when the record does not know the token: nothing was written, and another may do
   * @throws AppException when nothing was written: 403 if the record refuses this user, 502 if it
   *     does not take the data or can not be reached. 504 when it is not known what was written, so
   *     that nobody sends orders twice in good faith
   */
  boolean write(EhrAccess record, Bundle transaction) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(record.base())
            .timeout(within)
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/fhir+json")
            .header("Accept", "application/fhir+json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    fhir.newJsonParser().encodeResourceToString(transaction),
                    StandardCharsets.UTF_8));
    if (record.token() != null) {
      request.header("Authorization", "Bearer " + record.token());
    }
    HttpResponse<byte[]> answer = send(request.build());
    int status = answer.statusCode();
    if (status == 401) {
      return false;
    } else if (status == 403) {
      throw new AppException(
          403, "The record does not allow this user to write", reason(answer.body()));
    } else if (status >= 500) {
      throw unknown();
    } else if (status >= 300) {
      throw new AppException(502, "The record did not take the data", reason(answer.body()));
    } else if (!isWritten(answer.body(), transaction.getEntry().size())) {
      throw unknown();
    }
    return true;
  }

  /** The first words of an OperationOutcome; empty if there are none. */
  private String reason(byte[] body) {
    try {
      IBaseResource answer =
          fhir.newJsonParser().parseResource(new String(body, StandardCharsets.UTF_8));
      if (!(answer instanceof OperationOutcome outcome)) {
        return "";
      }
      OperationOutcome.OperationOutcomeIssueComponent issue = outcome.getIssueFirstRep();
      String words =
          issue.getDetails().hasText() ? issue.getDetails().getText() : issue.getDiagnostics();
      return words == null ? "" : words.substring(0, Math.min(words.length(), LONGEST_REASON));
    } catch (DataFormatException | IllegalArgumentException e) {
      return "";
    }
  }

  /**
   * A client for each write. That no connection came in time is known only with a time-out of the
   * connection's own, and with one Java keeps the request that opened the connection, with its
   * token, for as long as the client keeps the connection.
   */
  private HttpResponse<byte[]> send(HttpRequest request) {
    HttpClient http =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(2))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    CompletableFuture<HttpResponse<byte[]>> sent =
        http.sendAsync(request, head -> new BoundedBody(LARGEST_ANSWER));
    try {
      return sent.get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // Without a connection nothing was sent; after it, nobody knows how far it came.
      if (e.getCause() instanceof ConnectException
          || e.getCause() instanceof HttpConnectTimeoutException) {
        throw new AppException(502, "The record does not answer");
      }
      throw unknown();
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw unknown();
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw unknown();
    }
  }

  /** Whether each entry has its answer, and each says that it was taken. */
  private boolean isWritten(byte[] body, int entries) {
    try {
      Bundle answer =
          fhir.newJsonParser()
              .parseResource(Bundle.class, new String(body, StandardCharsets.UTF_8));
      return answer.getType() == Bundle.BundleType.TRANSACTIONRESPONSE
          && answer.getEntry().size() == entries
          && answer.getEntry().stream()
              .allMatch(
                  entry ->
                      entry.getResponse().getStatus() != null
                          && entry.getResponse().getStatus().startsWith("2"));
    } catch (DataFormatException | IllegalArgumentException | ClassCastException e) {
      return false;
    }
  }

  private static AppException unknown() {
    return new AppException(504, "It is not known whether the record took the data");
  }
}
