package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import no.marg.access.TestEhr;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

/** What callers and monitoring see while the database is away, and when it is back. */
class DatabaseLossTest {
  private static final String HOOK = "/cds-services/mm-order-sign";

  @TempDir private Path folder;
  private Server database;

  @BeforeEach
  void start() throws SQLException {
    database = server("0");
  }

  @AfterEach
  void stop() {
    database.stop();
  }

  private Server server(String port) throws SQLException {
    return Server.createTcpServer(
            "-tcpPort", port, "-tcpDaemon", "-ifNotExists", "-baseDir", folder.toString())
        .start();
  }

  private ConfigurableApplicationContext marg(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--marg.evaluation-date=2026-02-15",
                "--spring.datasource.hikari.connection-timeout=1000",
                "--spring.datasource.url=jdbc:h2:tcp://localhost:"
                    + database.getPort()
                    + "/./marg"));
    settings.addAll(Arrays.asList(more));
    return MargApplication.application().run(settings.toArray(String[]::new));
  }

  private static Http http(ConfigurableApplicationContext running) {
    return new Http(
        running.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
  }

  private static String order() {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    return HookCall.of("order-sign", "p1", patient.resources())
        .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")))
        .body()
        .toString();
  }

  private static String feedback() {
    return "{\"feedback\":[{\"card\":\""
        + UUID.randomUUID()
        + "\",\"outcome\":\"overridden\",\"outcomeTimestamp\":\"2026-02-15T10:00:00Z\"}]}";
  }

  private static void monitoringSaysItAndKeepsTheCopy(Http http) {
    assertThat(http.get("/actuator/health").status()).isEqualTo(503);
    assertThat(http.get("/actuator/health/readiness").status()).isEqualTo(200);
    assertThat(http.get("/actuator/health/liveness").status()).isEqualTo(200);
    assertThat(http.get("/actuator/prometheus").status()).isIn(200, 401);
  }

  @Test
  @Conforms("CH-98")
  void adviceGoesOnAndWhatMustBeStoredIsRefused() throws Exception {
    try (var running = marg()) {
      Http http = http(running);
      int cards = http.post(HOOK, order(), Http.JSON).json().get("cards").size();
      assertThat(cards).isPositive();
      int recorded = recorded(http, 1);
      assertThat(http.get("/smart/demo?patient=new-myeloma-58").status()).isIn(302, 303);

      database.stop();
      Http.Answer advice = http.post(HOOK, order(), Http.JSON);
      assertThat(advice.status()).isEqualTo(200);
      assertThat(advice.json().get("cards")).hasSize(cards);
      Http.Answer refused = http.post(HOOK + "/feedback", feedback(), Http.JSON);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.body()).contains("OperationOutcome", "Nothing was stored");
      assertThat(http.get("/admin/feedback-report").status()).isEqualTo(503);
      Http.Answer page = http.get("/smart/demo?patient=new-myeloma-58", "Accept-Language", "en");
      assertThat(page.status()).isEqualTo(503);
      assertThat(page.body()).contains("The service can not answer now");
      monitoringSaysItAndKeepsTheCopy(http);

      database = server(Integer.toString(database.getPort()));
      String sent = feedback();
      // As a client does that is told to send it again.
      int status = 503;
      for (int i = 0; i < 240 && status == 503; i++) {
        status = http.post(HOOK + "/feedback", sent, Http.JSON).status();
        Thread.sleep(250);
      }
      assertThat(status).isEqualTo(200);
      assertThat(http.get("/actuator/health").status()).isEqualTo(200);
      // What was answered in between is written after all.
      assertThat(recorded(http, 2 * recorded)).isEqualTo(2 * recorded);
    }
  }

  /** Cards in the journal, when there are so many, or after a minute. */
  private static int recorded(Http http, int enough) throws InterruptedException {
    int cards = 0;
    for (int i = 0; i < 240 && cards < enough; i++) {
      cards = http.get("/admin/feedback-report").json().get("cards").asInt();
      Thread.sleep(250);
    }
    return cards;
  }

  @Test
  @Conforms("CH-86")
  void noTokenIsTakenThatMayHaveBeenUsed() throws Exception {
    TestEhr ehr = new TestEhr("ec-1");
    Files.writeString(folder.resolve("ehr.json"), ehr.publicKeys());
    try (var running =
        marg(
            "--marg.access.authentication=true",
            "--marg.access.public-url=https://marg.example.org",
            "--marg.access.clients[0].issuer=" + TestEhr.ISSUER,
            "--marg.access.clients[0].jwks=file:" + folder.resolve("ehr.json"))) {
      Http http = http(running);
      String token = ehr.token("https://marg.example.org" + HOOK, Instant.now()).header();

      database.stop();
      Http.Answer refused = http.post(HOOK, order(), Http.JSON, "Authorization", token);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.body()).contains("OperationOutcome", "can not be checked");
      monitoringSaysItAndKeepsTheCopy(http);

      database = server(Integer.toString(database.getPort()));
      int status = 503;
      for (int i = 0; i < 240 && status == 503; i++) {
        status = http.post(HOOK, order(), Http.JSON, "Authorization", token).status();
        Thread.sleep(250);
      }
      assertThat(status).isEqualTo(200);
      assertThat(http.post(HOOK, order(), Http.JSON, "Authorization", token).status())
          .isEqualTo(401);
    }
  }
}
