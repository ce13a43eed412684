package no.marg.app;

/** A request of the page that can not be answered, with its HTTP status. */
final class AppException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String reason;

  /**
   * A refusal.
   *
   * @param status HTTP status
   * @param message for the developer of the page; holds nothing of a patient
   */
  AppException(int status, String message) {
    this(status, message, "");
  }

  /**
   * A refusal of the record, with its reason.
   *
   * @param reason what the record said, for the user; may be about the patient and is never logged.
   *     Empty for nothing
   */
  AppException(int status, String message, String reason) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }
}
