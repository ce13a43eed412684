package no.marg.smart;

/** Error codes of OAuth 2.0, as far as they are shown and logged. */
final class AuthorizationError {
  private AuthorizationError() {}

  /** The code if it looks like one, for it comes from outside. */
  static String named(String code) {
    return code.matches("[a-z_]{1,40}") ? code : "unknown error";
  }

  /** What the user is told. */
  static Problem problem(String code) {
    return code.equals("access_denied") ? Problem.DENIED : Problem.AUTHORIZATION;
  }
}
