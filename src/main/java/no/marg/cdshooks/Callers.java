package no.marg.cdshooks;

import jakarta.servlet.http.HttpServletRequest;
import no.marg.journal.Caller;

/** Who makes a request. */
final class Callers {
  private Callers() {}

  /** The caller; {@link Caller#OPEN} as long as requests carry no identity. */
  static Caller of(HttpServletRequest http) {
    return Caller.OPEN;
  }
}
