package no.marg.knowledge;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The artifacts can not be used; the service does not start. Lists every problem, not only the
 * first.
 */
public final class BrokenKnowledgeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  BrokenKnowledgeException(List<Problem> problems) {
    super(
        problems.size()
            + " problem(s) in the guideline's artifacts:\n"
            + problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** All problems, in the order of the files. */
  public List<Problem> problems() {
    return problems;
  }
}
