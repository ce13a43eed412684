package no.marg.cdshooks;

/** A call that can not be answered; carries the HTTP status and what the OperationOutcome says. */
final class HookException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  HookException(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  static HookException badRequest(String message) {
    return new HookException(400, "invalid", message);
  }

  static HookException unknownService(String id) {
    return new HookException(404, "not-found", "There is no service " + id);
  }

  static HookException dataNotObtained(String message) {
    return new HookException(412, "required", message);
  }

  static HookException tooLarge(String message) {
    return new HookException(413, "too-costly", message);
  }

  int status() {
    return status;
  }

  /** FHIR issue type. */
  String code() {
    return code;
  }
}
