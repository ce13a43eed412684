package no.marg.cdshooks;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Stands before everything else that sees a call, so that refused calls are counted too, and takes
 * the call's id off the log context afterwards.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 100)
final class CallFilter extends OncePerRequestFilter {
  /** Name of the call's id in structured logs. */
  static final String CORRELATION = "correlationId";

  /** Set on a request whose caller hung up while it was answered. */
  static final String HUNG_UP = CallFilter.class.getName() + ".hungUp";

  /** What is counted then; nobody is sent it. */
  private static final int CLIENT_CLOSED_REQUEST = 499;

  private static final Pattern CALL = Pattern.compile("/cds-services/([^/]+)/?");

  private final CallMeters meters;
  private final CallAudit audit;

  CallFilter(CallMeters meters, CallAudit audit) {
    this.meters = meters;
    this.audit = audit;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    long start = System.nanoTime();
    int status = 500;
    try {
      chain.doFilter(request, response);
      status = request.getAttribute(HUNG_UP) == null ? response.getStatus() : CLIENT_CLOSED_REQUEST;
    } finally {
      MDC.remove(CORRELATION);
      Matcher call = CALL.matcher(request.getServletPath());
      if (call.matches() && request.getMethod().equals("POST")) {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        meters.called(call.group(1), status, time);
        audit.ended(request, call.group(1), status, time);
      }
    }
  }
}
