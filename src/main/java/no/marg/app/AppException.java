package no.marg.app;

/** A request of the page that can not be answered, with its HTTP status. */
final class AppException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * A refusal.
   *
   * @param status HTTP status
   * @param message for the developer of the page; holds nothing of a patient
   */
  AppException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
