import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** Does what deployment.sh says: the image, then the compose file, then the Kubernetes file. */
public final class Deployment {
  private static final Path FILES = Path.of("src/main/deploy");

  /** What the process needs beside its heap: 300 MB were measured under load, and some room. */
  private static final long BESIDE_THE_HEAP = 400L << 20;

  /** README: every demo patient is answered in so much. */
  private static final long SMALLEST_HEAP = 256L << 20;

  /** Calls that have begun (application.yaml), then the journal's last batch. */
  private static final int SECONDS_TO_STOP = 20 + 5;

  private final Path work;
  private final String database;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> imageSettings = new LinkedHashMap<>();
  private final List<String> command = new ArrayList<>();
  private Path image;

  private Deployment(Path work, String database) {
    this.work = work;
    this.database = database;
  }

  public static void main(String[] args) throws Exception {
    Deployment deployment = new Deployment(Path.of(args[0]), args[1]);
    deployment.image();
    deployment.compose();
    deployment.kubernetes();
    System.out.println("\nAll as it must be.");
  }

  // ---- the image ----

  private void image() throws Exception {
    step("Dockerfile");
    String file = Files.readString(FILES.resolve("Dockerfile")).replaceAll("\\\\\n\\s*", " ");
    List<String> lines =
        file.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).toList();
    Path build = Files.createDirectories(work.resolve("build"));
    image = Files.createDirectories(work.resolve("marg"));
    TreeSet<String> copied = new TreeSet<>();
    for (String line : lines) {
      if (line.startsWith("COPY target/")) {
        Files.copy(work.resolve(line.split(" ")[1].substring(7)), build.resolve(line.split(" ")[2]));
      } else if (line.startsWith("RUN java ")) {
        int end =
            new ProcessBuilder(line.substring(4).split(" "))
                .directory((copied.isEmpty() ? build : image).toFile())
                .inheritIO()
                .start()
                .waitFor();
        must(end == 0, line);
      } else if (line.startsWith("COPY --from=layers /build/")) {
        Path layer = build.resolve(line.split(" ")[2].substring("/build/".length()));
        must(Files.isDirectory(layer), "the archive has the layer " + layer.getFileName());
        copied.add(layer.getFileName().toString());
        copy(layer, image);
      } else if (line.startsWith("ENV ")) {
        Matcher setting = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|(\\S+))").matcher(line);
        while (setting.find()) {
          imageSettings.put(
              setting.group(1), setting.group(2) == null ? setting.group(3) : setting.group(2));
        }
      } else if (line.startsWith("ENTRYPOINT ")) {
        new Yaml().<List<String>>load(line.substring(11)).forEach(command::add);
      }
    }
    try (Stream<Path> layers = Files.list(build.resolve("layers"))) {
      List<String> all = layers.map(layer -> layer.getFileName().toString()).sorted().toList();
      must(all.equals(List.copyOf(copied)), "all layers are copied: " + all);
    }
    must(lines.contains("USER 10001"), "runs as a user without rights");
    String exposed = lines.stream().filter(line -> line.startsWith("EXPOSE")).findFirst().get();
    must(
        exposed.equals("EXPOSE 8080 " + imageSettings.get("MANAGEMENT_SERVER_PORT")),
        exposed + " are the ports that it listens on");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  // ---- the files that run it ----

  private void compose() throws Exception {
    step("compose.yaml");
    Map<String, Object> service = map(map(yaml("compose.yaml").get(0), "services"), "marg");
    must(service.get("image").equals("marg:" + version()), "the image has the project's version");
    Map<String, String> settings = new LinkedHashMap<>();
    Map<String, Object> from = map(((List<?>) service.get("env_file")).get(0));
    must(from.get("required").equals(true), "nothing starts without " + from.get("path"));
    Files.readString(FILES.resolve(from.get("path") + ".example"))
        .lines()
        .filter(line -> !line.startsWith("#") && line.contains("="))
        .forEach(line -> settings.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    map(service, "environment")
        .forEach((name, value) -> settings.put(name, substituted(value.toString())));
    must(
        ((List<?>) service.get("tmpfs")).contains(imageSettings.get("MARG_JOURNAL_FOLDER"))
            && service.get("read_only").equals(true),
        "nothing is written but in the folders that are given");
    must(
        seconds(service.get("stop_grace_period")) > SECONDS_TO_STOP,
        "has time to stop: " + service.get("stop_grace_period"));
    long limit = bytes(service.get("mem_limit").toString());
    try (Running running = new Running("compose", settings, limit)) {
      running.mustBeReady(
          List.of(
              "/actuator/health/readiness", "/actuator/health/liveness", "/actuator/prometheus"));
      running.mustStop(seconds(service.get("stop_grace_period")));
    }
    mustRefuseWithoutOneOf(settings, limit);
  }

  private void kubernetes() throws Exception {
    step("kubernetes.yaml");
    Map<String, Map<String, Object>> kinds = new HashMap<>();
    yaml("kubernetes.yaml").forEach(each -> kinds.put(each.get("kind").toString(), each));
    Map<String, Object> template = map(map(kinds.get("Deployment"), "spec"), "template");
    Map<String, Object> pod = map(template, "spec");
    Map<String, Object> container = map(((List<?>) pod.get("containers")).get(0));
    must(
        container.get("image").toString().endsWith("/marg:" + version()),
        "the image has the project's version");
    Map<String, String> settings = new LinkedHashMap<>();
    for (Object source : (List<?>) container.get("envFrom")) {
      Object name = map(map(source), "configMapRef").get("name");
      must(
          name.equals(map(kinds.get("ConfigMap"), "metadata").get("name")),
          "the config map " + name + " is in the file");
      map(kinds.get("ConfigMap"), "data")
          .forEach((setting, value) -> settings.put(setting, (String) value));
    }
    for (Object each : (List<?>) container.get("env")) {
      Map<String, Object> setting = map(each);
      settings.put(
          setting.get("name").toString(),
          setting.containsKey("value")
              ? substituted((String) setting.get("value"))
              : "a secret of this test, long enough");
    }
    Map<Object, Object> ports = new HashMap<>();
    for (Object port : (List<?>) container.get("ports")) {
      ports.put(map(port).get("name"), map(port).get("containerPort").toString());
    }
    must(
        ports.equals(
            Map.of("http", "8080", "management", imageSettings.get("MANAGEMENT_SERVER_PORT"))),
        "ports " + new TreeMap<>(ports) + " are those of the image");
    List<String> probes = new ArrayList<>();
    for (String probe : List.of("readinessProbe", "livenessProbe", "startupProbe")) {
      Map<String, Object> get = map(map(container, probe), "httpGet");
      must(get.get("port").equals("management"), probe + " asks the port of health");
      probes.add(get.get("path").toString());
    }
    Map<String, Object> scrape = map(map(template, "metadata"), "annotations");
    must(
        scrape.get("prometheus.io/port").equals(ports.get("management")),
        "metrics are scraped at the port of health");
    probes.add(scrape.get("prometheus.io/path").toString());
    List<String> folders =
        ((List<?>) container.get("volumeMounts"))
            .stream().map(mount -> map(mount).get("mountPath").toString()).toList();
    must(
        folders.contains(imageSettings.get("MARG_JOURNAL_FOLDER")) && folders.contains("/tmp"),
        "nothing is written but in the folders that are given");
    Object pause =
        ((List<?>) map(map(map(container, "lifecycle"), "preStop"), "exec").get("command")).get(1);
    int grace = (int) pod.get("terminationGracePeriodSeconds");
    must(
        grace > Integer.parseInt(pause.toString()) + SECONDS_TO_STOP,
        "has time to stop: " + grace + "s");
    long limit = bytes(map(map(container, "resources"), "limits").get("memory").toString());
    try (Running running = new Running("kubernetes", settings, limit)) {
      running.mustBeReady(probes);
      running.mustStop(grace);
    }
    mustRefuseWithoutOneOf(settings, limit);
  }

  /** Production does not start open, or for nobody. */
  private void mustRefuseWithoutOneOf(Map<String, String> settings, long limit) throws Exception {
    for (String setting :
        List.of(
            "MARG_ACCESS_PUBLICURL",
            "MARG_ACCESS_TLSATPROXY",
            "MARG_ACCESS_CLIENTS_0_ISSUER",
            "MARG_ACCESS_CLIENTS_0_JWKSURL")) {
      Map<String, String> fewer = new LinkedHashMap<>(settings);
      must(fewer.remove(setting) != null, setting + " is set");
      try (Running running = new Running("without-" + setting, fewer, limit)) {
        running.mustRefuse(
            setting.startsWith("MARG_ACCESS_CLIENTS") ? "marg.access.clients" : name(setting));
      }
    }
  }

  private static String name(String setting) {
    return setting.equals("MARG_ACCESS_PUBLICURL")
        ? "marg.access.public-url"
        : "marg.access.tls-at-proxy";
  }

  /** The service as the image starts it, with settings of a deployment. */
  private final class Running implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final int port = freePort();
    private final int management = freePort();

    Running(String name, Map<String, String> settings, long limit) throws Exception {
      log = work.resolve(name + ".log");
      ProcessBuilder start =
          new ProcessBuilder(command)
              .directory(image.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      Map<String, String> environment = start.environment();
      environment.keySet().removeIf(each -> each.matches("(MARG|SPRING|SERVER|MANAGEMENT|JAVA)_.*"));
      environment.putAll(imageSettings);
      environment.putAll(settings);
      // What differs from machine to machine: ports, folders, the size of a container.
      environment.put("SERVER_PORT", Integer.toString(port));
      environment.put("MANAGEMENT_SERVER_PORT", Integer.toString(management));
      environment.put("MARG_JOURNAL_FOLDER", work.resolve("data").toString());
      environment.merge("JAVA_TOOL_OPTIONS", " -XX:MaxRAM=" + limit, String::concat);
      Matcher share =
          Pattern.compile("MaxRAMPercentage=(\\d+)").matcher(environment.get("JAVA_TOOL_OPTIONS"));
      must(share.find(), "the heap is a share of the memory");
      long heap = limit / 100 * Integer.parseInt(share.group(1));
      if (heap < SMALLEST_HEAP || limit - heap < BESIDE_THE_HEAP) {
        must(false, "memory is enough: " + (heap >> 20) + " MB heap of " + (limit >> 20) + " MB");
      }
      process = start.start();
    }

    /** By the first address; then the others answer as well. */
    void mustBeReady(List<String> probes) throws Exception {
      String readiness = probes.get(0);
      long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
      while (status(management, readiness) != 200) {
        if (!process.isAlive() || System.nanoTime() > end) {
          System.out.println(Files.readString(log));
          must(false, "is ready");
        }
        Thread.sleep(250);
      }
      System.out.println("ready by " + readiness);
      must(
          Files.readString(Path.of("/proc", Long.toString(process.pid()), "maps"))
              .contains("/marg.jsa"),
          "its classes come from the archive");
      for (String other : probes) {
        must(status(management, other) == 200, other + " answers beside it");
      }
      must(body(management, "/actuator/prometheus").contains("marg_knowledge_statements"),
          "metrics are those of the service");
      must(status(port, "/cds-services") == 401, "the services need a token");
      must(status(port, "/actuator/prometheus") != 200, "metrics are not at the service's port");
      must(status(port, "/index.html") == 404, "there is no start page");
      must(status(port, "/demo/fhir/Patient") == 404, "there are no demo records");
      must(
          Files.readAllLines(log).stream()
              .allMatch(line -> line.startsWith("{") || line.startsWith("Picked up ")),
          "each line of the log is JSON");
    }

    void mustStop(int seconds) throws Exception {
      process.destroy();
      must(process.waitFor(seconds, TimeUnit.SECONDS), "stops in time");
    }

    void mustRefuse(String named) throws Exception {
      must(process.waitFor(120, TimeUnit.SECONDS), "ends by itself");
      String said = Files.readString(log);
      if (process.exitValue() == 0 || !said.contains(named)) {
        System.out.println(said);
        must(false, "refuses to start and names " + named);
      }
      System.out.println(log.getFileName() + ": refuses to start and names " + named);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private int status(int port, String path) throws Exception {
    try {
      return get(port, path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private String body(int port, String path) throws Exception {
    return get(port, path).body();
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A value with what the operator gives; the database is the one of this test. */
  private String substituted(String value) {
    Matcher url = Pattern.compile("jdbc:postgresql://[^/]+/(\\w+)").matcher(value);
    if (url.matches()) {
      return database.replaceFirst("\\?.*", "");
    }
    return value.replaceAll("\\$\\{\\w+:\\?[^}]*}", "a secret of this test, long enough");
  }

  private static List<Map<String, Object>> yaml(String file) throws IOException {
    List<Map<String, Object>> documents = new ArrayList<>();
    for (Object each : new Yaml().loadAll(Files.readString(FILES.resolve(file)))) {
      documents.add(map(each));
    }
    return documents;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static Map<String, Object> map(Map<String, Object> in, String key) {
    must(in.containsKey(key), key + " is in the file");
    return map(in.get(key));
  }

  private static String version() throws IOException {
    Matcher version =
        Pattern.compile("<artifactId>marg</artifactId>\\s*<version>([^<]+)<")
            .matcher(Files.readString(Path.of("pom.xml")));
    must(version.find(), "the project has a version");
    return version.group(1);
  }

  private static int seconds(Object time) {
    return Integer.parseInt(time.toString().replace("s", ""));
  }

  private static long bytes(String size) {
    Matcher parts = Pattern.compile("(\\d+)(m|Mi|g|Gi)").matcher(size);
    must(parts.matches(), size + " is a size");
    return Long.parseLong(parts.group(1)) << (parts.group(2).toLowerCase().startsWith("g") ? 30 : 20);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void step(String what) {
    System.out.println("\n== " + what);
  }

  private static void must(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not so: " + what);
    }
    if (!what.endsWith("is in the file") && !what.endsWith("is set") && !what.endsWith("is a size")) {
      System.out.println(what);
    }
  }
}
