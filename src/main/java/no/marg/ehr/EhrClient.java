package no.marg.ehr;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.LenientErrorHandler;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.outbound.BoundedBody;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.OperationOutcome.IssueSeverity;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Asks FHIR R4 servers. Safe for many threads; keeps nothing of a patient and no token after a call
 * has returned. Redirects are not followed, next links only on the same server, and {@code
 * /metadata} is not asked.
 */
@Component
public final class EhrClient implements DisposableBean {
  private static final Pattern COUNT = Pattern.compile("[?&]_count=(\\d{1,6})(&|$)");

  private final FhirContext fhir;
  private final EhrSettings settings;
  private final ExecutorService executor;
  private final HttpClient http;
  private final Semaphore patients;

  /** A client with its own connections. */
  public EhrClient(FhirContext fhir, EhrSettings settings) {
    this.fhir = fhir;
    this.settings = settings;
    this.executor =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            work -> {
              Thread thread = new Thread(work, "ehr");
              thread.setDaemon(true);
              return thread;
            });
    // No time-out of its own for the connection: Java keeps the request that opened a connection,
    // with its token and what was read, for as long as it keeps the connection (20 minutes). The
    // time of the request holds for the connection too.
    this.http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(executor)
            .build();
    this.patients = new Semaphore(settings.patients());
  }

  /**
   * Asks a server several queries at a time and waits for all, or until the time is over.
   *
   * <p>All pages of a search are read. Of one that is sorted newest first ({@code _sort=-date}) as
   * many results are read as its {@code _count} says, for that is what such a query is for.
   *
   * @param queries by a name of the caller's choice: relative URLs, already URL-encoded, such as
   *     {@code Observation?patient=1&_count=100}
   * @param within longest wait; the setting {@code marg.ehr.timeout} if that is shorter
   * @return what each query came to, by the same names in the same order
   * @throws IllegalArgumentException if a query is not a relative URL
   */
  public Map<String, Reading> read(EhrAccess access, Map<String, String> queries, Duration within) {
    Map<String, URI> addresses = new LinkedHashMap<>();
    queries.forEach((name, query) -> addresses.put(name, address(access.base(), query)));
    Map<String, Reading> readings = new LinkedHashMap<>();
    if (!patients.tryAcquire()) {
      addresses.keySet().forEach(n -> readings.put(n, new Reading.NotRead(Reading.Reason.BUSY)));
      return readings;
    }
    try {
      long end = System.nanoTime() + shorter(within, settings.timeout()).toNanos();
      AtomicLong budget = new AtomicLong(settings.totalSize().toBytes());
      Map<String, Search> searches = new LinkedHashMap<>();
      addresses.forEach(
          (name, address) -> {
            Search search = new Search(access, address, end, budget);
            searches.put(name, search);
            search.start();
          });
      searches.forEach((name, search) -> readings.put(name, search.await()));
      return readings;
    } finally {
      patients.release();
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static URI address(URI base, String query) {
    // A type comes first, so that no query can leave the base.
    if (!query.matches("[A-Za-z]+([/?][^#\\s]*)?") || query.contains("..")) {
      throw new IllegalArgumentException("A query must be a relative FHIR URL");
    }
    return URI.create(base + "/" + query.replace("|", "%7C"));
  }

  @Override
  public void destroy() {
    executor.shutdownNow();
  }

  /** One query and its pages. */
  private final class Search {
    private final EhrAccess access;
    private final URI first;
    private final long end;
    private final AtomicLong budget;
    private final int wanted;
    private final List<Resource> found = new ArrayList<>();
    private final Set<URI> seen = new HashSet<>();
    private CompletableFuture<Reading> result = new CompletableFuture<>();
    private volatile @Nullable CompletableFuture<?> exchange;

    Search(EhrAccess access, URI first, long end, AtomicLong budget) {
      this.access = access;
      this.first = first;
      this.end = end;
      this.budget = budget;
      this.wanted = wanted(first.toString());
    }

    private static int wanted(String address) {
      Matcher count = COUNT.matcher(address);
      return address.contains("_sort=-") && count.find()
          ? Integer.parseInt(count.group(1))
          : Integer.MAX_VALUE;
    }

    void start() {
      result = page(first);
    }

    Reading await() {
      try {
        return result.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        stop();
        return stopped(Reading.Reason.TIME);
      } catch (InterruptedException e) {
        stop();
        Thread.currentThread().interrupt();
        return stopped(Reading.Reason.TIME);
      } catch (ExecutionException e) {
        return stopped(reason(e.getCause()));
      }
    }

    /** Ends the exchange under way, so that a body that never ends does not keep its connection. */
    private void stop() {
      result.cancel(true);
      CompletableFuture<?> open = exchange;
      if (open != null) {
        open.cancel(true);
      }
    }

    private CompletableFuture<Reading> page(URI address) {
      Duration left = Duration.ofNanos(end - System.nanoTime());
      if (left.isNegative() || left.isZero() || result.isCancelled()) {
        return done(Reading.Reason.TIME);
      }
      seen.add(address);
      HttpRequest.Builder request =
          HttpRequest.newBuilder(address)
              .timeout(left)
              // Over plain HTTP there is no negotiation, and not every server bears an upgrade.
              .version(
                  address.getScheme().equals("https")
                      ? HttpClient.Version.HTTP_2
                      : HttpClient.Version.HTTP_1_1)
              .header("Accept", "application/fhir+json");
      if (access.token() != null) {
        request.header("Authorization", "Bearer " + access.token());
      }
      CompletableFuture<HttpResponse<byte[]>> sent =
          http.sendAsync(
              request.GET().build(),
              response -> new BoundedBody(settings.responseSize().toBytes(), budget));
      exchange = sent;
      return sent.thenCompose(this::read);
    }

    private CompletableFuture<Reading> read(HttpResponse<byte[]> response) {
      Reading.Reason refusal = refusal(response.statusCode());
      if (refusal != null) {
        return done(refusal);
      }
      IBaseResource parsed;
      try {
        parsed = parse(response.body());
      } catch (DataFormatException | IllegalArgumentException | ClassCastException e) {
        return done(Reading.Reason.NOT_FHIR);
      }
      if (parsed instanceof OperationOutcome) {
        return done(Reading.Reason.REFUSED);
      }
      if (!(parsed instanceof Bundle bundle)) {
        return parsed instanceof Resource resource && add(resource)
            ? done(null)
            : done(Reading.Reason.NOT_FHIR);
      }
      boolean withheld = false;
      for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
        if (entry.getResource() instanceof OperationOutcome outcome) {
          withheld |= isError(outcome);
        } else if (entry.getResource() != null) {
          add(entry.getResource());
        }
      }
      if (withheld) {
        return done(Reading.Reason.REFUSED);
      }
      Bundle.BundleLinkComponent next = bundle.getLink("next");
      if (next == null || size() >= wanted) {
        return done(null);
      }
      return follow(response.uri(), next.getUrl());
    }

    private CompletableFuture<Reading> follow(URI from, @Nullable String link) {
      URI next;
      try {
        next = from.resolve(link == null ? "" : link.replace("|", "%7C"));
      } catch (IllegalArgumentException e) {
        return done(Reading.Reason.NOT_FHIR);
      }
      if (next.getHost() == null
          || next.getRawUserInfo() != null
          || !EhrAccess.origin(next).equals(EhrAccess.origin(access.base()))) {
        return done(Reading.Reason.FOREIGN_PAGE);
      }
      if (seen.size() >= settings.pages() || seen.contains(next)) {
        return done(Reading.Reason.PAGES);
      }
      return page(next);
    }

    private IBaseResource parse(byte[] body) {
      IParser parser = fhir.newJsonParser();
      parser.setParserErrorHandler(
          new LenientErrorHandler(false).setErrorOnInvalidValue(false).disableAllErrors());
      return parser.parseResource(
          new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8));
    }

    private CompletableFuture<Reading> done(Reading.@Nullable Reason reason) {
      return CompletableFuture.completedFuture(
          reason == null ? new Reading.Complete(copy()) : stopped(reason));
    }

    private Reading stopped(Reading.Reason reason) {
      List<Resource> soFar = copy();
      return soFar.isEmpty() ? new Reading.NotRead(reason) : new Reading.Partial(soFar, reason);
    }

    // At the deadline a page may just be coming in on another thread.
    private synchronized boolean add(Resource resource) {
      return found.add(resource);
    }

    private synchronized List<Resource> copy() {
      return List.copyOf(found);
    }

    private synchronized int size() {
      return found.size();
    }
  }

  private static Reading.@Nullable Reason refusal(int status) {
    if (status == 200) {
      return null;
    } else if (status == 401) {
      return Reading.Reason.TOKEN_REFUSED;
    } else if (status == 403) {
      return Reading.Reason.DENIED;
    } else if (status == 404 || status == 410) {
      return Reading.Reason.NOT_FOUND;
    } else if (status >= 300 && status < 400) {
      return Reading.Reason.REDIRECTED;
    }
    return status >= 500 ? Reading.Reason.FAILED : Reading.Reason.REFUSED;
  }

  private static Reading.Reason reason(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof HttpTimeoutException) {
      return Reading.Reason.TIME;
    }
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof BoundedBody.TooLargeException) {
        return Reading.Reason.SIZE;
      }
    }
    return Reading.Reason.UNREACHABLE;
  }

  /** A searchset may say in an entry that it is not whole. */
  private static boolean isError(OperationOutcome outcome) {
    return outcome.getIssue().stream()
        .anyMatch(
            issue ->
                issue.getSeverity() == IssueSeverity.ERROR
                    || issue.getSeverity() == IssueSeverity.FATAL);
  }
}
