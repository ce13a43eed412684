package no.marg.benchmark;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import no.marg.HookCall;
import no.marg.MargApplication;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Bundle;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/**
 * Runs the service for a long time at seven tenths of what it can do, and prints what changes:
 * errors, times, and the heap after a collection, which must not grow.
 *
 * <p>First eight callers, each with its next call when the last is answered, measure the capacity,
 * again and again until it rises no more. Then calls start at fixed moments whether or not earlier
 * ones are answered, as in a hospital; a call's time counts from the moment it was due, so that
 * waiting is not hidden. The calls are those of the demo patients, opened and signed in turn. The
 * journal is a file, as by default.
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
  private final List<Call> calls;
  private final AtomicLong errors = new AtomicLong();
  private final List<Long> heaps = new ArrayList<>();

  /** A request that is sent as it is. */
  private record Call(String service, String body) {}

  private Soak(int port, List<Call> calls) {
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
                "--logging.level.no.marg=warn");
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    boolean isClean = new Soak(port, calls()).run();
    context.close();
    FileSystemUtils.deleteRecursively(journal);
    System.exit(isClean ? 0 : 1);
  }

  private boolean run() throws Exception {
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
        "%8s %9s %8s %9s %9s %9s %14s%n",
        "minute", "calls", "errors", "p50 ms", "p99 ms", "max ms", "heap after GC");
    open(rate);
    // The first interval fills caches.
    long first = heaps.get(Math.min(1, heaps.size() - 1));
    long last = heaps.get(heaps.size() - 1);
    boolean isClean = errors.get() == 0 && last <= first * GROWN;
    System.out.printf(
        Locale.ROOT,
        "%n%d errors in all, heap from %d to %d MB%s%n",
        errors.get(),
        first,
        last,
        isClean ? "" : " (FAILED)");
    return isClean;
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

  private void open(double rate) throws InterruptedException {
    ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(200);
    long start = System.nanoTime();
    long end = start + (long) (MINUTES * 60e9);
    long interval = (long) Math.max(30e9, Math.min(60e9, MINUTES * 60e9 / 10));
    long report = start + interval;
    for (long i = 0; ; i++) {
      long due = start + (long) (i / rate * 1e9);
      if (due >= end) {
        break;
      }
      while (System.nanoTime() < due) {
        Thread.sleep(0, 200_000);
      }
      if (due >= report) {
        print(start, times);
        report += interval;
      }
      Call call = calls.get((int) (i % calls.size()));
      pool.execute(
          () -> {
            send(call);
            times.add(System.nanoTime() - due);
          });
    }
    pool.shutdown();
    pool.awaitTermination(60, TimeUnit.SECONDS);
    print(start, times);
  }

  /** One line; the times of an interval are gone when they are printed. */
  private void print(long start, ConcurrentLinkedQueue<Long> times) {
    List<Long> taken = new ArrayList<>();
    for (Long time = times.poll(); time != null; time = times.poll()) {
      taken.add(time);
    }
    long[] sorted = taken.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      sorted = new long[1];
    }
    double minutes = (System.nanoTime() - start) / 60e9;
    System.gc();
    Runtime memory = Runtime.getRuntime();
    heaps.add((memory.totalMemory() - memory.freeMemory()) >> 20);
    System.out.printf(
        Locale.ROOT,
        "%8.1f %9d %8d %9.2f %9.2f %9.2f %11d MB%n",
        minutes,
        taken.size(),
        errors.get(),
        sorted[sorted.length / 2] / 1e6,
        sorted[sorted.length * 99 / 100] / 1e6,
        Arrays.stream(sorted).max().orElse(0) / 1e6,
        heaps.get(heaps.size() - 1));
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
