package no.marg.chart;

/**
 * Something in the record that was not used as it stands, with the reason; nothing is dropped in
 * silence.
 *
 * @param reference the resource, {@code Type/id}; the type alone when it has no id
 * @param reason why
 * @param concept what it is about: concept id or code; empty when not known
 * @param detail the offending unit, value or status; never free text of a person
 */
public record Unused(String reference, Reason reason, String concept, String detail) {

  /** Why something was not used. */
  public enum Reason {
    /** Belongs to another patient. */
    OTHER_PATIENT,
    /** Says of no patient that it belongs to them. */
    NO_PATIENT,
    /** Entered in error. */
    ENTERED_IN_ERROR,
    /** Has a status that does not count, such as cancelled or registered. */
    STATUS,
    /** A preliminary result: named, not used. */
    PRELIMINARY,
    /** Dated after the evaluation date. */
    FUTURE,
    /** A date in it can not be read, or lies before 1900. */
    BROKEN_DATE,
    /** The laboratory says that there is no value. */
    NO_RESULT,
    /** A value in a unit that is not known for this result. */
    UNKNOWN_UNIT,
    /** A value without unit. */
    NO_UNIT,
    /** Outside what is possible in a living person. */
    IMPLAUSIBLE,
    /** A text where a number is needed. */
    NOT_A_NUMBER,
    /** The same result in another form; the other one is used. */
    DUPLICATE,
    /**
     * An answer to a question that was answered again about the same time; the later one is used.
     */
    SUPERSEDED,
    /** Results of one time that disagree: the fact is their range, or unknown. */
    CONTRADICTORY,
    /** A resource type that no rule reads. */
    TYPE
  }

  /** Whether a clinician is told: it may be about this patient and is not used. */
  public boolean isTold() {
    return switch (reason) {
      case UNKNOWN_UNIT,
          NO_UNIT,
          IMPLAUSIBLE,
          NOT_A_NUMBER,
          CONTRADICTORY,
          PRELIMINARY,
          FUTURE,
          BROKEN_DATE,
          NO_PATIENT,
          OTHER_PATIENT ->
          true;
      default -> false;
    };
  }

  /** Whether the newest result could not be read, so that the fact is unknown because of it. */
  public boolean isUnreadable() {
    return switch (reason) {
      case UNKNOWN_UNIT, NO_UNIT, IMPLAUSIBLE, NOT_A_NUMBER, CONTRADICTORY, PRELIMINARY -> true;
      default -> false;
    };
  }
}
