package no.marg.journal;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** The parts of the journal on a database of their own, which can be taken away for a while. */
final class TestDatabase implements AutoCloseable {
  static final String KEY = "a key of tests with enough characters";

  final MovableClock time = new MovableClock();
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final JournalSettings settings;
  final CallLog calls;
  final FeedbackStore feedback;
  final FeedbackReader reader;
  final CardMemory memory;
  final JournalCleaner cleaner;
  final JdbcClient sql;

  private final String schema;
  private final HikariDataSource pool = new HikariDataSource();
  private final Outage outage;

  /** Time that stands still until a test moves it. */
  static final class MovableClock extends Clock {
    private volatile Instant now = Instant.parse("2026-02-15T12:00:00Z");

    void forward(Duration by) {
      now = now.plus(by);
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

  private static final class Outage extends DelegatingDataSource {
    volatile boolean on;

    Outage(HikariDataSource pool) {
      super(pool);
    }

    @Override
    public Connection getConnection() throws SQLException {
      if (on) {
        throw new SQLTransientConnectionException("away");
      }
      return super.getConnection();
    }
  }

  /** In memory. */
  static TestDatabase h2() {
    return new TestDatabase("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", null, 5000);
  }

  /** In a schema of its own, which is dropped afterwards. */
  static TestDatabase postgresql(String url) {
    String schema = "test_" + UUID.randomUUID().toString().replace("-", "");
    String separator = url.contains("?") ? "&" : "?";
    return new TestDatabase(url + separator + "currentSchema=" + schema, schema, 5000);
  }

  TestDatabase(String url, String schema, int queue) {
    this.schema = schema;
    pool.setJdbcUrl(url);
    if (schema == null) {
      pool.setUsername("sa");
    }
    Flyway.configure().dataSource(pool).createSchemas(true).load().migrate();
    outage = new Outage(pool);
    JdbcTemplate template = new JdbcTemplate(outage);
    JdbcTransactionManager transactions = new JdbcTransactionManager(outage);
    sql = JdbcClient.create(template);
    settings =
        new JournalSettings(
            "./unused",
            queue,
            Duration.ofDays(365),
            Duration.ofDays(90),
            KEY,
            false,
            new JournalSettings.Memory(true, Duration.ofDays(30)));
    JournalClock clock = new JournalClock(time);
    KeyedHash hash = KeyedHash.of(KEY);
    calls = new CallLog(template, transactions, hash, clock, settings, meters);
    feedback = new FeedbackStore(template, transactions, calls, clock);
    reader = new FeedbackReader(sql);
    memory = new CardMemory(outage, hash, clock, settings);
    cleaner = new JournalCleaner(sql, clock, settings);
  }

  void takeAway() {
    outage.on = true;
  }

  void bringBack() {
    outage.on = false;
  }

  long rows(String table) {
    return sql.sql("select count(*) from " + table).query(Long.class).single();
  }

  double lost() {
    return meters.get("marg.journal.lost").counter().count();
  }

  @Override
  public void close() throws Exception {
    calls.stop();
    cleaner.stop();
    if (schema != null) {
      try (Connection connection = pool.getConnection();
          Statement drop = connection.createStatement()) {
        drop.execute("drop schema " + schema + " cascade");
      }
    }
    pool.close();
  }
}
