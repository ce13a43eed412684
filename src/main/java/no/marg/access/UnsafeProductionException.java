package no.marg.access;

import java.util.List;

/** The production profile is on and settings would leave the service open. */
final class UnsafeProductionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  UnsafeProductionException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One sentence for each, naming the setting. */
  List<String> problems() {
    return problems;
  }
}
