package no.marg.smart;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;

/**
 * Tells one browser from another by a cookie that only this service reads. The cookie holds nothing
 * but a random value. It lives as long as the browser is open; what it gives access to ends on the
 * server.
 */
final class Browsers {
  private static final String NAME = "marg";

  private final SmartSettings settings;
  private final Known known;

  /** Whether something is stored under the hash of a browser's value. */
  interface Known {
    boolean knows(String browserHash);
  }

  Browsers(SmartSettings settings, Known known) {
    this.settings = settings;
    this.known = known;
  }

  /** Hash of this browser's value; empty for a browser that has none. */
  Optional<String> of(HttpServletRequest request) {
    String name = name(request);
    Cookie[] cookies = request.getCookies();
    if (cookies != null) {
      for (Cookie cookie : cookies) {
        if (cookie.getName().equals(name) && Secrets.wellFormed(cookie.getValue())) {
          return Optional.of(Secrets.hash(cookie.getValue()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Hash of this browser's value, which it gets now if it has none. A value under which nothing is
   * stored is replaced, so that nobody can plant one.
   */
  String ensure(HttpServletRequest request, HttpServletResponse response) {
    return of(request).filter(known::knows).orElseGet(() -> fresh(request, response));
  }

  private String fresh(HttpServletRequest request, HttpServletResponse response) {
    String value = Secrets.random();
    response.addHeader(
        HttpHeaders.SET_COOKIE,
        ResponseCookie.from(name(request), value)
            .httpOnly(true)
            .secure(secure(request))
            .path("/")
            // In a frame the cookie is a third party's; kept apart for each record that frames us.
            .sameSite(settings.framed() ? "None" : "Lax")
            .partitioned(settings.framed())
            .build()
            .toString());
    return Secrets.hash(value);
  }

  private boolean secure(HttpServletRequest request) {
    return settings.https() || settings.framed() || request.isSecure();
  }

  private String name(HttpServletRequest request) {
    return (secure(request) ? "__Host-" : "") + NAME;
  }
}
