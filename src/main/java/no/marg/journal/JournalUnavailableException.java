package no.marg.journal;

/** The database does not take it; nothing of the request was stored and it can be sent again. */
public final class JournalUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JournalUnavailableException(Throwable cause) {
    super("The journal does not answer", cause);
  }
}
