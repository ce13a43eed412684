package no.marg.engine;

import java.util.List;
import no.marg.knowledge.Definition;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.jspecify.annotations.Nullable;

/** Library references of expressions. */
final class References {
  private References() {}

  /** Writes the library into every expression of an action and of what is nested in it. */
  static void pin(PlanDefinitionActionComponent action, List<CanonicalType> libraries) {
    action.getCondition().forEach(condition -> pin(condition.getExpression(), libraries));
    action.getDynamicValue().forEach(value -> pin(value.getExpression(), libraries));
    action.getExtension().stream()
        .map(extension -> extension.getValue())
        .filter(Expression.class::isInstance)
        .forEach(value -> pin((Expression) value, libraries));
    action.getAction().forEach(nested -> pin(nested, libraries));
  }

  /** Writes the library into every expression of an activity. */
  static void pin(ActivityDefinition activity) {
    activity.getDynamicValue().forEach(value -> pin(value.getExpression(), activity.getLibrary()));
  }

  private static void pin(Expression expression, List<CanonicalType> libraries) {
    if (!expression.hasReference() && !libraries.isEmpty()) {
      expression.setReference(libraries.get(0).getValue());
    }
  }

  /** The definition that a pinned expression names; null when it names none. */
  static @Nullable Definition definition(Expression expression) {
    String reference = expression.getReference();
    return reference == null || expression.getExpression() == null
        ? null
        : new Definition(library(reference), expression.getExpression());
  }

  /** Id of the library in a canonical URL. */
  static String library(String canonical) {
    int bar = canonical.indexOf('|');
    String url = bar < 0 ? canonical : canonical.substring(0, bar);
    return url.substring(url.lastIndexOf('/') + 1);
  }
}
