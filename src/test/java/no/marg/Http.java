package no.marg;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseResource;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls a running service as a client would. */
public final class Http {
  public static final String JSON = "application/json";
  public static final String FHIR_JSON = "application/fhir+json";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final String base;

  public Http(int port) {
    this.base = "http://localhost:" + port;
  }

  /** Where the service is. */
  public String base() {
    return base;
  }

  /** An answer of the service. */
  public record Answer(int status, String contentType, String body) {
    /** The body as strict JSON. */
    public JsonNode json() {
      return STRICT.readTree(body);
    }

    /** The body as a FHIR resource. */
    public <T extends IBaseResource> T as(Class<T> type) {
      return TestGuideline.FHIR.newJsonParser().parseResource(type, body);
    }
  }

  public Answer get(String path, String... headers) {
    return send(request(path, headers).GET().build());
  }

  public Answer post(String path, String body, String contentType, String... headers) {
    List<String> all = new ArrayList<>(List.of("Content-Type", contentType));
    all.addAll(List.of(headers));
    return send(
        request(path, all.toArray(String[]::new))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** Posts a FHIR resource. */
  public Answer post(String path, IBaseResource body) {
    return post(path, TestGuideline.FHIR.newJsonParser().encodeResourceToString(body), FHIR_JSON);
  }

  private HttpRequest.Builder request(String path, String... headers) {
    // Spaces and $ of FHIR paths are written as people write them.
    URI uri = URI.create(base + path.replace(" ", "%20").replace("|", "%7C"));
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    return headers.length == 0 ? request : request.headers(headers);
  }

  private static Answer send(HttpRequest request) {
    try {
      HttpResponse<String> response =
          CLIENT.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("Content-Type").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
