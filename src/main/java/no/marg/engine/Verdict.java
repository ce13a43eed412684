package no.marg.engine;

import java.util.List;
import no.marg.knowledge.Text;
import org.jspecify.annotations.Nullable;

/** What the guideline says about one statement for one patient. */
public sealed interface Verdict {

  /** The statement applies now. */
  record Applies() implements Verdict {}

  /** The statement does not apply. */
  record DoesNotApply() implements Verdict {}

  /**
   * The record can not decide.
   *
   * @param missing the facts that would
   * @param leftOpen what the guideline's own text leaves open here; null where it does not
   */
  record Undecided(List<Missing> missing, @Nullable Text leftOpen) implements Verdict {}

  /** No rule can be computed; {@code reason} says why. */
  record NotComputable(String reason) implements Verdict {}

  /** The code of {@code $guideline-report}. */
  default String code() {
    if (this instanceof Applies) {
      return "applies";
    } else if (this instanceof DoesNotApply) {
      return "does-not-apply";
    } else if (this instanceof Undecided) {
      return "undecided";
    }
    return "not-computable";
  }
}
