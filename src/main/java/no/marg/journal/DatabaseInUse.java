package no.marg.journal;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says in words that another running service has the folder of the embedded database. */
final class DatabaseInUse extends AbstractFailureAnalyzer<SQLException> {
  /** H2's DATABASE_ALREADY_OPEN_1. */
  private static final int ALREADY_OPEN = 90020;

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable root, SQLException cause) {
    if (cause.getErrorCode() != ALREADY_OPEN) {
      return null;
    }
    return new FailureAnalysis(
        "Another running Marg uses the folder of the embedded database (marg.journal.folder).",
        "Give this one a folder of its own (--marg.journal.folder=./data2), or let both use one"
            + " PostgreSQL (spring.datasource.url).",
        cause);
  }
}
