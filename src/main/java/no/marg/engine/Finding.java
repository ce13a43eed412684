package no.marg.engine;

import java.util.List;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Resource;

/**
 * A statement that has something to say about this patient now.
 *
 * @param statement which statement
 * @param kind whether it applies, can not be decided, or could not be evaluated
 * @param title the sentence, with this patient's values where the artifact computes it
 * @param evidence the facts it rests on
 * @param missing the facts that would decide it
 * @param orders the draft orders it is about, as received
 * @param suggestions what can be done
 */
public record Finding(
    Statement statement,
    Kind kind,
    Text title,
    List<Evidence> evidence,
    List<Missing> missing,
    List<Resource> orders,
    List<Suggestion> suggestions) {

  /** How sure the finding is. */
  public enum Kind {
    /** The statement applies. */
    APPLIES,
    /** The record can not decide. */
    UNDECIDED,
    /** Its logic failed; shown, never silent. */
    FAILED
  }
}
