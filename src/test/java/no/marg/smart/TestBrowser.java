package no.marg.smart;

import jakarta.servlet.http.Cookie;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.mock.web.MockHttpServletRequest;

/** A browser without scripts: it keeps the app's cookies, follows redirects, and remembers them. */
final class TestBrowser {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final String app;
  private final String language;
  private final Map<String, String> cookies = new LinkedHashMap<>();
  private final List<URI> addresses = new ArrayList<>();
  private final List<String> bodies = new ArrayList<>();

  TestBrowser(String app) {
    this(app, "nb");
  }

  TestBrowser(String app, String language) {
    this.app = app;
    this.language = language;
  }

  /** One request, no redirects. */
  HttpResponse<String> get(String address) {
    return send(HttpRequest.newBuilder(uri(address)).GET());
  }

  HttpResponse<String> post(String address, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(address)).POST(HttpRequest.BodyPublishers.noBody());
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpResponse<String> form(String address, String form) {
    return send(
        HttpRequest.newBuilder(uri(address))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
  }

  /** Follows redirects to the page at the end, but does not ask for the app's own page. */
  HttpResponse<String> follow(String address) {
    HttpResponse<String> response = get(address);
    while (response.statusCode() / 100 == 3) {
      URI next = uri(address).resolve(response.headers().firstValue("Location").orElseThrow());
      addresses.add(next);
      if (next.getPath().contains("/smart/app/")) {
        return response;
      }
      address = next.toString();
      response = get(address);
    }
    return response;
  }

  /** Follows a launch to its end, and gives the id of what it opened. */
  String open(String address) {
    HttpResponse<String> end = follow(address);
    if (end.statusCode() != 303) {
      throw new AssertionError("The app was not opened: " + end.statusCode() + " " + end.body());
    }
    String place = addresses.get(addresses.size() - 1).getPath();
    return place.substring(place.lastIndexOf('/') + 1);
  }

  /** A request of this browser, as the app's pages see it. */
  MockHttpServletRequest request() {
    MockHttpServletRequest request = new MockHttpServletRequest();
    request.addHeader("Accept-Language", language);
    request.setCookies(
        cookies.entrySet().stream()
            .map(each -> new Cookie(each.getKey(), each.getValue()))
            .toArray(Cookie[]::new));
    return request;
  }

  Map<String, String> cookies() {
    return cookies;
  }

  /** Every address it was sent to. */
  List<URI> addresses() {
    return addresses;
  }

  /** All that it was shown, headers included. */
  List<String> seen() {
    return bodies;
  }

  private URI uri(String address) {
    return URI.create(address.startsWith("/") ? app + address : address);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    request.setHeader("Accept-Language", language);
    HttpRequest bare = request.build();
    if (bare.uri().toString().startsWith(app) && !cookies.isEmpty()) {
      request.setHeader(
          "Cookie",
          String.join(
              "; ",
              cookies.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList()));
    }
    try {
      HttpResponse<String> response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (bare.uri().toString().startsWith(app)) {
        bodies.add(response.headers().map() + response.body());
        for (String cookie : response.headers().allValues("Set-Cookie")) {
          String[] pair = cookie.split(";")[0].split("=", 2);
          cookies.put(pair[0], pair[1]);
        }
      }
      return response;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
