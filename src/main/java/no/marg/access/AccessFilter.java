package no.marg.access;

import io.github.bucket4j.TimeMeter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets a call in: not too large, not too many at once, of a client that is known, not too often.
 * Says of each call that is let in who makes it. Every failed authentication has the same answer;
 * the reason goes to the audit log (logger {@code no.marg.access.audit}), without the token.
 */
final class AccessFilter extends OncePerRequestFilter {
  private static final Logger AUDIT = LoggerFactory.getLogger("no.marg.access.audit");
  private static final String BEARER = "bearer ";

  private final AccessSettings settings;
  private final TokenCheck tokens;
  private final RefusedCalls refused;
  private final CallRate rate;
  private final RefusedRate refusedRate;
  private final Semaphore places;
  private final MeterRegistry meters;

  AccessFilter(
      AccessSettings settings, TokenCheck tokens, RefusedCalls refused, MeterRegistry meters) {
    this.settings = settings;
    this.tokens = tokens;
    this.refused = refused;
    this.rate = new CallRate(settings.callsPerSecond(), settings.burst());
    this.refusedRate = new RefusedRate(settings.refusedPerMinute(), TimeMeter.SYSTEM_NANOTIME);
    this.places = new Semaphore(settings.concurrentCalls());
    this.meters = meters;
    // A counter that appears with its first refusal has no rate; these are there from the start.
    for (Refusal reason : Refusal.values()) {
      refused(reason);
    }
    for (Outcome outcome : Outcome.values()) {
      if (outcome != Outcome.NOT_AUTHENTICATED && outcome != Outcome.FOREIGN_ORIGIN) {
        turnedAway(outcome);
      }
    }
  }

  private Counter refused(Refusal reason) {
    return meters.counter("marg.access.refused", "reason", reason.name());
  }

  private Counter turnedAway(Outcome outcome) {
    return meters.counter("marg.access.turned.away", "reason", outcome.name());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
      throws ServletException, IOException {
    if (!LimitedBody.isIn(call)) {
      limited(call, answer, chain);
      return;
    }
    LimitedBody body = new LimitedBody(call, settings.largestBody().toBytes(), settings.bodyTime());
    try {
      if (call.getContentLengthLong() > settings.largestBody().toBytes()) {
        turnAway(Outcome.TOO_LARGE, answer);
      } else {
        limited(body, answer, chain);
      }
    } catch (BodyRefusedException e) {
      turnAway(e.outcome(), answer);
    }
  }

  private void limited(HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
      throws ServletException, IOException {
    Area area = Area.of(call);
    if (area == Area.OPEN) {
      chain.doFilter(call, answer);
    } else if (!places.tryAcquire()) {
      answer.setHeader("Retry-After", "1");
      turnAway(Outcome.BUSY, answer);
    } else {
      try {
        guarded(area, call, answer, chain);
      } finally {
        places.release();
      }
    }
  }

  private void guarded(
      Area area, HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
      throws ServletException, IOException {
    CdsClient client;
    try {
      client = client(area, call);
    } catch (RefusedException e) {
      refuse(area, e, call, answer);
      return;
    } catch (DataAccessException | TransactionException e) {
      AUDIT.error(
          "not checked area={} from={} because={}", area, from(call), e.getClass().getSimpleName());
      turnAway(Outcome.NOT_CHECKED, answer);
      return;
    }
    long wait = rate.secondsToWait(client);
    if (wait > 0) {
      AUDIT.warn(
          "too many calls issuer={} tenant={} from={}",
          client.issuer(),
          client.tenant(),
          from(call));
      answer.setHeader("Retry-After", Long.toString(wait));
      turnAway(Outcome.TOO_MANY, answer);
      return;
    }
    client.attachTo(call);
    chain.doFilter(call, answer);
  }

  private CdsClient client(Area area, HttpServletRequest call) throws RefusedException {
    if (!settings.authentication() || (area == Area.MONITORING && settings.openMetrics())) {
      return openClient(call.getLocalPort());
    }
    return tokens.check(token(call), audiences(area, call), area == Area.ADMIN);
  }

  /** Null when there is none, or more than one to choose from. */
  private static @Nullable String token(HttpServletRequest call) {
    List<String> given = Collections.list(call.getHeaders("Authorization"));
    return given.size() == 1 && given.get(0).regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? given.get(0).substring(BEARER.length()).strip()
        : null;
  }

  /**
   * The URL called as the client sees it. Without the setting it is that of the call, which no
   * forwarded header changes, since trusted proxies need the setting. Clients of the FHIR end point
   * may name its base, since one of them asks many URLs.
   */
  private List<String> audiences(Area area, HttpServletRequest call) {
    URI outside = settings.publicUrl();
    String base = outside == null ? baseOf(call) : withoutSlash(outside.toString());
    String url =
        base
            + (outside == null
                ? call.getRequestURI()
                : call.getRequestURI().substring(call.getContextPath().length()));
    return area == Area.FHIR ? List.of(url, base + "/fhir") : List.of(url);
  }

  private static String baseOf(HttpServletRequest call) {
    int port = call.getServerPort();
    boolean usual = port == (call.getScheme().equals("https") ? 443 : 80);
    return call.getScheme() + "://" + call.getServerName() + (usual ? "" : ":" + port);
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private void refuse(
      Area area, RefusedException e, HttpServletRequest call, HttpServletResponse answer)
      throws IOException {
    refused.add(area, e.reason(), e.issuer());
    refused(e.reason()).increment();
    RefusedRate.Next next = refusedRate.refused(from(call));
    if (next.seconds() > 0) {
      // Told once: else anybody could fill the log.
      if (next.isFirst()) {
        AUDIT.warn("too many refused calls from={}", from(call));
      }
      answer.setHeader("Retry-After", Long.toString(next.seconds()));
      turnAway(Outcome.TOO_MANY_REFUSED, answer);
      return;
    }
    AUDIT.warn(
        "refused reason={} area={} issuer={} jti={} from={}",
        e.reason(),
        area,
        e.issuer() == null ? "-" : e.issuer(),
        e.tokenId() == null ? "-" : loggable(e.tokenId()),
        from(call));
    Outcome.NOT_AUTHENTICATED.send(answer);
  }

  private void turnAway(Outcome outcome, HttpServletResponse answer) throws IOException {
    turnedAway(outcome).increment();
    outcome.send(answer);
  }

  /** The caller's address; a trusted proxy may have passed on what is none. */
  private static String from(HttpServletRequest call) {
    String address = call.getRemoteAddr();
    return address != null && address.matches("[0-9a-fA-F:.]{2,45}") ? address : "unusual";
  }

  /** A client chooses its ids; nothing that could end a line or be a sentence is written. */
  private static String loggable(String tokenId) {
    return tokenId.matches("[A-Za-z0-9_.:-]{1,64}") ? tokenId : "unusual";
  }

  /** May ask the demo records of this very service; its port may be chosen at start. */
  private CdsClient openClient(int port) {
    List<URI> servers = new ArrayList<>(settings.openFhirServers());
    servers.add(URI.create("http://localhost:" + port + "/demo/fhir"));
    servers.add(URI.create("http://127.0.0.1:" + port + "/demo/fhir"));
    return new CdsClient("open-demo", null, servers, true);
  }
}
