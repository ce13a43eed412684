package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import no.marg.access.TestEhr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** What callers and monitoring see while the database is away, and when it is back. */
class DatabaseLossTest {
  private static final String HOOK = "/cds-services/mm-order-sign";

  private final Outage outage = new Outage();

  /** Takes the database away for a while. */
  private static final class Outage implements BeanPostProcessor {
    private volatile boolean on;

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
      return bean instanceof DataSource source
          ? new DelegatingDataSource(source) {
            @Override
            public Connection getConnection() throws SQLException {
              if (on) {
                throw new SQLTransientConnectionException("away");
              }
              return super.getConnection();
            }
          }
          : bean;
    }
  }

  private ConfigurableApplicationContext marg(String... more) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--server.port=0",
                "--marg.evaluation-date=2026-02-15",
                "--spring.datasource.url=jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1"));
    settings.addAll(Arrays.asList(more));
    SpringApplication application = MargApplication.application();
    application.addInitializers(
        context ->
            ((GenericApplicationContext) context)
                .registerBean("outage", Outage.class, () -> outage));
    return application.run(settings.toArray(String[]::new));
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

      outage.on = true;
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

      outage.on = false;
      assertThat(http.post(HOOK + "/feedback", feedback(), Http.JSON).status()).isEqualTo(200);
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
  void noTokenIsTakenThatMayHaveBeenUsed(@TempDir Path folder) throws Exception {
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

      outage.on = true;
      Http.Answer refused = http.post(HOOK, order(), Http.JSON, "Authorization", token);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.body()).contains("OperationOutcome", "can not be checked");
      monitoringSaysItAndKeepsTheCopy(http);

      outage.on = false;
      assertThat(http.post(HOOK, order(), Http.JSON, "Authorization", token).status())
          .isEqualTo(200);
      assertThat(http.post(HOOK, order(), Http.JSON, "Authorization", token).status())
          .isEqualTo(401);
    }
  }
}
