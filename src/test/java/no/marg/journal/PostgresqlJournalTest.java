package no.marg.journal;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The journal on PostgreSQL, with {@code
 * -Dmarg.postgresql=jdbc:postgresql://host/database?user=name&password=secret}.
 */
@EnabledIfSystemProperty(
    named = "marg.postgresql",
    matches = ".+",
    disabledReason = "needs a PostgreSQL; .ci/run has one")
final class PostgresqlJournalTest extends JournalRules {
  @Override
  TestDatabase open() {
    return TestDatabase.postgresql(System.getProperty("marg.postgresql"));
  }
}
