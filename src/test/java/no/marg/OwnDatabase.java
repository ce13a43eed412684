package no.marg;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.FileSystemUtils;

/** A database of one test, with the tables of the service, gone afterwards. */
public final class OwnDatabase implements AutoCloseable {
  private final String url;
  private final @Nullable String schema;
  private final @Nullable Path folder;
  private final List<HikariDataSource> pools = new ArrayList<>();

  private OwnDatabase(String url, @Nullable String schema, @Nullable Path folder) {
    this.url = url;
    this.schema = schema;
    this.folder = folder;
    HikariDataSource first = pool();
    Flyway.configure().dataSource(first).createSchemas(true).load().migrate();
  }

  /** The embedded database, in a file. */
  public static OwnDatabase h2() {
    try {
      Path folder = Files.createTempDirectory("marg-h2");
      return new OwnDatabase("jdbc:h2:file:" + folder.resolve("marg"), null, folder);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * A schema of its own in the PostgreSQL of {@code
   * -Dmarg.postgresql=jdbc:postgresql://host/database?user=name&password=secret}.
   */
  public static OwnDatabase postgresql() {
    String server = System.getProperty("marg.postgresql");
    String schema = "test_" + UUID.randomUUID().toString().replace("-", "");
    String separator = server.contains("?") ? "&" : "?";
    return new OwnDatabase(server + separator + "currentSchema=" + schema, schema, null);
  }

  private HikariDataSource pool() {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(url);
    pool.setConnectionTimeout(3_000);
    if (schema == null) {
      pool.setUsername("sa");
    }
    pools.add(pool);
    return pool;
  }

  /** The connections of one more copy of the service. */
  public JdbcClient copy() {
    return JdbcClient.create(pool());
  }

  /** Ends all copies. Of the embedded database nothing is left but the file. */
  public void stopAll() {
    pools.forEach(HikariDataSource::close);
    pools.clear();
  }

  /** All that somebody sees who reads a table. */
  public String dump(String table) {
    return copy().sql("select * from " + table).query().listOfRows().stream()
        .map(Object::toString)
        .collect(Collectors.joining("\n"));
  }

  /** How many rows a table has. */
  public long rows(String table) {
    return copy().sql("select count(*) from " + table).query(Long.class).single();
  }

  @Override
  public void close() throws SQLException, IOException {
    if (schema != null) {
      try (Connection connection = pool().getConnection();
          Statement drop = connection.createStatement()) {
        drop.execute("drop schema " + schema + " cascade");
      }
    }
    stopAll();
    if (folder != null) {
      FileSystemUtils.deleteRecursively(folder);
    }
  }
}
