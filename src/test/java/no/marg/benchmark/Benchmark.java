package no.marg.benchmark;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.MargApplication;
import no.marg.UnmodifiedCqf;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.chart.RecordReader;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Measures what a hospital would feel, and prints one table: the hook over HTTP with 10 and 300
 * resources at 1 and 8 callers, and in process the parts of it beside HAPI's parsing of the same
 * request and the unmodified cqf, and last a cohort. Nothing is asserted.
 *
 * <p>{@code mvn -q test-compile exec:java@benchmark}
 */
public final class Benchmark {
  private static final int WARM_UP = Integer.getInteger("warmup", 300);
  private static final int LONG_WARM_UP = Integer.getInteger("long.warmup", 10000);
  private static final int CALLS = Integer.getInteger("calls", 1500);
  private static final int LONG_CALLS = Integer.getInteger("long.calls", 30);
  private static final int COHORT = Integer.getInteger("cohort", 10000);
  private static final int CQF_CALLS = Integer.getInteger("cqf.calls", 20);
  private static final Pattern ROWS = Pattern.compile(System.getProperty("rows", ""));
  static final String PATIENT = "large-history";
  static final Path PERSONAS = Path.of("src/main/resources/demo/personas");
  static final LocalDate DAY = LocalDate.of(2026, 2, 15);

  private Benchmark() {}

  /** Runs everything once and prints the table. */
  public static void main(String[] args) throws Exception {
    long start = System.nanoTime();
    SpringApplication application = MargApplication.application();
    ConfigurableApplicationContext context =
        application.run(
            "--server.port=0",
            "--marg.evaluation-date=" + DAY,
            // The service logs as always; the table stays readable.
            "--logging.file.name=target/benchmark.log",
            "--logging.threshold.console=off");
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    GuidelineEngine engine = context.getBean(GuidelineEngine.class);
    FhirContext fhir = context.getBean(FhirContext.class);
    byte[] first = body(fhir, engine, resources(fhir, 10));
    URL http = URI.create("http://localhost:" + port + "/cds-services/mm-patient-view").toURL();
    send(http, first);
    System.out.printf(
        Locale.ROOT,
        "start to first answer, in this JVM: %d ms%n%n",
        (System.nanoTime() - start) / 1_000_000);
    System.out.printf(
        Locale.ROOT,
        "%-44s %9s %9s %9s %9s %9s %12s%n",
        "",
        "p50 ms",
        "p99 ms",
        "mean ms",
        "CPU ms",
        "per s",
        "kB per call");
    // A service answers for days; the compiler of the JVM has long done its work.
    byte[] many = body(fhir, engine, resources(fhir, 300));
    run(1, LONG_WARM_UP, () -> send(http, first));
    run(1, LONG_WARM_UP / 8, () -> send(http, many));
    Map<String, Double> p50 = new LinkedHashMap<>();
    URL icon = URI.create("http://localhost:" + port + "/icon/marg.png").toURL();
    measure("HTTP alone, the icon of the cards", 1, p50, () -> read(icon));
    for (int size : new int[] {10, 300}) {
      List<Resource> resources = resources(fhir, size);
      byte[] request = body(fhir, engine, resources);
      for (int callers : new int[] {1, 8}) {
        measure(
            "hook over HTTP, " + size + " resources, " + callers + " caller(s)",
            callers,
            p50,
            () -> send(http, request));
      }
      String bundle = fhir.newJsonParser().encodeResourceToString(bundle(resources));
      String parse = "HAPI parse, " + size + " resources (" + bundle.length() / 1024 + " kB)";
      measure(parse, 1, p50, () -> fhir.newJsonParser().parseResource(bundle));
      Service service = engine.guideline().services().get("mm-patient-view");
      measure("chart, " + size + " resources", 1, p50, () -> chart(engine, resources));
      Chart chart = chart(engine, resources);
      String advise = "engine and $apply, " + size + " resources";
      measure(advise, 1, p50, () -> engine.advise(service, chart, Map.of()));
      String ours = "$apply of one plan (mm-staging), " + size + " resources";
      measure(ours, 1, p50, () -> engine.apply("mm-staging", chart(engine, resources), null));
      String cqf = "  the same with unmodified cqf";
      var repository = UnmodifiedCqf.repository();
      measure(
          cqf,
          1,
          CQF_CALLS / 2,
          CQF_CALLS,
          p50,
          () -> UnmodifiedCqf.apply(repository, "mm-staging", chart, null));
      System.out.printf(
          Locale.ROOT,
          "  engine / parse %.2f (budget at most 2); unmodified cqf / ours %.0f%n%n",
          p50.getOrDefault(advise, Double.NaN) / p50.getOrDefault(parse, Double.NaN),
          p50.getOrDefault(cqf, Double.NaN) / p50.getOrDefault(ours, Double.NaN));
    }
    for (int size : new int[] {3000, 20000}) {
      List<Resource> resources = repeated(fhir, size);
      byte[] request = body(fhir, engine, resources);
      measure(
          "hook over HTTP, " + size + " resources, 1 caller(s)",
          1,
          3,
          LONG_CALLS,
          p50,
          () -> send(http, request));
      measure(
          "chart, " + size + " resources", 1, 3, LONG_CALLS, p50, () -> chart(engine, resources));
    }
    cohort(engine, fhir, p50);
    long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    System.gc();
    long live = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    System.out.printf(
        Locale.ROOT, "heap used %d MB, live after collection %d MB%n", used >> 20, live >> 20);
    context.close();
    System.exit(0);
  }

