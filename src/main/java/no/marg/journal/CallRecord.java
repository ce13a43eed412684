package no.marg.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a call: no content.
 *
 * @param service id of the service
 * @param caller who called
 * @param hookInstance id of the call, a UUID; null when the client sent something else
 * @param status HTTP status of the answer
 * @param millis how long it took
 * @param knowledge version of the guideline's artifacts
 * @param inputHash keyed hash of the body received, from {@link CallLog#hash}; null when none was
 *     read
 * @param cards the cards given
 */
public record CallRecord(
    String service,
    Caller caller,
    @Nullable String hookInstance,
    int status,
    int millis,
    String knowledge,
    @Nullable String inputHash,
    List<CardRecord> cards) {
  /** Copies the list and leaves out an id that is no UUID, since it could hold anything. */
  public CallRecord {
    cards = List.copyOf(cards);
    hookInstance =
        hookInstance != null && hookInstance.matches("[0-9a-fA-F-]{36}") ? hookInstance : null;
  }
}
