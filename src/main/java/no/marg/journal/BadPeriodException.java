package no.marg.journal;

/** The days asked for are no days, or the last lies before the first. */
public final class BadPeriodException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BadPeriodException() {
    super("from and to must be days (YYYY-MM-DD), from not after to");
  }
}
