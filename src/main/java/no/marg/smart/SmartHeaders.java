package no.marg.smart;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What browsers are told about everything under {@code /smart}: nothing inline, nothing of others,
 * nothing kept, no frame but the record's; and no change asked for by another site's page.
 */
final class SmartHeaders extends OncePerRequestFilter {
  private final SmartSettings settings;
  private final String policy;

  SmartHeaders(SmartSettings settings) {
    this.settings = settings;
    this.policy = policy(settings, "'self'");
  }

  /** The content policy, with where forms may go. */
  static String policy(SmartSettings settings, String formAction) {
    List<String> hosts =
        settings.ehrs().stream().flatMap(ehr -> ehr.frameHosts().stream()).distinct().toList();
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        + " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action "
        + formAction
        + "; frame-ancestors "
        + (hosts.isEmpty() ? "'none'" : String.join(" ", hosts));
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (!settings.framed()) {
      response.setHeader("X-Frame-Options", "DENY");
    }
    if (settings.https() || request.isSecure()) {
      response.setHeader("Strict-Transport-Security", "max-age=31536000");
    }
    if (changes(request) && foreign(request)) {
      response.sendError(HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    chain.doFilter(request, response);
  }

  private static boolean changes(HttpServletRequest request) {
    return !List.of("GET", "HEAD", "OPTIONS").contains(request.getMethod());
  }

  /** In a frame the cookie comes with the requests of other sites as well. */
  private boolean foreign(HttpServletRequest request) {
    String site = request.getHeader("Sec-Fetch-Site");
    if (site != null) {
      return !site.equals("same-origin");
    }
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    return origin != null && !origin.equals(own(request));
  }

  private String own(HttpServletRequest request) {
    URI base = settings.baseUrl();
    String host = request.getHeader(HttpHeaders.HOST);
    return base == null
        ? request.getScheme() + "://" + host
        : base.getScheme() + "://" + base.getRawAuthority();
  }
}
