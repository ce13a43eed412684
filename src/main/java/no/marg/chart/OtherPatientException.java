package no.marg.chart;

/** The data given for one patient belong, wholly or in part, to another. */
public final class OtherPatientException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OtherPatientException(String message) {
    super(message);
  }
}
