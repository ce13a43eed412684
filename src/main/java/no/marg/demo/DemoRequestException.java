package no.marg.demo;

import org.hl7.fhir.r4.model.OperationOutcome.IssueType;

/** A request to the demo endpoint that cannot be answered. */
final class DemoRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final IssueType code;

  private DemoRequestException(int status, IssueType code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  static DemoRequestException invalid(String message) {
    return new DemoRequestException(400, IssueType.INVALID, message);
  }

  static DemoRequestException notFound(String message) {
    return new DemoRequestException(404, IssueType.NOTFOUND, message);
  }

  static DemoRequestException readOnly() {
    return new DemoRequestException(
        405, IssueType.NOTSUPPORTED, "The demo endpoint is read-only: only GET is supported");
  }

  int status() {
    return status;
  }

  IssueType code() {
    return code;
  }
}
