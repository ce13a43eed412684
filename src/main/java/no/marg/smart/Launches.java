package no.marg.smart;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import no.marg.ehr.EhrAccess;
import no.marg.ehr.EhrClient;
import no.marg.ehr.Reading;
import org.jspecify.annotations.Nullable;

/**
 * The launches that are open: what the app's pages ask for everything about their patient. Safe for
 * many threads.
 */
public final class Launches {
  /** A token that ends so soon is renewed before it is used. */
  private static final Duration EARLY = Duration.ofSeconds(20);

  private final LaunchStore store;
  private final Browsers browsers;
  private final Authorization authorization;
  private final Renewal renewal;
  private final EhrClient ehr;
  private final WallClock clock;

  Launches(
      LaunchStore store,
      Browsers browsers,
      Authorization authorization,
      Renewal renewal,
      EhrClient ehr,
      WallClock clock) {
    this.store = store;
    this.browsers = browsers;
    this.authorization = authorization;
    this.renewal = renewal;
    this.ehr = ehr;
    this.clock = clock;
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
   * Asks the launch's FHIR server about its patient, with a token that is valid; a token that the
   * server no longer accepts is renewed once. Types that were not granted are not asked for and
   * come back as {@link Reading.Reason#DENIED}.
   *
   * @param queries by a name of the caller's choice; see {@link EhrClient#read}
   * @param within longest wait for the FHIR server
   * @return what each came to; all {@link Reading.Reason#UNREACHABLE} if a new token is needed and
   *     the authorization server does not answer
   * @throws LaunchEndedException if the record no longer gives access
   */
  public Map<String, Reading> read(
      HttpServletRequest request, Launch launch, Map<String, String> queries, Duration within) {
    Map<String, Reading> readings = new LinkedHashMap<>();
    Map<String, String> allowed = new LinkedHashMap<>();
    queries.forEach(
        (name, query) -> {
          readings.put(name, new Reading.NotRead(Reading.Reason.DENIED));
          if (launch.scopes().canRead(type(query))) {
            allowed.put(name, query);
          }
        });
    if (allowed.isEmpty()) {
      return readings;
    }
    try {
      EhrAccess access = access(request, launch);
      readings.putAll(ehr.read(access, allowed, within));
      allowed.keySet().removeIf(name -> !refused(readings.get(name)));
      if (!allowed.isEmpty()) {
        readings.putAll(ehr.read(renewed(request, launch, access), allowed, within));
        if (allowed.keySet().stream().anyMatch(name -> refused(readings.get(name)))) {
          end(request, launch);
          throw new LaunchEndedException();
        }
      }
    } catch (RecordUnreachableException e) {
      allowed
          .keySet()
          .forEach(n -> readings.put(n, new Reading.NotRead(Reading.Reason.UNREACHABLE)));
    }
    readings.replaceAll((name, reading) -> asGranted(launch, queries.get(name), reading));
    return readings;
  }

  /** What a scope narrows to a part is never all of it, though the server says no more. */
  private static Reading asGranted(Launch launch, @Nullable String query, Reading reading) {
    return reading instanceof Reading.Complete complete
            && query != null
            && query.contains("?")
            && launch.scopes().reading(type(query)) == Scopes.Reading.PART
        ? new Reading.Partial(complete.resources(), Reading.Reason.DENIED)
        : reading;
  }

  private static String type(String query) {
    return query.split("[/?]", 2)[0];
  }

  private static boolean refused(@Nullable Reading reading) {
    return (reading instanceof Reading.NotRead none
            && none.reason() == Reading.Reason.TOKEN_REFUSED)
        || (reading instanceof Reading.Partial part
            && part.reason() == Reading.Reason.TOKEN_REFUSED);
  }

  /**
   * The launch's FHIR server with a token that is valid now.
   *
   * @throws LaunchEndedException if the record no longer gives access
   * @throws RecordUnreachableException if a new token is needed and can not be asked for
   */
  public EhrAccess access(HttpServletRequest request, Launch launch) {
    String browser = browsers.of(request).orElseThrow(LaunchEndedException::new);
    LaunchStore.Held held = store.find(launch.id(), browser).orElseThrow(LaunchEndedException::new);
    Long expires = held.grant().accessExpires();
    boolean soon = expires != null && expires < clock.millis() + EARLY.toMillis();
    return access(soon ? renewal.of(launch.id(), browser, held, false) : held.grant());
  }

  /**
   * The same after the FHIR server has refused the token (401).
   *
   * @param refused the access that was refused
   * @throws LaunchEndedException if the record no longer gives access
   * @throws RecordUnreachableException if a new token can not be asked for
   */
  public EhrAccess renewed(HttpServletRequest request, Launch launch, EhrAccess refused) {
    String browser = browsers.of(request).orElseThrow(LaunchEndedException::new);
    LaunchStore.Held held = store.find(launch.id(), browser).orElseThrow(LaunchEndedException::new);
    // Another tab may have renewed it in the meantime.
    return access(
        Objects.equals(held.grant().accessToken(), refused.token())
            ? renewal.of(launch.id(), browser, held, true)
            : held.grant());
  }

  /**
   * Writes to the launch's FHIR server with a token that is valid; a token that the server no
   * longer accepts is renewed once, and a launch whose new token is refused as well is over.
   *
   * @param write called with the access, at most twice; gives false when the server refused the
   *     token (401) and did nothing
   * @throws LaunchEndedException if the record no longer gives access; nothing was written then
   * @throws RecordUnreachableException if a new token is needed and can not be asked for; nothing
   *     was written then
   */
  public void write(HttpServletRequest request, Launch launch, Predicate<EhrAccess> write) {
    EhrAccess access = access(request, launch);
    if (!write.test(access) && !write.test(renewed(request, launch, access))) {
      end(request, launch);
      throw new LaunchEndedException();
    }
  }

  private static EhrAccess access(Grant grant) {
    return new EhrAccess(grant.fhirBase(), grant.accessToken());
  }

  /** Ends a launch: its tokens are forgotten, and revoked where the record allows that. */
  public void end(HttpServletRequest request, Launch launch) {
    browsers
        .of(request)
        .ifPresent(
            browser -> {
              Optional<LaunchStore.Held> held = store.find(launch.id(), browser);
              store.remove(launch.id(), browser);
              held.ifPresent(each -> authorization.revoke(each.grant()));
            });
  }

  /** What the record of a launch wants the app to look like. */
  Map<String, String> styles(HttpServletRequest request, String launchId) {
    return browsers
        .of(request)
        .filter(browser -> Secrets.wellFormed(launchId))
        .flatMap(browser -> store.find(launchId, browser))
        .map(held -> held.grant().styles())
        .orElse(Map.of());
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