  /**
   * The verdict on every statement for many patients on all cores: the demo's patients again and
   * again, each read from its text as if it had just come.
   */
  private static void cohort(GuidelineEngine engine, FhirContext fhir, Map<String, Double> p50)
      throws Exception {
    List<byte[]> records = new ArrayList<>();
    try (Stream<Path> files = Files.list(PERSONAS)) {
      for (Path file :
          files
              .filter(each -> each.toString().endsWith(".json"))
              .filter(each -> !each.endsWith("index.json"))
              .sorted()
              .toList()) {
        records.add(Files.readAllBytes(file));
      }
    }
    RecordReader reader = new RecordReader(fhir);
    JsonFactory json = JsonFactory.builder().build();
    AtomicInteger next = new AtomicInteger();
    int cores = Runtime.getRuntime().availableProcessors();
    long start = System.nanoTime();
    measure(
        "cohort of " + COHORT + " patients, report",
        cores,
        0,
        COHORT,
        p50,
        () -> {
          byte[] record = records.get(next.getAndIncrement() % records.size());
          try (JsonParser parser = json.createParser(ObjectReadContext.empty(), record)) {
            parser.nextToken();
            return engine.report(chart(engine, resources(reader.read(parser, record))), null);
          }
        });
    System.out.printf(
        Locale.ROOT,
        "  %.2f minutes for the cohort (budget at most 1)%n%n",
        (System.nanoTime() - start) / 6e10);
  }

  private static List<Resource> resources(Resource bundle) {
    return ((Bundle) bundle)
        .getEntry().stream().map(Bundle.BundleEntryComponent::getResource).toList();
  }

  private static void measure(String name, int callers, Map<String, Double> p50, Callable<?> call)
      throws Exception {
    measure(name, callers, WARM_UP, CALLS, p50, call);
  }

