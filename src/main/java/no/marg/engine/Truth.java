package no.marg.engine;

/** Whether a definition holds for one patient. */
public enum Truth {
  TRUE,
  FALSE,
  /** The record can not say. */
  UNKNOWN,
  /** The definition could not be evaluated. Never read as "no". */
  FAILED;

  static Truth of(Answer answer) {
    if (answer instanceof Answer.Failure) {
      return FAILED;
    }
    return answer.isTrue() ? TRUE : answer.isFalse() ? FALSE : UNKNOWN;
  }
}
