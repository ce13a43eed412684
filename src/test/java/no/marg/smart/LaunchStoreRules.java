package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.crypto.spec.SecretKeySpec;
import no.marg.AtOnce;
import no.marg.Conforms;
import no.marg.OwnDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What holds of the sessions of the app on every database. */
abstract class LaunchStoreRules {
  private static final byte[] KEY = new byte[32];
  private static final String CANARY = "canary7f3a";
  private static final String BROWSER = Secrets.hash("browser");
  private static final String OTHER_BROWSER = Secrets.hash("other browser");
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final Duration LONGEST = Duration.ofHours(12);

  private final StillClock time = new StillClock();
  private OwnDatabase database;
  private LaunchStore store;

  abstract OwnDatabase open();

  /** Stands still until a test moves it. */
  private static final class StillClock extends Clock {
    private Instant now = Instant.parse("2026-02-15T12:00:00Z");

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void start() {
    database = open();
    store = copy(KEY);
  }

  @AfterEach
  void stop() throws Exception {
    database.close();
  }

  private LaunchStore copy(byte[] key) {
    return new LaunchStore(
        database.copy(),
        new Sealer(new SecretKeySpec(key, "AES")),
        new SmartSettings(null, List.of(), List.of(), null, IDLE, LONGEST, Duration.ofSeconds(5)),
        new WallClock(time));
  }

  private static Pending pending() {
    return new Pending(URI.create("https://ehr.example.org"), "verifier-" + CANARY, "nonce");
  }

  private static Grant grant(String patient, String token) {
    return new Grant(
        URI.create("https://ehr.example.org"),
        URI.create("https://ehr.example.org/fhir"),
        patient,
        "encounter-" + CANARY,
        "launch patient/Patient.r",
        true,
        null,
        null,
        "Practitioner/" + CANARY,
        Map.of(),
        token,
        null,
        "refresh-" + CANARY);
  }

  private Optional<String> patient(LaunchStore of, String launch, String browser) {
    return of.find(launch, browser).map(held -> held.grant().patient());
  }

  @Test
  @Conforms("SM-7")
  void ofManyWaysBackAtOnceOneGetsTheAuthorization() throws Exception {
    LaunchStore other = copy(KEY);
    for (int round = 0; round < 25; round++) {
      String state = "state-" + round;
      store.begin(state, BROWSER, pending());
      List<Callable<Boolean>> ways = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ways.add(() -> store.take(state, BROWSER).isPresent());
        ways.add(() -> other.take(state, BROWSER).isPresent());
      }
      assertThat(AtOnce.all(ways)).as(state).containsOnlyOnce(true);
    }
    assertThat(database.rows("smart_pending")).isZero();
  }

  @Test
  @Conforms("SM-7")
  void aStateIsOfOneBrowserAndForTenMinutes() {
    store.begin("mine", BROWSER, pending());
    assertThat(store.take("mine", OTHER_BROWSER)).isEmpty();
    time.pass(Duration.ofMinutes(10).minusMillis(1));
    assertThat(store.take("mine", BROWSER)).contains(pending());
    store.begin("late", BROWSER, pending());
    time.pass(Duration.ofMinutes(10));
    assertThat(store.take("late", BROWSER)).isEmpty();
  }

  @Test
  @Conforms("SM-32")
  void unusedEndsAfterTheIdleTimeAndUsedAfterTheLongest() {
    store.add("unused", BROWSER, grant("unused", "t"));
    store.add("used", BROWSER, grant("used", "t"));
    time.pass(IDLE);
    assertThat(patient(store, "used", BROWSER)).contains("used");
    time.pass(Duration.ofMillis(1));
    assertThat(patient(store, "unused", BROWSER)).isEmpty();
    for (Duration past = IDLE; past.compareTo(LONGEST) < 0; past = past.plusMinutes(25)) {
      assertThat(patient(store, "used", BROWSER)).as(past.toString()).contains("used");
      time.pass(Duration.ofMinutes(25));
    }
    assertThat(patient(store, "used", BROWSER)).isEmpty();
    assertThat(database.rows("smart_launch")).isZero();
  }

  @Test
  @Conforms("SM-32")
  void whatTimedOutIsRemovedThoughNobodyAsks() {
    store.begin("old", BROWSER, pending());
    store.add("old", BROWSER, grant("old", "t"));
    time.pass(IDLE.plusMillis(1));
    copy(KEY).begin("new", OTHER_BROWSER, pending());
    assertThat(database.rows("smart_launch")).isZero();
    assertThat(database.rows("smart_pending")).isEqualTo(1);
    assertThat(store.knows(BROWSER)).isFalse();
    assertThat(store.knows(OTHER_BROWSER)).isTrue();
  }