  private static void measure(
      String name, int callers, int warmUp, int calls, Map<String, Double> p50, Callable<?> call)
      throws Exception {
    if (!ROWS.matcher(name).find()) {
      return;
    }
    run(callers, warmUp, call);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    com.sun.management.OperatingSystemMXBean process =
        (com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    long before = threads.getTotalThreadAllocatedBytes();
    long cpu = process.getProcessCpuTime();
    long start = System.nanoTime();
    long[] times = run(callers, calls, call);
    double seconds = (System.nanoTime() - start) / 1e9;
    cpu = process.getProcessCpuTime() - cpu;
    long bytes = threads.getTotalThreadAllocatedBytes() - before;
    Arrays.sort(times);
    p50.put(name, times[times.length / 2] / 1e6);
    System.out.printf(
        Locale.ROOT,
        "%-44s %9.2f %9.2f %9.2f %9.2f %9.0f %12d%n",
        name,
        times[times.length / 2] / 1e6,
        times[times.length * 99 / 100] / 1e6,
        Arrays.stream(times).average().orElse(0) / 1e6,
        cpu / 1e6 / times.length,
        times.length / seconds,
        bytes / times.length / 1024);
  }

  private static long[] run(int callers, int calls, Callable<?> call) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(callers);
    List<Future<long[]>> parts = new ArrayList<>();
    for (int caller = 0; caller < callers; caller++) {
      parts.add(
          pool.submit(
              () -> {
                long[] times = new long[calls / callers];
                for (int i = 0; i < times.length; i++) {
                  long start = System.nanoTime();
                  call.call();
                  times[i] = System.nanoTime() - start;
                }
                return times;
              }));
    }
    List<Long> all = new ArrayList<>();
    for (Future<long[]> part : parts) {
      Arrays.stream(part.get()).forEach(all::add);
    }
    pool.shutdown();
    return all.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * By the JDK's plain client, which keeps its connection and adds the least of its own: not in its
   * streaming mode, in which it waits a millisecond before each call for a server that hangs up.
   */
  static byte[] send(URL service, byte[] body) throws IOException {
    HttpURLConnection call = (HttpURLConnection) service.openConnection();
    call.setRequestProperty("Content-Type", "application/json");
    call.setDoOutput(true);
    try (OutputStream out = call.getOutputStream()) {
      out.write(body);
    }
    if (call.getResponseCode() != 200) {
      throw new IllegalStateException("HTTP status " + call.getResponseCode());
    }
    try (InputStream in = call.getInputStream()) {
      return in.readAllBytes();
    }
  }

  private static byte[] read(URL address) throws IOException {
    try (InputStream in = address.openStream()) {
      return in.readAllBytes();
    }
  }

  /** The patient and so many of the newest records, observations first. */
  static List<Resource> resources(FhirContext fhir, int size) throws IOException {
    Bundle all =
        fhir.newJsonParser()
            .parseResource(Bundle.class, Files.readString(PERSONAS.resolve(PATIENT + ".json")));
    List<Resource> resources = new ArrayList<>();
    all.getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .filter(Patient.class::isInstance)
        .forEach(resources::add);
    all.getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .filter(Observation.class::isInstance)
        .sorted(
            java.util.Comparator.comparing((Resource r) -> String.valueOf(Chart.dayOf(r)))
                .reversed())
        .limit(size - 1L)
        .forEach(resources::add);
    return resources;
  }

  /** A record of any length: the patient's results again and again, each time a day older. */
  private static List<Resource> repeated(FhirContext fhir, int size) throws IOException {
    List<Resource> once = resources(fhir, 300);
    List<Resource> resources = new ArrayList<>(once);
    for (int round = 1; resources.size() < size; round++) {
      for (int i = 1; i < once.size() && resources.size() < size; i++) {
        Observation older = ((Observation) once.get(i)).copy();
        older.setId(older.getIdElement().getIdPart() + "-" + round);
        older.getEffectiveDateTimeType().add(java.util.Calendar.DATE, -round);
        resources.add(older);
      }
    }
    return resources;
  }

  private static Bundle bundle(List<? extends Resource> resources) {
    Bundle bundle = new Bundle().setType(Bundle.BundleType.SEARCHSET);
    resources.forEach(resource -> bundle.addEntry().setResource(resource));
    return bundle;
  }

  private static byte[] body(FhirContext fhir, GuidelineEngine engine, List<Resource> resources) {
    StringBuilder prefetch = new StringBuilder();
    for (String key : engine.guideline().services().get("mm-patient-view").prefetch().keySet()) {
      String content = "null";
      if (key.equals("patient")) {
        content = fhir.newJsonParser().encodeResourceToString(resources.get(0));
      } else if (key.equals("myelomaHistory")) {
        content =
            fhir.newJsonParser()
                .encodeResourceToString(bundle(resources.subList(1, resources.size())));
      }
      prefetch
          .append(prefetch.isEmpty() ? "" : ",")
          .append('"')
          .append(key)
          .append("\":")
          .append(content);
    }
    String json =
        "{\"hook\":\"patient-view\",\"hookInstance\":\""
            + UUID.randomUUID()
            + "\",\"context\":{\"userId\":\"Practitioner/1\",\"patientId\":\""
            + PATIENT
            + "\"},\"prefetch\":{"
            + prefetch
            + "}}";
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static Chart chart(GuidelineEngine engine, List<Resource> resources) {
    String patient =
        resources.stream()
            .filter(Patient.class::isInstance)
            .map(each -> each.getIdElement().getIdPart())
            .findFirst()
            .orElseThrow();
    return engine.chart(
        new ChartReader.Source(patient, DAY, resources, List.of(), Set.of()),
        ChartReader.OtherPatient.REFUSE);
  }
}
