package no.marg.app;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import no.marg.ehr.EhrAccess;
import org.springframework.stereotype.Component;

/**
 * Writes a transaction Bundle to the record of a launch: to its base address only, with the user's
 * token, all or nothing. Redirects are not followed, for they carry the token away.
 */
@Component
final class RecordWriter {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(2))
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * Writes.
   *
   * @throws AppException 403 if the record refuses this user, 502 if it does not take the data or
   *     does not answer; then nothing was written, or it is not known whether it was
   */
  void write(EhrAccess record, String transaction) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(record.base())
            .timeout(WITHIN)
            .version(HttpClient.Version.HTTP_1_1)
            .header("Content-Type", "application/fhir+json")
            .header("Accept", "application/fhir+json")
            .POST(HttpRequest.BodyPublishers.ofString(transaction, StandardCharsets.UTF_8));
    if (record.token() != null) {
      request.header("Authorization", "Bearer " + record.token());
    }
    int status;
    try {
      status = http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      throw new AppException(502, "The record does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AppException(502, "The record does not answer");
    }
    if (status == 401 || status == 403) {
      throw new AppException(403, "The record does not allow this user to write");
    } else if (status != 200 && status != 201) {
      throw new AppException(502, "The record did not take the data");
    }
  }
}
