package no.marg.engine;

import java.util.List;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Statement;

/**
 * Why a statement has, or has not, something to say about a patient.
 *
 * @param statement which statement
 * @param outcome how far it came
 * @param because the definitions that decided it: a closed gate, or the condition with those parts
 *     of it that have the same answer; empty for a statement without condition
 * @param missing the facts that would decide it; empty unless it is unknown or says itself that the
 *     record can not decide
 */
public record RuleTrace(
    Statement statement, Outcome outcome, List<Definition> because, List<Missing> missing) {

  /** How far a statement came. */
  public enum Outcome {
    /** Its condition is true. */
    APPLIES,
    /** A condition of the chapter it stands in is false; it was not asked. */
    GATE_CLOSED,
    /** Its condition is false. */
    FALSE,
    /** The record can not decide its condition. */
    UNKNOWN,
    /** Its condition failed technically. */
    FAILED,
    /** The patient is recorded as dead; nothing is asked. */
    DEAD
  }
}