  @Test
  @Conforms("SM-30")
  void aLaunchIsOfOneBrowser() {
    store.add("mine", BROWSER, grant("p1", "t"));
    assertThat(patient(store, "mine", OTHER_BROWSER)).isEmpty();
    store.remove("mine", OTHER_BROWSER);
    assertThat(patient(store, "mine", BROWSER)).contains("p1");
    store.remove("mine", BROWSER);
    assertThat(database.rows("smart_launch")).isZero();
  }

  @Test
  @Conforms("SM-27")
  void ofManyTabsAndCopiesOneMayRenew() throws Exception {
    LaunchStore other = copy(KEY);
    store.add("mine", BROWSER, grant("p1", "first"));
    Duration within = Duration.ofSeconds(15);
    for (int version = 0; version < 15; version++) {
      int held = version;
      List<Callable<Boolean>> tabs = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tabs.add(() -> store.claimRenewal("mine", held, within));
        tabs.add(() -> other.claimRenewal("mine", held, within));
      }
      assertThat(AtOnce.all(tabs)).containsOnlyOnce(true);
      store.renew("mine", BROWSER, grant("p1", "token-" + version));
      assertThat(other.claimRenewal("mine", held, within)).as("an old version").isFalse();
      LaunchStore.Held renewed = other.find("mine", BROWSER).orElseThrow();
      assertThat(renewed.version()).isEqualTo(version + 1);
      assertThat(renewed.grant().accessToken()).isEqualTo("token-" + version);
    }
  }

  @Test
  void whoClaimsAndDoesNotComeBackHoldsNobodyUpForLong() {
    store.add("mine", BROWSER, grant("p1", "t"));
    assertThat(store.claimRenewal("mine", 0, Duration.ofSeconds(15))).isTrue();
    time.pass(Duration.ofSeconds(15));
    assertThat(store.claimRenewal("mine", 0, Duration.ofSeconds(15))).isFalse();
    time.pass(Duration.ofMillis(1));
    assertThat(store.claimRenewal("mine", 0, Duration.ofSeconds(15))).isTrue();
    store.releaseRenewal("mine");
    time.pass(Duration.ofMillis(1));
    assertThat(store.claimRenewal("mine", 0, Duration.ofSeconds(15))).isTrue();
  }

  @Test
  void outlivesTheServiceWithItsKeyOnly() {
    store.begin("state", BROWSER, pending());
    store.add("mine", BROWSER, grant("p1", "t"));
    database.stopAll();
    byte[] another = new byte[32];
    another[0] = 1;
    assertThat(patient(copy(another), "mine", BROWSER)).isEmpty();
    assertThat(copy(KEY).find("mine", BROWSER).orElseThrow().grant()).isEqualTo(grant("p1", "t"));
    assertThat(copy(KEY).take("state", BROWSER)).contains(pending());
  }

  @Test
  @Conforms("SM-17")
  void whoReadsTheTablesLearnsNothing() {
    String launch = "launch-" + CANARY;
    store.begin("state-" + CANARY, BROWSER, pending());
    store.add(launch, BROWSER, grant("patient-" + CANARY, "token-" + CANARY));
    store.renew(launch, BROWSER, grant("patient-" + CANARY, "new-" + CANARY));
    for (String table : List.of("smart_pending", "smart_launch")) {
      assertThat(database.dump(table))
          .isNotEmpty()
          .doesNotContain(CANARY)
          .doesNotContain("example.org")
          .doesNotContain("patient/");
    }
  }

  @Test
  @Conforms("SM-17")
  void whoWritesInTheTablesGetsNoOtherPatient() {
    store.add("mine", BROWSER, grant("p1", "t"));
    store.add("theirs", OTHER_BROWSER, grant("p2", "t"));
    JdbcClient sql = database.copy();
    String theirs =
        sql.sql("select content from smart_launch where id_hash = ?")
            .param(Secrets.hash("theirs"))
            .query(String.class)
            .single();
    sql.sql("update smart_launch set content = ? where id_hash = ?")
        .params(theirs, Secrets.hash("mine"))
        .update();
    assertThat(patient(store, "mine", BROWSER)).isEmpty();
    sql.sql("update smart_launch set browser_hash = ? where id_hash = ?")
        .params(BROWSER, Secrets.hash("theirs"))
        .update();
    assertThat(patient(store, "theirs", BROWSER)).isEmpty();
  }
}
