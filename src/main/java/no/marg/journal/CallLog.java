package no.marg.journal;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.ParameterizedPreparedStatementSetter;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes calls and cards behind the answers: a call is put into a bounded queue and written by one
 * thread in batches, once a second or when somebody waits for it. Advice never waits for the
 * database; what finds the queue full is counted ({@code marg.journal.lost}) and told in the log.
 */
@Component
public final class CallLog {
  private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);
  private static final int BATCH = 500;

  /** A commit for each call would cost each call time, and an embedded database 100 kB of file. */
  private static final Duration BETWEEN_BATCHES = Duration.ofSeconds(1);

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration LAST_CHANCE = Duration.ofSeconds(5);

  private final JdbcTemplate jdbc;
  private final TransactionTemplate transaction;
  private final KeyedHash hash;

  /** By time, so that a batch lies together in the index. */
  private final NoArgGenerator ids = Generators.timeBasedEpochGenerator();

  private final JournalClock clock;
  private final BlockingQueue<Waiting> queue;
  private final int many;
  private final Semaphore hurry = new Semaphore(0);
  private final Counter lost;
  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong settled = new AtomicLong();
  private final Thread writer = new Thread(this::write, "journal");
  private volatile boolean stopping;
  private volatile boolean failing;

  private record Waiting(UUID id, OffsetDateTime answered, CallRecord call) {}

  CallLog(
      JdbcTemplate jdbc,
      PlatformTransactionManager transactions,
      KeyedHash hash,
      JournalClock clock,
      JournalSettings settings,
      MeterRegistry meters) {
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.hash = hash;
    this.clock = clock;
    this.queue = new ArrayBlockingQueue<>(settings.queue());
    this.many = settings.queue() / 2;
    this.lost =
        Counter.builder("marg.journal.lost")
            .description("Calls that the journal could not take")
            .register(meters);
    Gauge.builder("marg.journal.waiting", queue, BlockingQueue::size)
        .description("Calls that wait to be written to the journal")
        .register(meters);
    writer.setDaemon(true);
  }

  /** The keyed hash of a body, by which the same input is known again and nothing else. */
  public String hash(byte[] body) {
    return hash.of("input", body);
  }

  /** Takes a call for writing; returns at once. */
  public void record(CallRecord call) {
    if (queue.offer(new Waiting(ids.generate(), clock.now(), call))) {
      taken.incrementAndGet();
      if (queue.size() > many) {
        hurry.release();
      }
    } else {
      if (lost.count() == 0) {
        LOG.warn("the journal can not keep up: calls are answered but not recorded");
      }
      lost.increment();
    }
  }

  /** Waits until what was taken before is written; false when that takes longer. */
  boolean settle(Duration longest) {
    long target = taken.get();
    long end = System.nanoTime() + longest.toNanos();
    hurry.release();
    while (settled.get() < target) {
      if (failing || System.nanoTime() - end > 0) {
        return false;
      }
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  @PostConstruct
  void start() {
    writer.start();
  }

  /** Writes what waits; gives up when the database does not take it in time. */
  @PreDestroy
  void stop() throws InterruptedException {
    stopping = true;
    hurry.release();
    writer.join(LAST_CHANCE.toMillis());
    writer.interrupt();
  }

  private void write() {
    List<Waiting> batch = new ArrayList<>(BATCH);
    try {
      while (!stopping || !queue.isEmpty()) {
        if (!stopping && hurry.tryAcquire(BETWEEN_BATCHES.toMillis(), TimeUnit.MILLISECONDS)) {
          hurry.drainPermits();
        }
        boolean isMore = true;
        while (isMore) {
          isMore = queue.drainTo(batch, BATCH) == BATCH;
          if (!batch.isEmpty()) {
            persist(batch);
            settled.addAndGet(batch.size());
            batch.clear();
          }
        }
      }
    } catch (InterruptedException e) {
      lost.increment(batch.size() + queue.size());
    }
  }

  /** Tries until the database takes the batch; what it can never take is left out and counted. */
  private void persist(List<Waiting> batch) throws InterruptedException {
    while (true) {
      try {
        transaction.executeWithoutResult(status -> insert(batch));
        if (failing) {
          failing = false;
          LOG.info("the journal is written again");
        }
        return;
      } catch (DataIntegrityViolationException e) {
        if (batch.size() == 1) {
          LOG.warn("a call could not be recorded: {}", e.getClass().getSimpleName());
          lost.increment();
          return;
        }
        for (Waiting each : batch) {
          persist(List.of(each));
        }
        return;
      } catch (DataAccessException | TransactionException e) {
        if (!failing) {
          failing = true;
          LOG.warn(
              "the journal can not be written, trying again: {}", e.getClass().getSimpleName());
        }
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }

  private void insert(List<Waiting> batch) {
    insert(
        "insert into hook_call (id, answered, service, issuer, tenant, hook_instance, status,"
            + " millis, knowledge, input_hash, statements) values (?,?,?,?,?,?,?,?,?,?,?)",
        batch,
        CallLog::bindCall);
    List<Given> cards =
        batch.stream()
            .flatMap(each -> each.call().cards().stream().map(card -> new Given(each, card)))
            .toList();
    insert(
        "insert into issued_card (id, call_id, issued, service, issuer, tenant, statements,"
            + " suggestions) values (?,?,?,?,?,?,?,?)",
        cards,
        CallLog::bindCard);
    insert(
        "insert into card_facts (card, issued, patient, facts) values (?,?,?,?)",
        cards.stream().filter(each -> each.card().facts() != null).toList(),
        CallLog::bindFacts);
  }

  private record Given(Waiting in, CardRecord card) {}

  private <T> void insert(
      String sql, List<T> rows, ParameterizedPreparedStatementSetter<T> binding) {
    if (!rows.isEmpty()) {
      jdbc.batchUpdate(sql, rows, rows.size(), binding);
    }
  }

  private static void bindCall(PreparedStatement row, Waiting each) throws SQLException {
    CallRecord call = each.call();
    row.setObject(1, each.id());
    row.setObject(2, each.answered());
    row.setString(3, call.service());
    row.setString(4, call.caller().issuer());
    row.setString(5, call.caller().tenant());
    row.setString(6, call.hookInstance());
    row.setInt(7, call.status());
    row.setInt(8, call.millis());
    row.setString(9, call.knowledge());
    row.setString(10, call.inputHash());
    row.setString(
        11,
        call.cards().stream()
            .flatMap(card -> card.statements().stream())
            .collect(Collectors.joining(" ")));
  }

  private static void bindCard(PreparedStatement row, Given given) throws SQLException {
    CallRecord call = given.in().call();
    CardRecord card = given.card();
    row.setObject(1, card.id());
    row.setObject(2, given.in().id());
    row.setObject(3, given.in().answered());
    row.setString(4, call.service());
    row.setString(5, call.caller().issuer());
    row.setString(6, call.caller().tenant());
    row.setString(7, String.join(" ", card.statements()));
    row.setString(
        8, card.suggestions().stream().map(UUID::toString).collect(Collectors.joining(" ")));
  }

  private static void bindFacts(PreparedStatement row, Given given) throws SQLException {
    CardFacts facts = java.util.Objects.requireNonNull(given.card().facts());
    row.setObject(1, given.card().id());
    row.setObject(2, given.in().answered());
    row.setString(3, facts.patient());
    row.setString(4, facts.facts());
  }
}
