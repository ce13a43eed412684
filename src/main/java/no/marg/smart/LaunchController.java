package no.marg.smart;

import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** The addresses that records and authorization servers know, and those of the launch's pages. */
@RestController
final class LaunchController {
  private static final Logger LOG = LoggerFactory.getLogger(LaunchController.class);
  private static final MediaType CSS = MediaType.parseMediaType("text/css;charset=UTF-8");
  private static final MediaType SCRIPT = MediaType.parseMediaType("text/javascript;charset=UTF-8");

  /** Above it an address may be cut on its way; below it every server takes it. */
  private static final int LONGEST_ADDRESS = 2000;

  private static final int LONGEST_PARAMETER = 4000;

  private final Authorization authorization;
  private final LaunchStore store;
  private final Browsers browsers;
  private final Launches launches;
  private final ClientKeys keys;
  private final SmartPages pages;

  LaunchController(
      Authorization authorization,
      LaunchStore store,
      Browsers browsers,
      Launches launches,
      ClientKeys keys,
      SmartSettings settings) {
    this.authorization = authorization;
    this.store = store;
    this.browsers = browsers;
    this.launches = launches;
    this.keys = keys;
    this.pages = new SmartPages(settings);
  }

  /** A record opens the app (EHR launch). */
  @GetMapping("/smart/launch")
  ResponseEntity<String> launch(HttpServletRequest request, HttpServletResponse response) {
    String iss = parameter(request, "iss");
    String launch = parameter(request, "launch");
    if (iss == null || launch == null) {
      throw new SmartException(Problem.NO_LAUNCH, "iss or launch is missing");
    }
    String state = Secrets.random();
    Authorization.Begun begun = authorization.begin(iss, launch, state);
    store.begin(state, browsers.ensure(request, response), begun.pending());
    AuthorizationRequest asked = begun.request();
    URI address = asked.toURI();
    if (begun.post() && address.toString().length() > LONGEST_ADDRESS) {
      return pages.form(request, asked);
    }
    return ResponseEntity.status(HttpStatus.SEE_OTHER).location(address).build();
  }

  /** An authorization server sends the browser back. */
  @GetMapping(Authorization.CALLBACK)
  ResponseEntity<String> callback(HttpServletRequest request, HttpServletResponse response) {
    long start = System.nanoTime();
    String state = parameter(request, "state");
    Pending pending =
        state == null
            ? null
            : browsers.of(request).flatMap(browser -> store.take(state, browser)).orElse(null);
    if (pending == null) {
      // Nothing of a response that nobody asked for is read or shown.
      throw new SmartException(Problem.STRAY, "state is missing, unknown, used or of another");
    }
    String error = parameter(request, "error");
    if (error != null) {
      String code = AuthorizationError.named(error);
      LOG.warn(
          "launch refused: authorization at {}: {}",
          pending.iss(),
          AuthorizationError.loggable(code));
      return SmartPages.problem(
          request, AuthorizationError.problem(code), code, parameter(request, "error_description"));
    }
    String code = parameter(request, "code");
    if (code == null) {
      throw new SmartException(Problem.AUTHORIZATION, "neither code nor error came back");
    }
    Grant grant = authorization.finish(pending, code, parameter(request, "iss"));
    URI page = launches.open(request, response, grant);
    LOG.info(
        "launch iss={} ms={}",
        pending.iss(),
        Duration.ofNanos(System.nanoTime() - start).toMillis());
    return ResponseEntity.status(HttpStatus.SEE_OTHER).location(page).build();
  }

  /** The user leaves the app: its tokens are revoked and forgotten. */
  @PostMapping("/smart/end/{launchId}")
  ResponseEntity<String> end(@PathVariable String launchId, HttpServletRequest request) {
    launches.of(request, launchId).ifPresent(launch -> launches.end(request, launch));
    return SmartPages.ended(request);
  }

  /** Colours, fonts and sizes that the record of a launch wants, as custom properties. */
  @GetMapping("/smart/styles/{launchId}")
  ResponseEntity<String> styles(@PathVariable String launchId, HttpServletRequest request) {
    return ResponseEntity.ok()
        .contentType(CSS)
        .body(Styles.css(launches.styles(request, launchId)));
  }

  /** Look of the launch's own pages. */
  @GetMapping("/smart/launch.css")
  ResponseEntity<Resource> css() {
    return ResponseEntity.ok().contentType(CSS).body(new ClassPathResource("smart/launch.css"));
  }

  /** Sends the form of the launch's own page. */
  @GetMapping("/smart/launch.js")
  ResponseEntity<Resource> script() {
    return ResponseEntity.ok().contentType(SCRIPT).body(new ClassPathResource("smart/launch.js"));
  }

  /** The client's public keys (RFC 7517). */
  @GetMapping("/.well-known/jwks.json")
  ResponseEntity<String> publicKeys() {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .cacheControl(CacheControl.maxAge(Duration.ofMinutes(5)).cachePublic())
        .body(keys.publicSet());
  }

  /** A parameter that is there once and of a sensible length. */
  private static @Nullable String parameter(HttpServletRequest request, String name) {
    String[] values = request.getParameterValues(name);
    return values == null
            || values.length != 1
            || values[0].isBlank()
            || values[0].length() > LONGEST_PARAMETER
        ? null
        : values[0];
  }
}
