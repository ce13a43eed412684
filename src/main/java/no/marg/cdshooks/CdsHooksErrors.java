package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import jakarta.servlet.http.HttpServletRequest;
import no.marg.chart.OtherPatientException;
import no.marg.journal.BadPeriodException;
import no.marg.journal.JournalUnavailableException;
import org.apache.catalina.connector.ClientAbortException;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Turns errors of calls into an HTTP status with an OperationOutcome, without a stack trace. */
@RestControllerAdvice
final class CdsHooksErrors {
  private static final Logger LOG = LoggerFactory.getLogger(CdsHooksErrors.class);

  private final FhirContext fhir;

  CdsHooksErrors(FhirContext fhir) {
    this.fhir = fhir;
  }

  @ExceptionHandler
  ResponseEntity<String> hook(HookException e) {
    return answer(e.status(), e.code(), String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<String> otherPatient(OtherPatientException e) {
    return answer(400, "business-rule", String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<String> period(BadPeriodException e) {
    return answer(400, "invalid", String.valueOf(e.getMessage()));
  }

  @ExceptionHandler
  ResponseEntity<String> journal(JournalUnavailableException e) {
    Throwable cause = e.getCause();
    LOG.error("the journal does not answer: {}", cause == null ? "?" : cause.getClass().getName());
    return answer(503, "transient", "Nothing was stored; please send it again");
  }

  @ExceptionHandler
  ResponseEntity<String> method(HttpRequestMethodNotSupportedException e) {
    return answer(405, "not-supported", "This method is not supported here");
  }

  @ExceptionHandler
  ResponseEntity<String> mediaType(HttpMediaTypeNotSupportedException e) {
    return answer(415, "not-supported", "Send application/json");
  }

  @ExceptionHandler
  ResponseEntity<String> unreadable(HttpMessageNotReadableException e) {
    return answer(400, "invalid", "The body can not be read");
  }

  @ExceptionHandler
  ResponseEntity<String> nothingThere(NoResourceFoundException e) {
    return answer(404, "not-found", "There is nothing at this address");
  }

  /** Nobody is there to be answered; the service has not failed. */
  @ExceptionHandler({ClientAbortException.class, AsyncRequestNotUsableException.class})
  void hungUp(HttpServletRequest request) {
    request.setAttribute(CallFilter.HUNG_UP, true);
    LOG.debug("the caller hung up");
  }

  @ExceptionHandler
  ResponseEntity<String> unexpected(Exception e) {
    if (e instanceof ErrorResponse refused && refused.getStatusCode().is4xxClientError()) {
      return answer(refused.getStatusCode().value(), "processing", "The request is not accepted");
    }
    // The message of an unknown exception may hold patient data; its type and place do not.
    StackTraceElement[] trace = e.getStackTrace();
    LOG.error("unexpected {} at {}", e.getClass().getName(), trace.length == 0 ? "?" : trace[0]);
    return answer(500, "exception", "The service failed; nothing was advised");
  }

  private ResponseEntity<String> answer(int status, String code, String text) {
    OperationOutcome outcome = new OperationOutcome();
    outcome
        .addIssue()
        .setSeverity(OperationOutcome.IssueSeverity.ERROR)
        .setCode(OperationOutcome.IssueType.fromCode(code))
        .setDetails(new CodeableConcept().setText(text));
    return ResponseEntity.status(status)
        .contentType(MediaType.valueOf("application/fhir+json"))
        .body(fhir.newJsonParser().encodeResourceToString(outcome));
  }
}
