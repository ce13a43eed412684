package no.marg.smart;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import no.marg.ehr.EhrAccess;
import no.marg.ehr.EhrClient;
import no.marg.ehr.Reading;

/**
 * The launches that are open: what the app's pages ask for everything about their patient. Safe for
 * many threads.
 */
public final class Launches {
  private final LaunchStore store;
  private final Browsers browsers;
  private final EhrClient ehr;

  Launches(LaunchStore store, Browsers browsers, EhrClient ehr) {
    this.store = store;
    this.browsers = browsers;
    this.ehr = ehr;
  }

  /**
   * The launch of this id, if it was opened in the browser that asks and has not ended. To ask
   * keeps it open for another {@code marg.smart.idle-timeout}.
   */
  public Optional<Launch> of(HttpServletRequest request, String launchId) {
    if (!Secrets.wellFormed(launchId)) {
      return Optional.empty();
    }
    return browsers
        .of(request)
        .flatMap(browser -> store.find(launchId, browser))
        .map(held -> launch(launchId, held.grant(), language(request)));
  }

  /**
   * Asks the launch's FHIR server about its patient, with a token that is valid. Types that were
   * not granted are not asked for and come back as {@link Reading.Reason#DENIED}.
   *
   * @param queries by a name of the caller's choice; see {@link EhrClient#read}
   * @param within longest wait
   * @throws LaunchEndedException if the record no longer gives access
   */
  public Map<String, Reading> read(
      HttpServletRequest request, Launch launch, Map<String, String> queries, Duration within) {
    Map<String, String> allowed = new LinkedHashMap<>();
    queries.forEach(
        (name, query) -> {
          if (launch.scopes().canRead(query.split("[/?]", 2)[0])) {
            allowed.put(name, query);
          }
        });
    Map<String, Reading> found =
        allowed.isEmpty() ? Map.of() : ehr.read(access(request, launch), allowed, within);
    Map<String, Reading> readings = new LinkedHashMap<>();
    queries.forEach(
        (name, query) -> {
          Reading reading = found.get(name);
          readings.put(
              name, reading == null ? new Reading.NotRead(Reading.Reason.DENIED) : reading);
        });
    return readings;
  }

  /**
   * The launch's FHIR server with a token that is valid now.
   *
   * @throws LaunchEndedException if the record no longer gives access
   */
  public EhrAccess access(HttpServletRequest request, Launch launch) {
    String browser = browsers.of(request).orElseThrow(LaunchEndedException::new);
    Grant grant = store.find(launch.id(), browser).orElseThrow(LaunchEndedException::new).grant();
    return new EhrAccess(grant.fhirBase(), grant.accessToken());
  }

  /** Ends a launch: its tokens are revoked where the record allows that, and forgotten. */
  public void end(HttpServletRequest request, Launch launch) {
    browsers.of(request).ifPresent(browser -> store.remove(launch.id(), browser));
  }

  /** Opens a launch in this browser. */
  URI open(HttpServletRequest request, HttpServletResponse response, Grant grant) {
    String id = Secrets.random();
    store.add(id, browsers.ensure(request, response), grant);
    return page(request, id);
  }

  /** Address of the app on a launch, on this server. */
  static URI page(HttpServletRequest request, String launchId) {
    return URI.create(request.getContextPath() + "/smart/app/" + launchId);
  }

  /** Norwegian unless the browser prefers English. */
  static Locale language(HttpServletRequest request) {
    String accepted = request.getHeader("Accept-Language");
    return Locale.forLanguageTag(
        accepted != null && accepted.trim().toLowerCase(Locale.ROOT).startsWith("en")
            ? "en"
            : "nb");
  }

  private static Launch launch(String id, Grant grant, Locale locale) {
    return new Launch(
        id,
        grant.patient(),
        grant.encounter(),
        grant.fhirBase(),
        Scopes.of(grant.scope()),
        grant.needPatientBanner(),
        grant.intent(),
        grant.appContext(),
        grant.fhirUser(),
        grant.demo(),
        locale);
  }
}
