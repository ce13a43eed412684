package no.marg.smart;

/**
 * The launch has ended: signed out, timed out, or the record no longer gives access. The app must
 * be opened from the record again.
 */
public final class LaunchEndedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LaunchEndedException() {
    super("The session has ended; the app must be opened from the record again");
  }
}
