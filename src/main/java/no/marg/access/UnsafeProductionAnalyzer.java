package no.marg.access;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Tells an operator, in place of a stack trace, which settings keep the service from starting. */
final class UnsafeProductionAnalyzer extends AbstractFailureAnalyzer<UnsafeProductionException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, UnsafeProductionException cause) {
    return new FailureAnalysis(
        "The production profile does not start with these settings:\n  - "
            + String.join("\n  - ", cause.problems()),
        "docs/operations/security.md has a whole example.",
        cause);
  }
}
