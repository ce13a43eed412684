package no.marg.operations;

import ca.uhn.fhir.rest.api.Constants;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * A GET whose Content-Type is not told: many clients send one with every call, and the server's
 * library would read the body that it promises and find none.
 */
final class GetWithoutBody extends HttpServletRequestWrapper {
  private GetWithoutBody(HttpServletRequest request) {
    super(request);
  }

  /** The request as it is, or without its Content-Type where it is a GET that brings no body. */
  static HttpServletRequest of(HttpServletRequest request) {
    boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    return reads
            && request.getContentLengthLong() <= 0
            && request.getHeader("Transfer-Encoding") == null
        ? new GetWithoutBody(request)
        : request;
  }

  @Override
  public @Nullable String getContentType() {
    return null;
  }

  @Override
  public @Nullable String getHeader(String name) {
    return isContentType(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return isContentType(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }

  private static boolean isContentType(String name) {
    return name.equalsIgnoreCase(Constants.HEADER_CONTENT_TYPE);
  }
}
