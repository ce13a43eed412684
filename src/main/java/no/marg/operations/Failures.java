package no.marg.operations;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.InternalErrorException;
import ca.uhn.fhir.rest.server.exceptions.UnprocessableEntityException;
import no.marg.engine.UnusableInputException;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every failure its HTTP status and OperationOutcome; no stack trace and no record content.
 */
@Interceptor
public final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  Failures() {}

  /** Called by the server before it answers with an error. */
  @Hook(Pointcut.SERVER_PRE_PROCESS_OUTGOING_EXCEPTION)
  public @Nullable BaseServerResponseException outgoing(Throwable thrown) {
    Throwable cause = thrown;
    while (cause != null) {
      if (cause instanceof UnusableInputException unusable) {
        OperationOutcome outcome = new OperationOutcome();
        for (String error : unusable.errors()) {
          outcome
              .addIssue()
              .setSeverity(OperationOutcome.IssueSeverity.ERROR)
              .setCode(OperationOutcome.IssueType.BUSINESSRULE)
              .setDetails(new CodeableConcept().setText(error));
        }
        return new UnprocessableEntityException("The plan can not be applied", outcome);
      }
      cause = cause.getCause();
    }
    if (thrown instanceof BaseServerResponseException known
        && !(thrown instanceof InternalErrorException)) {
      return known;
    }
    StackTraceElement[] trace = thrown.getStackTrace();
    LOG.error(
        "unexpected {} at {}", thrown.getClass().getName(), trace.length == 0 ? "?" : trace[0]);
    return new InternalErrorException("The service failed; nothing was answered");
  }
}
