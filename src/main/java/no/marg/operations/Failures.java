package no.marg.operations;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.InternalErrorException;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.UnprocessableEntityException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import no.marg.chart.JsonNumbers;
import no.marg.engine.UnusableInputException;
import org.apache.tomcat.util.http.InvalidParameterException;
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

  /** How the server's message begins when the body could not be parsed; it keeps no cause. */
  private static final String UNPARSED = "HAPI-0450";

  private static final Pattern LIBRARY_CODE = Pattern.compile("HAPI-\\d{4}: ?");

  private static final Pattern ELEMENT = Pattern.compile("\\[element=\"([A-Za-z.]{1,80})\"]");

  Failures() {}

  /** Called by the server before it answers with an error. */
  @Hook(Pointcut.SERVER_PRE_PROCESS_OUTGOING_EXCEPTION)
  public @Nullable BaseServerResponseException outgoing(Throwable thrown, RequestDetails request) {
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
    if (isUnreadable(thrown, request)) {
      return new InvalidRequestException(
          "The body can not be read as FHIR R4"
              + ELEMENT
                  .matcher(String.valueOf(thrown.getMessage()))
                  .results()
                  .map(found -> " (element " + found.group(1) + ")")
                  .findFirst()
                  .orElse(""));
    }
    if (isUndecodable(thrown)) {
      return new InvalidRequestException("A parameter is not encoded as in a URL");
    }
    if (thrown instanceof BaseServerResponseException known
        && !(thrown instanceof InternalErrorException)) {
      return plain(known);
    }
    StackTraceElement[] trace = thrown.getStackTrace();
    LOG.error(
        "unexpected {} at {}", thrown.getClass().getName(), trace.length == 0 ? "?" : trace[0]);
    return new InternalErrorException("The service failed; nothing was answered");
  }

  /** The same failure in a sentence, without the codes that the server's library puts before it. */
  private static BaseServerResponseException plain(BaseServerResponseException known) {
    if (known.getOperationOutcome() == null) {
      OperationOutcome outcome = new OperationOutcome();
      outcome
          .addIssue()
          .setSeverity(OperationOutcome.IssueSeverity.ERROR)
          .setCode(
              known.getStatusCode() == 404
                  ? OperationOutcome.IssueType.NOTFOUND
                  : OperationOutcome.IssueType.PROCESSING)
          .setDiagnostics(LIBRARY_CODE.matcher(String.valueOf(known.getMessage())).replaceAll(""));
      known.setOperationOutcome(outcome);
    }
    return known;
  }

  /** Refuses numbers that the parser would write out with a thousand zeros and more. */
  @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
  public void incoming(RequestDetails request) {
    byte[] body = request.loadRequestContents();
    if (body != null && JsonNumbers.hasHugeExponent(body)) {
      throw new InvalidRequestException("The body holds a number that is too large");
    }
  }

  /** Whether a percent sign in the address, or in a body sent as a form, begins no character. */
  private static boolean isUndecodable(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    return thrown instanceof IllegalArgumentException
        && trace.length > 0
        && trace[0].getClassName().equals(URLDecoder.class.getName());
  }

  /**
   * Whether the parser gave up on what the client sent. Its message quotes the text, so it is not
   * passed on; what it did not expect it throws in many forms.
   */
  private static boolean isUnreadable(Throwable thrown, RequestDetails request) {
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      if (each instanceof DataFormatException
          || each instanceof InvalidParameterException
          || String.valueOf(each.getMessage()).startsWith(UNPARSED)) {
        return true;
      }
    }
    return !(thrown instanceof BaseServerResponseException) && !isReadable(request);
  }

  /** Reads the body once more, since the failure does not always tell where it happened. */
  private static boolean isReadable(RequestDetails request) {
    byte[] body = request.loadRequestContents();
    if (body == null || body.length == 0) {
      return true;
    }
    String text = new String(body, StandardCharsets.UTF_8);
    EncodingEnum encoding = EncodingEnum.detectEncodingNoDefault(text);
    try {
      return encoding != null
          && encoding.newParser(request.getFhirContext()).parseResource(text) != null;
    } catch (RuntimeException e) {
      return false;
    }
  }
}
