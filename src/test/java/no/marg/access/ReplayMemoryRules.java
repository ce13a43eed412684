package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import no.marg.AtOnce;
import no.marg.Conforms;
import no.marg.OwnDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What holds of the memory of used tokens on every database. */
abstract class ReplayMemoryRules {
  private static final String ISSUER = "https://ehr.example.org";

  private final TestTime time = new TestTime();
  private OwnDatabase database;

  abstract OwnDatabase open();

  @BeforeEach
  void start() {
    database = open();
  }

  @AfterEach
  void stop() throws Exception {
    database.close();
  }

  private ReplayMemory copy() {
    return new ReplayMemory(database.copy(), time);
  }

  private Instant in(Duration duration) {
    return time.instant().plus(duration);
  }

  @Test
  @Conforms("CH-86")
  void ofManyUsesAtOnceOneIsTheFirst() throws Exception {
    ReplayMemory a = copy();
    ReplayMemory b = copy();
    for (int round = 0; round < 25; round++) {
      String token = "token-" + round;
      List<Callable<Boolean>> uses = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        uses.add(() -> a.firstUse(ISSUER, token, in(Duration.ofMinutes(5))));
        uses.add(() -> b.firstUse(ISSUER, token, in(Duration.ofMinutes(5))));
      }
      assertThat(AtOnce.all(uses)).as(token).containsOnlyOnce(true);
    }
    assertThat(database.rows("access_used_token")).isEqualTo(25);
  }

  @Test
  @Conforms("CH-86")
  void whereTheIssuerEndsCounts() {
    ReplayMemory memory = copy();
    assertThat(memory.firstUse("https://a", "bc", in(Duration.ofMinutes(5)))).isTrue();
    assertThat(memory.firstUse("https://ab", "c", in(Duration.ofMinutes(5)))).isTrue();
    assertThat(memory.firstUse("https://a", "bc", in(Duration.ofMinutes(5)))).isFalse();
  }

  @Test
  @Conforms("CH-86")
  void isKeptUntilTheTokenIsTooOldAndThenForgotten() {
    ReplayMemory memory = copy();
    memory.firstUse(ISSUER, "short", in(Duration.ofSeconds(60)));
    memory.firstUse(ISSUER, "long", in(Duration.ofMinutes(60)));
    time.pass(Duration.ofSeconds(61));
    memory.forgetExpired();
    assertThat(memory.firstUse(ISSUER, "short", in(Duration.ofSeconds(60)))).isFalse();
    time.pass(Duration.ofSeconds(1));
    memory.forgetExpired();
    assertThat(database.rows("access_used_token")).isEqualTo(1);
    assertThat(memory.firstUse(ISSUER, "long", in(Duration.ofMinutes(60)))).isFalse();
  }

  @Test
  void manyAreForgottenInSteps() {
    JdbcClient sql = database.copy();
    long now = time.instant().getEpochSecond();
    for (int thousand = 0; thousand < 12; thousand++) {
      StringBuilder rows = new StringBuilder("insert into access_used_token values ");
      for (int i = 0; i < 1_000; i++) {
        long expires = now - 1 - i / 7;
        rows.append(i == 0 ? "" : ",");
        rows.append("('").append(thousand).append('-').append(i).append("',").append(expires);
        rows.append(')');
      }
      sql.sql(rows.toString()).update();
    }
    copy().firstUse(ISSUER, "mine", in(Duration.ofSeconds(-1)));
    assertThat(database.rows("access_used_token")).isEqualTo(12_001);
    copy().forgetExpired();
    assertThat(database.rows("access_used_token")).isEqualTo(1);
  }

  /** Two copies clean up beside calls; neither disturbs the other. */
  @Test
  void twoCopiesCleanUpWhileTokensAreUsed() throws Exception {
    ReplayMemory a = copy();
    ReplayMemory b = copy();
    for (int i = 0; i < 500; i++) {
      a.firstUse(ISSUER, "old-" + i, in(Duration.ofSeconds(1)));
    }
    time.pass(Duration.ofSeconds(10));
    List<Callable<Boolean>> work = new ArrayList<>();
    for (ReplayMemory each : List.of(a, b)) {
      work.add(
          () -> {
            each.forgetExpired();
            return true;
          });
    }
    for (int i = 0; i < 6; i++) {
      String token = "new-" + i;
      work.add(() -> a.firstUse(ISSUER, token, in(Duration.ofMinutes(5))));
    }
    assertThat(AtOnce.all(work)).containsOnly(true);
    assertThat(database.rows("access_used_token")).isEqualTo(6);
  }

  @Test
  @Conforms("CH-86")
  void outlivesTheService() {
    copy().firstUse(ISSUER, "mine", in(Duration.ofMinutes(5)));
    database.stopAll();
    assertThat(copy().firstUse(ISSUER, "mine", in(Duration.ofMinutes(5)))).isFalse();
  }

  @Test
  void whoReadsTheTableLearnsNoIssuerAndNoToken() {
    copy().firstUse(ISSUER, "canary7f3a", in(Duration.ofMinutes(5)));
    assertThat(database.dump("access_used_token"))
        .isNotEmpty()
        .doesNotContain("canary7f3a")
        .doesNotContain("ehr.example.org");
  }

  @Test
  void whenTheDatabaseIsAwayNobodyCanSay() {
    ReplayMemory memory = copy();
    database.stopAll();
    assertThatThrownBy(() -> memory.firstUse(ISSUER, "mine", in(Duration.ofMinutes(5))))
        .isInstanceOf(DataAccessException.class);
  }
}
