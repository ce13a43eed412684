package no.marg.benchmark;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import no.marg.HookCall;
import no.marg.MargApplication;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Bundle;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.FileSystemUtils;

/**
 * Runs the service for a long time at seven tenths of what it can do, and prints what changes:
 * errors, times, and the heap after a collection, which must not grow.
 *
 * <p>First eight callers, each with its next call when the last is answered, measure the capacity,
 * again and again until it rises no more. Then calls start at fixed moments whether or not earlier
 * ones are answered, as in a hospital; a call's time counts from the moment it was due, so that
 * waiting is not hidden. The calls are those of the demo patients, opened and signed in turn. The
 * journal is a file, as by default, or where {@code -Ddatabase=} says.
 *
 * <p>{@code mvn -q test-compile exec:java@soak -Dminutes=10}
 */
public final class Soak {
  private static final double MINUTES = Double.parseDouble(System.getProperty("minutes", "10"));
  private static final int CALLERS = 8;
  private static final Duration WARM_UP = Duration.ofSeconds(Long.getLong("warmup", 30));
  private static final Duration MEASURE = Duration.ofSeconds(Long.getLong("measure", 20));
  private static final double SHARE = 0.7;

  /** Below this a window counts as no faster than the one before. */
  private static final double FASTER = 1.05;

  private static final int MOST_WINDOWS = 12;

  /** Above this the heap has grown. */
  private static final double GROWN = 1.1;

  private final HttpClient http;
  private final int port;
  private final Path journal;
  private final List<Call> calls;
  private final AtomicLong errors = new AtomicLong();
  private final List<Long> heaps = new ArrayList<>();

  /** A request that is sent as it is. */
  private record Call(String service, String body) {}

  private Soak(int port, Path journal, List<Call> calls) {
    this.journal = journal;
    this.http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    this.port = port;
    this.calls = calls;
  }

  /** Starts the service in this process and runs it. */
  public static void main(String[] args) throws Exception {
    Path journal = Files.createTempDirectory("soak");
    ConfigurableApplicationContext context =
        MargApplication.application()
            .run(
                "--server.port=0",
                "--marg.evaluation-date=2026-02-15",
                "--marg.journal.folder=" + journal,
                "--spring.datasource.url=" + System.getProperty("database", databaseByDefault()),
                "--logging.level.no.marg=warn");
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    boolean isClean = new Soak(port, journal, calls()).run();
    context.close();
    FileSystemUtils.deleteRecursively(journal);
    System.exit(isClean ? 0 : 1);
  }

  /** That of the service; the tests' own settings have another. */
  private static String databaseByDefault() {
    YamlPropertiesFactoryBean settings = new YamlPropertiesFactoryBean();
    settings.setResources(new FileSystemResource("src/main/resources/application.yaml"));
    return Objects.requireNonNull(settings.getObject()).getProperty("spring.datasource.url");
  }

