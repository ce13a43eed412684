package no.marg.access;

import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;

/**
 * Reading a body was ended: it is too large or came too slowly. A kind that HAPI's server answers
 * with its status; the other end points answer it by {@link BodyErrors}.
 */
final class BodyRefusedException extends BaseServerResponseException {
  private static final long serialVersionUID = 1L;

  private final Outcome outcome;

  BodyRefusedException(Outcome outcome) {
    super(outcome.status(), outcome.name());
    this.outcome = outcome;
  }

  Outcome outcome() {
    return outcome;
  }
}
