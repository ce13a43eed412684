package no.marg;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;

/** A FHIR server that answers as a test says, and remembers what it was asked. */
public final class StubServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private volatile Function<Asked, Reply> answers = any -> Reply.of(404, "");

  /**
   * A request.
   *
   * @param query path below the base, with its query
   * @param authorization the header; empty without one
   */
  public record Asked(String method, String query, String authorization) {}

  /** What is sent back: after a delay, in one piece or dripping a byte at a time. */
  public record Reply(int status, byte[] body, String location, long delayMillis, long dripMillis) {
    public static Reply of(int status, String body) {
      return new Reply(status, body.getBytes(StandardCharsets.UTF_8), "", 0, 0);
    }

    public static Reply of(Resource resource) {
      return of(200, TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource));
    }

    public static Reply redirect(String location) {
      return redirect(302, location);
    }

    public static Reply redirect(int status, String location) {
      return new Reply(status, new byte[0], location, 0, 0);
    }

    public Reply after(long millis) {
      return new Reply(status, body, location, millis, dripMillis);
    }

    public Reply dripping(long millis) {
      return new Reply(status, body, location, delayMillis, millis);
    }
  }

  private StubServer(HttpServer server) {
    this.server = server;
  }

  public static StubServer start() throws IOException {
    StubServer stub =
        new StubServer(
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    stub.server.setExecutor(stub.executor);
    stub.server.createContext("/", stub::handle);
    stub.server.start();
    return stub;
  }

  public StubServer answering(Function<Asked, Reply> all) {
    this.answers = all;
    return this;
  }

  public URI base() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/fhir");
  }

  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Forgets what was asked. */
  public void forget() {
    asked.clear();
  }

  /** A searchset of the resources; with a next link where one is given. */
  public static Bundle page(List<? extends Resource> resources, String next) {
    Bundle bundle = TestRecord.bundle(resources);
    bundle.setType(Bundle.BundleType.SEARCHSET);
    if (!next.isEmpty()) {
      bundle.addLink().setRelation("next").setUrl(next);
    }
    return bundle;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      Asked request =
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString().replaceFirst("^/fhir/?", ""),
              authorization == null ? "" : authorization);
      asked.add(request);
      Reply reply = answers.apply(request);
      Thread.sleep(reply.delayMillis());
      exchange.getResponseHeaders().set("Content-Type", "application/fhir+json");
      if (!reply.location().isEmpty()) {
        exchange.getResponseHeaders().set("Location", reply.location());
      }
      exchange.sendResponseHeaders(
          reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
      OutputStream out = exchange.getResponseBody();
      if (reply.dripMillis() == 0) {
        out.write(reply.body());
      } else {
        for (byte each : reply.body()) {
          out.write(each);
          out.flush();
          Thread.sleep(reply.dripMillis());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