  private boolean run() throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%s, Java %s, %d processors, heap up to %d MB; the callers run in the same process%n",
        LocalDate.ofInstant(InstantSource.system().instant(), ZoneOffset.UTC),
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20);
    closed(WARM_UP);
    double capacity = capacity();
    double rate = capacity * SHARE;
    System.out.printf(
        Locale.ROOT,
        "capacity with %d callers: %.0f calls/s; now %.0f calls/s for %.1f minutes%n%n",
        CALLERS,
        capacity,
        rate,
        MINUTES);
    System.out.printf(
        "%8s %9s %9s %8s %9s %9s %9s %14s %10s%n",
        "minute",
        "calls",
        "calls/s",
        "errors",
        "p50 ms",
        "p99 ms",
        "max ms",
        "heap after GC",
        "journal");
    long[] all = open(rate);
    // The first interval fills caches; the smallest of some shows what can not be freed.
    int half = (heaps.size() + 1) / 2;
    long before = smallest(heaps.subList(Math.min(1, half - 1), half));
    long after = smallest(heaps.subList(Math.min(half, heaps.size() - 1), heaps.size()));
    double lost = lost();
    boolean isClean = errors.get() == 0 && lost == 0 && after <= before * GROWN;
    System.out.printf(
        Locale.ROOT,
        "%nof all %d calls: %d errors, p50 %.2f ms, p99 %.2f ms, max %.2f ms%n"
            + "smallest heap of the first half %d MB, of the second %d MB; not recorded: %.0f%n%s%n",
        all.length,
        errors.get(),
        at(all, 0.5),
        at(all, 0.99),
        at(all, 1),
        before,
        after,
        lost,
        isClean ? "CLEAN" : "FAILED");
    return isClean;
  }

  private static long smallest(List<Long> heaps) {
    return heaps.stream().mapToLong(Long::longValue).min().orElseThrow();
  }

  /** Calls that the journal could not take, as the service counts them. */
  private double lost() throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/actuator/prometheus"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith("marg_journal_lost_total"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** What can be done when everything is compiled. */
  private double capacity() throws InterruptedException {
    double best = closed(MEASURE);
    for (int window = 1; window < MOST_WINDOWS; window++) {
      double next = closed(MEASURE);
      if (next < best * FASTER) {
        return Math.max(best, next);
      }
      best = next;
    }
    return best;
  }

  /** Calls a second of callers that wait for their answers. */
  private double closed(Duration duration) throws InterruptedException {
    AtomicLong done = new AtomicLong();
    long end = System.nanoTime() + duration.toNanos();
    ExecutorService pool = Executors.newFixedThreadPool(CALLERS);
    for (int caller = 0; caller < CALLERS; caller++) {
      int first = caller;
      pool.execute(
          () -> {
            for (int i = first; System.nanoTime() < end; i += CALLERS) {
              send(calls.get(i % calls.size()));
              done.incrementAndGet();
            }
          });
    }
    pool.shutdown();
    pool.awaitTermination(duration.toSeconds() + 60, TimeUnit.SECONDS);
    return done.get() / (duration.toNanos() / 1e9);
  }

  /**
   * Sends at fixed moments.
   *
   * @return the time of each call in nanoseconds, sorted
   */
  private long[] open(double rate) throws IOException, InterruptedException {
    int total = (int) (MINUTES * 60 * rate);
    // As large from the start as it will be, so that the heap does not grow by it.
    AtomicLongArray times = new AtomicLongArray(total);
    int interval = Math.max(1, (int) (Math.max(10, MINUTES * 60 / 10) * rate));
    ExecutorService pool = Executors.newFixedThreadPool(200);
    long start = System.nanoTime();
    long began = start;
    int printed = 0;
    for (int i = 0; i < total; i++) {
      if (i - printed == interval) {
        // Measuring the heap stops the service. What would be due meanwhile is moved, else it
        // would come all at once, which no hospital does.
        long pause = System.nanoTime();
        print(began - start, pause - began, times, printed, i);
        start += System.nanoTime() - pause;
        began = System.nanoTime();
        printed = i;
      }
      long due = start + (long) (i / rate * 1e9);
      while (System.nanoTime() < due) {
        Thread.sleep(0, 200_000);
      }
      Call call = calls.get(i % calls.size());
      int number = i;
      pool.execute(
          () -> {
            send(call);
            times.set(number, System.nanoTime() - due);
          });
    }
    pool.shutdown();
    if (!pool.awaitTermination(60, TimeUnit.SECONDS)) {
      failed("calls without an answer after a minute");
    }
    print(began - start, System.nanoTime() - began, times, printed, total);
    return sorted(times, 0, total);
  }

  /** One line, about the calls of an interval that are answered. */
  private void print(long before, long length, AtomicLongArray times, int from, int to)
      throws IOException {
    long[] sorted = sorted(times, from, to);
    System.gc();
    Runtime memory = Runtime.getRuntime();
    heaps.add((memory.totalMemory() - memory.freeMemory()) >> 20);
    System.out.printf(
        Locale.ROOT,
        "%8.1f %9d %9.1f %8d %9.2f %9.2f %9.2f %11d MB %7d MB%n",
        (before + length) / 60e9,
        sorted.length,
        sorted.length / (length / 1e9),
        errors.get(),
        at(sorted, 0.5),
        at(sorted, 0.99),
        at(sorted, 1),
        heaps.get(heaps.size() - 1),
        size(journal) >> 20);
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static long[] sorted(AtomicLongArray times, int from, int to) {
    return IntStream.range(from, to)
        .mapToLong(times::get)
        .filter(time -> time > 0)
        .sorted()
        .toArray();
  }

  /** Milliseconds that such a share of the calls does not exceed; 0 of none. */
  private static double at(long[] sorted, double share) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1, sorted.length * share)] / 1e6;
  }

  private void send(Call call) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://localhost:" + port + "/cds-services/" + call.service()))
                  .timeout(Duration.ofSeconds(30))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(call.body()))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        failed(answer.statusCode() + " " + answer.body());
      }
    } catch (IOException e) {
      failed(e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(String what) {
    if (errors.incrementAndGet() <= 5) {
      System.out.println(what);
    }
  }

  private static List<Call> calls() throws IOException {
    List<Call> calls = new ArrayList<>();
    for (Path file : files("src/main/resources/demo/personas")) {
      String id = file.getFileName().toString().replace(".json", "");
      if (id.equals("index")) {
        continue;
      }
      List<org.hl7.fhir.r4.model.Resource> record = resources(file);
      calls.add(
          new Call("mm-patient-view", HookCall.of("patient-view", id, record).body().toString()));
      for (Path drafts : files("src/main/resources/demo/orders")) {
        if (drafts.getFileName().toString().startsWith(id)) {
          HookCall call = HookCall.of("order-sign", id, record).drafts(resources(drafts));
          calls.add(new Call("mm-order-sign", call.body().toString()));
        }
      }
    }
    return calls;
  }

  private static List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static List<org.hl7.fhir.r4.model.Resource> resources(Path file) throws IOException {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, Files.readString(file))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }
}
