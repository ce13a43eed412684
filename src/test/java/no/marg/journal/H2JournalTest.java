package no.marg.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.FileSystemResource;

/** The journal on the embedded database. */
final class H2JournalTest extends JournalRules {
  private static final Caller CALLER = new Caller("https://hospital.example", null);

  @Override
  TestDatabase open() {
    return TestDatabase.h2();
  }

  private static String urlByDefault(Path folder) throws IOException {
    String url =
        String.valueOf(
                new YamlPropertySourceLoader()
                    .load("main", new FileSystemResource("src/main/resources/application.yaml"))
                    .get(0)
                    .getProperty("spring.datasource.url"))
            .replace("${marg.journal.folder:./data}", folder.toString());
    assertThat(url).startsWith("jdbc:h2:file:" + folder);
    return url;
  }

  /** A commit for each of these calls, or ids in no order, would take more than 20 kB a call. */
  @Test
  void callsThatComeOneByOneAreWrittenTogether(@TempDir Path folder) throws Exception {
    NoArgGenerator ids = Generators.timeBasedEpochGenerator();
    try (TestDatabase database = new TestDatabase(urlByDefault(folder), null, 5000)) {
      database.calls.start();
      long before = Files.size(folder.resolve("marg.mv.db"));
      for (int i = 0; i < 300; i++) {
        database.calls.record(
            new CallRecord(
                "s", CALLER, null, 200, 1, "1.3.0", null, List.of(card(ids), card(ids))));
        Thread.sleep(2);
      }
      assertThat(database.calls.settle(Duration.ofSeconds(20))).isTrue();
      assertThat(database.rows("hook_call")).isEqualTo(300);
      assertThat(database.rows("issued_card")).isEqualTo(600);
      assertThat(Files.size(folder.resolve("marg.mv.db")) - before).isLessThan(300 * 5_000);
    }
  }

  private static CardRecord card(NoArgGenerator ids) {
    return new CardRecord(ids.generate(), List.of("REN-4"), List.of(), null);
  }

  /** As a power cut would find it: the file is copied while the database is open. */
  @Test
  void whatIsAcknowledgedIsInTheFile(@TempDir Path folder) throws Exception {
    String url = urlByDefault(folder);
    UUID card = UUID.randomUUID();
    try (TestDatabase database = new TestDatabase(url, null, 10)) {
      database.feedback.save(
          "mm-patient-view",
          CALLER,
          List.of(
              new Feedback(
                  card,
                  Feedback.Outcome.OVERRIDDEN,
                  OffsetDateTime.parse("2026-02-15T12:00:00Z"),
                  List.of(),
                  null,
                  null)));
      Files.copy(folder.resolve("marg.mv.db"), folder.resolve("copy.mv.db"));
    }
    try (Connection copy =
            DriverManager.getConnection("jdbc:h2:file:" + folder + "/copy", "sa", "");
        var rows = copy.createStatement().executeQuery("select card from feedback")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getObject(1)).isEqualTo(card);
    }
  }

  /** Advice does not wait for the journal, however long the database is away. */
  @Test
  void whatFindsTheQueueFullIsCountedAndDoesNotWait() throws Exception {
    try (TestDatabase database =
        new TestDatabase("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, 10)) {
      long start = System.nanoTime();
      for (int i = 0; i < 25; i++) {
        database.calls.record(new CallRecord("s", CALLER, null, 200, 1, "1.3.0", null, List.of()));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(database.lost()).isEqualTo(15);
      database.calls.start();
      assertThat(database.calls.settle(Duration.ofSeconds(20))).isTrue();
      assertThat(database.rows("hook_call")).isEqualTo(10);
    }
  }
}
