package no.marg.smart;

import java.util.Set;

/** Error codes of OAuth 2.0, as far as they are shown and logged. */
final class AuthorizationError {
  /** Of RFC 6749, section 4.1.2.1, and OpenID Connect Core, section 3.1.2.6. */
  private static final Set<String> KNOWN =
      Set.of(
          "invalid_request",
          "unauthorized_client",
          "access_denied",
          "unsupported_response_type",
          "invalid_scope",
          "server_error",
          "temporarily_unavailable",
          "interaction_required",
          "login_required",
          "account_selection_required",
          "consent_required");

  private AuthorizationError() {}

  /** The code if it is one that specifications name; any other text may be about a patient. */
  static String loggable(String code) {
    return KNOWN.contains(code) ? code : "another error";
  }

  /** The code if it looks like one, for it comes from outside. */
  static String named(String code) {
    return code.matches("[a-z_]{1,40}") ? code : "unknown error";
  }

  /** What the user is told. */
  static Problem problem(String code) {
    return code.equals("access_denied") ? Problem.DENIED : Problem.AUTHORIZATION;
  }
}
