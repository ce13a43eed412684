package no.marg.smart;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import com.nimbusds.oauth2.sdk.http.HTTPRequestSender;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPRequest;
import com.nimbusds.oauth2.sdk.http.ReadOnlyHTTPResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import no.marg.outbound.BoundedBody;

/**
 * Calls authorization servers: bounded in time and size, and never on to where a redirect points.
 */
final class Outbound implements HTTPRequestSender, ResourceRetriever {
  private static final long LARGEST = 500_000;

  private final HttpClient http;
  private final Duration timeout;

  Outbound(Duration timeout) {
    this.timeout = timeout;
    // A time-out for the connection would keep the request that opened it, with its code or token,
    // for as long as the connection is kept; each request has its own time.
    this.http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /** The body of a JSON document that is open to all. */
  String json(URI address) throws IOException {
    HttpResponse<byte[]> response =
        send(HttpRequest.newBuilder(address).header("Accept", "application/json").GET().build());
    if (response.statusCode() != 200) {
      throw new IOException("status " + response.statusCode());
    }
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Override
  public Resource retrieveResource(URL address) throws IOException {
    try {
      return new Resource(json(address.toURI()), "application/json");
    } catch (URISyntaxException e) {
      throw new IOException("not an address", e);
    }
  }

  @Override
  public ReadOnlyHTTPResponse send(ReadOnlyHTTPRequest asked) throws IOException {
    String body = asked.getBody();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(asked.getURI())
            .method(
                asked.getMethod().name(),
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (Map.Entry<String, List<String>> header : asked.getHeaderMap().entrySet()) {
      header.getValue().forEach(value -> request.header(header.getKey(), value));
    }
    HttpResponse<byte[]> response = send(request.header("Accept", "application/json").build());
    HTTPResponse answer = new HTTPResponse(response.statusCode());
    response
        .headers()
        .map()
        .forEach((name, values) -> answer.setHeader(name, values.toArray(String[]::new)));
    answer.setBody(new String(response.body(), StandardCharsets.UTF_8));
    return answer;
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> sent =
        http.sendAsync(request, head -> new BoundedBody(LARGEST));
    try {
      return sent.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      sent.cancel(true);
      throw new IOException("no answer in time", e);
    } catch (InterruptedException e) {
      sent.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException("no answer", e.getCause());
    }
  }
}
