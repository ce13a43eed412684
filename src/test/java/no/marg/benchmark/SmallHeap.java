package no.marg.benchmark;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import no.marg.HookCall;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;

/**
 * Starts the service in a JVM of its own with a heap of 256 MB, asks about every demo patient, then
 * about 300 resources from 8 callers at once, and fails on the first answer that is not 200 or when
 * the service has died.
 *
 * <p>{@code mvn -q test-compile exec:java@small-heap}, {@code -Dheap=192m} for another heap
 */
public final class SmallHeap {
  private static final int CALLERS = 8;
  private static final int CALLS = Integer.getInteger("calls", 2000);

  private SmallHeap() {}

  /** Runs once and prints what was seen. */
  public static void main(String[] args) throws Exception {
    String heap = System.getProperty("heap", "256m");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path log = Path.of("target/small-heap.log");
    Process service =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                classPath(),
                "no.marg.MargApplication",
                "--server.port=" + port,
                "--marg.evaluation-date=" + Benchmark.DAY)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      run(service, port, heap);
    } catch (Exception | Error e) {
      System.out.println("see " + log);
      throw e;
    } finally {
      service.destroy();
      service.waitFor(10, TimeUnit.SECONDS);
    }
    System.exit(0);
  }

  /** Maven runs this in its own JVM, where the class path is that of a class loader. */
  private static String classPath() throws Exception {
    if (SmallHeap.class.getClassLoader() instanceof java.net.URLClassLoader loader) {
      List<String> parts = new ArrayList<>();
      for (URL url : loader.getURLs()) {
        parts.add(Path.of(url.toURI()).toString());
      }
      return String.join(java.io.File.pathSeparator, parts);
    }
    return System.getProperty("java.class.path");
  }

  private static void run(Process service, int port, String heap) throws Exception {
    long start = System.nanoTime();
    String base = "http://localhost:" + port + "/cds-services";
    HttpClient http = HttpClient.newHttpClient();
    while (!isReady(http, base)) {
      if (!service.isAlive() || System.nanoTime() - start > TimeUnit.MINUTES.toNanos(5)) {
        throw new IllegalStateException("The service does not start");
      }
      Thread.sleep(100);
    }
    System.out.printf(
        Locale.ROOT, "heap %s: up after %.1f s%n", heap, (System.nanoTime() - start) / 1e9);
    FhirContext fhir = FhirContext.forR4Cached();
    URL hook = URI.create(base + "/mm-patient-view").toURL();
    int personas = 0;
    try (Stream<Path> files = Files.list(Benchmark.PERSONAS)) {
      for (Path file : files.filter(each -> !each.endsWith("index.json")).sorted().toList()) {
        Bundle record = fhir.newJsonParser().parseResource(Bundle.class, Files.readString(file));
        List<Resource> resources =
            record.getEntry().stream().map(Bundle.BundleEntryComponent::getResource).toList();
        String id = file.getFileName().toString().replace(".json", "");
        String body = HookCall.of("patient-view", id, resources).body().toString();
        Benchmark.send(hook, body.getBytes(StandardCharsets.UTF_8));
        personas++;
      }
    }
    System.out.printf(Locale.ROOT, "%d demo patients answered%n", personas);
    byte[] many =
        HookCall.of("patient-view", Benchmark.PATIENT, Benchmark.resources(fhir, 300))
            .body()
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    start = System.nanoTime();
    ExecutorService pool = Executors.newFixedThreadPool(CALLERS);
    List<Future<?>> callers = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      callers.add(
          pool.submit(
              () -> {
                for (int i = 0; i < CALLS / CALLERS; i++) {
                  Benchmark.send(hook, many);
                }
                return null;
              }));
    }
    for (Future<?> caller : callers) {
      caller.get();
    }
    pool.shutdown();
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%d calls with 300 resources from %d callers answered, %.0f a second; service alive: %s%n",
        CALLS,
        CALLERS,
        CALLS / seconds,
        service.isAlive());
  }

  private static boolean isReady(HttpClient http, String base) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(base)).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
