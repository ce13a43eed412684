package no.marg.access;

import no.marg.OwnDatabase;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The memory of used tokens on PostgreSQL. */
@EnabledIfSystemProperty(
    named = "marg.postgresql",
    matches = ".+",
    disabledReason = "needs a PostgreSQL; .ci/run has one")
final class PostgresqlReplayMemoryTest extends ReplayMemoryRules {
  @Override
  OwnDatabase open() {
    return OwnDatabase.postgresql();
  }
}
