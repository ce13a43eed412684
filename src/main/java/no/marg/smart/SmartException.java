package no.marg.smart;

/** The app can not be opened. The detail is for the log and for support: no secret, no patient. */
final class SmartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Problem problem;

  SmartException(Problem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
