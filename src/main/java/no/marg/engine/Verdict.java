package no.marg.engine;

import java.util.List;

/** What the guideline says about one statement for one patient. */
public sealed interface Verdict {

  /** The statement applies now. */
  record Applies() implements Verdict {}

  /** The statement does not apply. */
  record DoesNotApply() implements Verdict {}

  /** The record can not decide; {@code missing} names the facts that would. */
  record Undecided(List<Missing> missing) implements Verdict {}

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
