package no.marg.journal;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Deletes what has been kept for its time, some minutes after the start and then each hour. Several
 * copies may do so at once.
 */
@Component
final class JournalCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(JournalCleaner.class);
  private static final Duration FIRST = Duration.ofMinutes(5);
  private static final Duration AGAIN = Duration.ofHours(1);

  private final JdbcClient jdbc;
  private final JournalClock clock;
  private final JournalSettings settings;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "journal-cleaner");
            thread.setDaemon(true);
            return thread;
          });

  JournalCleaner(JdbcClient jdbc, JournalClock clock, JournalSettings settings) {
    this.jdbc = jdbc;
    this.clock = clock;
    this.settings = settings;
  }

  @PostConstruct
  void start() {
    timer.scheduleWithFixedDelay(
        this::tryToClean, FIRST.toMillis(), AGAIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  @PreDestroy
  void stop() {
    timer.shutdownNow();
  }

  private void tryToClean() {
    try {
      clean();
    } catch (RuntimeException e) {
      // Whatever it was: a timer that throws never runs again.
      LOG.warn("the journal could not be cleaned: {}", e.getClass().getSimpleName());
    }
  }

  /** Deletes everything that is older than its time; returns how many rows. */
  int clean() {
    OffsetDateTime now = clock.now();
    OffsetDateTime end = now.minus(settings.retention());
    int deleted =
        delete("feedback_comment where received < ?", now.minus(settings.commentRetention()))
            + delete("feedback where received < ?", end)
            // A card stays as long as feedback on it, which could not be told apart otherwise.
            + delete(
                "issued_card where issued < ? and not exists"
                    + " (select 1 from feedback f where f.card = issued_card.id)",
                end)
            + delete("hook_call where answered < ?", end);
    deleted += forgetFacts(now.minus(settings.memory().period()));
    if (deleted > 0) {
      LOG.info("journal: {} rows were past their time", deleted);
    }
    return deleted;
  }

  /** Pseudonyms stay no longer than they can hold a card back. */
  private int forgetFacts(OffsetDateTime end) {
    return jdbc.sql(
            "delete from card_facts where issued < :end and not exists (select 1 from feedback f"
                + " where f.card = card_facts.card and f.received >= :end)")
        .param("end", end)
        .update();
  }

  private int delete(String from, OffsetDateTime end) {
    return jdbc.sql("delete from " + from).param(end).update();
  }
}
