package no.marg.smart;

/** The record's authorization server does not answer now; the launch stays open. */
public final class RecordUnreachableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RecordUnreachableException() {
    super("The record's authorization server does not answer");
  }
}
