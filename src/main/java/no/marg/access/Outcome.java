package no.marg.access;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The answers of this package: a status and a FHIR OperationOutcome of fixed text. */
enum Outcome {
  NOT_AUTHENTICATED(401, "login", "A valid token is required"),
  FOREIGN_ORIGIN(403, "forbidden", "Browsers of this origin may not call"),
  TOO_SLOW(408, "timeout", "The body did not arrive in time"),
  TOO_LARGE(413, "too-long", "The request is too large"),
  TOO_MANY(429, "throttled", "Too many calls of this client"),
  TOO_MANY_REFUSED(429, "throttled", "Too many calls without a valid token"),
  BUSY(503, "throttled", "Too many calls at this moment"),
  NOT_CHECKED(503, "transient", "The token can not be checked at this moment");

  private final int status;
  private final String body;

  Outcome(int status, String code, String text) {
    this.status = status;
    this.body =
        "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\""
            + code
            + "\",\"details\":{\"text\":\""
            + text
            + "\"}}]}";
  }

  int status() {
    return status;
  }

  String body() {
    return body;
  }

  /** Sends it, unless an answer is already on its way. */
  void send(HttpServletResponse answer) throws IOException {
    if (answer.isCommitted()) {
      return;
    }
    answer.resetBuffer();
    answer.setStatus(status);
    if (status == 401) {
      answer.setHeader("WWW-Authenticate", "Bearer");
    }
    answer.setHeader("Cache-Control", "no-store");
    answer.setContentType("application/fhir+json");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    answer.setContentLength(bytes.length);
    answer.getOutputStream().write(bytes);
  }
}
