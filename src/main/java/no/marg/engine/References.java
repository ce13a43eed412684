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
  static void pin(PlanDefinitionActionComponent action, @Nullable String library) {
    action.getCondition().forEach(condition -> pin(condition.getExpression(), library));
    action.getDynamicValue().forEach(value -> pin(value.getExpression(), library));
    action.getExtension().stream()
        .map(extension -> extension.getValue())
        .filter(Expression.class::isInstance)
        .forEach(value -> pin((Expression) value, library));
    action.getAction().forEach(nested -> pin(nested, library));
  }

  /** Writes the library into every expression of an activity. */
  static void pin(ActivityDefinition activity) {
    String library = first(activity.getLibrary());
    activity.getDynamicValue().forEach(value -> pin(value.getExpression(), library));
  }

  /** The first of the libraries; null when there is none. */
  static @Nullable String first(List<CanonicalType> libraries) {
    return libraries.isEmpty() ? null : libraries.get(0).getValue();
  }

  private static void pin(Expression expression, @Nullable String library) {
    if (!expression.hasReference() && library != null) {
      expression.setReference(library);
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
