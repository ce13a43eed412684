package no.marg.knowledge;

import java.util.List;
import java.util.Set;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.jspecify.annotations.Nullable;

/**
 * One action of a recommendation plan, read once.
 *
 * @param actionId id of the action, e.g. {@code SUP-04} or {@code SUP-04-undecided}
 * @param catalogueId the guideline statement it belongs to, e.g. {@code SUP-04}
 * @param plan id of its PlanDefinition
 * @param undecided whether the action is shown because the record can not decide
 * @param condition the definition that must be true; null when it always applies
 * @param title one sentence
 * @param description what the guideline says
 * @param priority FHIR request priority; {@code routine} when the action has none
 * @param chapter chapter of the guideline
 * @param topic cards with the same topic are merged; the catalogue id by default
 * @param hooks hooks in which the action is shown
 * @param inputs facts it rests on, in the order they are shown
 * @param orders definition that lists the draft orders it is about; null when it is about none
 * @param gates conditions of the chapters it stands in; when one is false the chapter has nothing
 *     to do with the patient and the statement is not asked
 * @param supports information of the guideline that gives its reasons
 * @param alternatives whether at most one of its suggestions may be taken ({@code
 *     selectionBehavior} at-most-one)
 * @param namesMissing whether it is about something that is missing, and names what
 * @param action the action itself, without its inputs and triggers
 */
public record Statement(
    String actionId,
    String catalogueId,
    String plan,
    boolean undecided,
    @Nullable Definition condition,
    Text title,
    Text description,
    String priority,
    Text chapter,
    String topic,
    Set<String> hooks,
    List<Input> inputs,
    @Nullable Definition orders,
    List<Definition> gates,
    List<Support> supports,
    boolean alternatives,
    boolean namesMissing,
    Frozen<PlanDefinitionActionComponent> action) {

  /**
   * A sentence of the guideline that gives reasons, such as the result of a study.
   *
   * @param id its catalogue id
   * @param text the sentence in both languages
   */
  public record Support(String id, Text text) {}
}
