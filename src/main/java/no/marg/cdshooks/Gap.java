package no.marg.cdshooks;

import no.marg.ehr.Reading;

/** Why the data of a prefetch key are not all there. What they would say is unknown. */
enum Gap {
  /** The client did not send the key. */
  NOT_SENT,
  /** The client tried and failed; it is not tried again (CDS Hooks 2.0, prefetch). */
  CLIENT_FAILED,
  /** The client sent the first page of several. */
  FIRST_PAGE,
  /** The record's server did not answer in time. */
  TIME,
  /** The record's server gives no access to them. */
  DENIED,
  /** The record's server could not be read, for any other reason. */
  NOT_READ,
  /** The record's server has more than is read. */
  TOO_MUCH;

  /** Whether it makes sense to ask the record's server. */
  boolean canBeFetched() {
    return this == NOT_SENT || this == FIRST_PAGE;
  }

  static Gap of(Reading.Reason reason) {
    return switch (reason) {
      case TIME, BUSY -> TIME;
      case DENIED, TOKEN_REFUSED -> DENIED;
      case PAGES, SIZE -> TOO_MUCH;
      case UNREACHABLE, NOT_FOUND, REFUSED, FAILED, REDIRECTED, FOREIGN_PAGE, NOT_FHIR -> NOT_READ;
    };
  }
}
