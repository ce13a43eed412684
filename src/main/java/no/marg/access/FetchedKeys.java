package no.marg.access;

import com.nimbusds.jose.jwk.JWKSet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.outbound.BoundedBody;
import org.jspecify.annotations.Nullable;

/**
 * Keys at the registered URL of a client. Redirects are not followed, an answer is bounded in size
 * and time.
 */
final class FetchedKeys implements KeySource {
  private static final Duration LONGEST = Duration.ofSeconds(3);
  private static final int LARGEST = 256 * 1024;
  private static final Pattern MAX_AGE = Pattern.compile("(?:^|[,\\s])max-age=\"?(\\d{1,9})");
  private static final Pattern NOT_KEPT = Pattern.compile("(?:^|[,\\s])no-(store|cache)\\b");
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(LONGEST)
          .build();

  private final URI url;

  FetchedKeys(URI url) {
    this.url = url;
  }

  @Override
  public Keys read() throws UnreadableException {
    HttpRequest request =
        HttpRequest.newBuilder(url).header("Accept", "application/json").timeout(LONGEST).build();
    CompletableFuture<HttpResponse<byte[]>> asked =
        CLIENT.sendAsync(request, answer -> new BoundedBody(LARGEST));
    try {
      HttpResponse<byte[]> answer = asked.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.statusCode() != 200) {
        throw new UnreadableException();
      }
      return new Keys(
          JWKSet.parse(new String(answer.body(), StandardCharsets.UTF_8)), life(answer.headers()));
    } catch (ExecutionException | TimeoutException | ParseException e) {
      asked.cancel(true);
      throw new UnreadableException();
    } catch (InterruptedException e) {
      asked.cancel(true);
      Thread.currentThread().interrupt();
      throw new UnreadableException();
    }
  }

  /** Cache-Control before Expires (RFC 9111, section 4.2.1), less the time spent in caches. */
  static @Nullable Duration life(HttpHeaders headers) {
    String control = String.join(",", headers.allValues("Cache-Control")).toLowerCase(Locale.ROOT);
    if (NOT_KEPT.matcher(control).find()) {
      return Duration.ZERO;
    }
    Matcher maxAge = MAX_AGE.matcher(control);
    if (maxAge.find()) {
      long age =
          headers
              .firstValue("Age")
              .filter(a -> a.matches("\\d{1,9}"))
              .map(Long::valueOf)
              .orElse(0L);
      return Duration.ofSeconds(Math.max(0, Long.parseLong(maxAge.group(1)) - age));
    }
    if (headers.firstValue("Expires").isEmpty()) {
      return null;
    }
    try {
      Duration left = Duration.between(date(headers, "Date"), date(headers, "Expires"));
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeException e) {
      // Expires: 0 and the like mean that it has expired.
      return Duration.ZERO;
    }
  }

  private static ZonedDateTime date(HttpHeaders headers, String name) {
    return ZonedDateTime.parse(
        headers.firstValue(name).orElse(""), DateTimeFormatter.RFC_1123_DATE_TIME);
  }
}
