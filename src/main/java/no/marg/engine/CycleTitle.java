package no.marg.engine;

import java.util.Objects;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.runtime.Tuple;

/** The title of a statement; of one that offers a whole cycle it says which, and from which day. */
final class CycleTitle {
  private CycleTitle() {}

  /**
   * The title.
   *
   * @param library of the statement's expressions
   */
  static Text of(
      PlanDefinitionActionComponent action, @Nullable String library, Evaluation evaluation) {
    Text title = Text.of(action.getTitleElement());
    if (!action.hasExtension(Guideline.NAMES_CYCLE) || library == null) {
      return title;
    }
    return action.getAction().stream()
        .filter(nested -> nested.hasExtension(Guideline.CYCLE))
        .map(nested -> (Expression) nested.getExtensionByUrl(Guideline.CYCLE).getValue())
        .map(cycle -> new Definition(References.library(library), cycle.getExpression()))
        .map(definition -> evaluation.answer(definition).orNull())
        .filter(Objects::nonNull)
        .findFirst()
        .map(cycle -> of(title, (Tuple) cycle))
        .orElse(title);
  }

  private static Text of(Text title, Tuple cycle) {
    if (!(cycle.getElement("CycleStart") instanceof Date start)) {
      return title;
    }
    Text which =
        cycle.getElement("CycleNumber") instanceof Integer number
            ? new Text("kur " + number, "cycle " + number)
            : new Text("opptrapping", "step-up");
    return new Text(
            title.nb() + ", " + which.nb() + " fra " + start,
            title.en() + ", " + which.en() + " from " + start)
        .withDates();
  }
}
