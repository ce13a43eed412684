package no.marg.smart;

import no.marg.OwnDatabase;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The sessions of the app on PostgreSQL. */
@EnabledIfSystemProperty(
    named = "marg.postgresql",
    matches = ".+",
    disabledReason = "needs a PostgreSQL; .ci/run has one")
final class PostgresqlLaunchStoreTest extends LaunchStoreRules {
  @Override
  OwnDatabase open() {
    return OwnDatabase.postgresql();
  }
}
