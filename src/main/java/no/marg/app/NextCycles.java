package no.marg.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.jspecify.annotations.Nullable;

/**
 * The cycles that can be ordered now, by the definitions that the offers of the cards are made
 * from.
 */
final class NextCycles {
  private final Map<String, List<Definition>> definitions;
  private final Published published;

  NextCycles(Guideline guideline, Published published) {
    this.definitions = definitions(guideline);
    this.published = published;
  }

  /** What tells the next cycle of each regimen, by the regimen's id. */
  static Map<String, List<Definition>> definitions(Guideline guideline) {
    Map<String, List<Definition>> definitions = new LinkedHashMap<>();
    guideline.all("PlanDefinition").stream()
        .map(PlanDefinition.class::cast)
        .filter(PlanDefinition::hasLibrary)
        .forEach(
            plan ->
                plan.getAction()
                    .forEach(
                        action ->
                            collect(
                                action, name(plan.getLibrary().get(0).getValue()), definitions)));
    return definitions;
  }

  private static void collect(
      PlanDefinitionActionComponent action,
      String library,
      Map<String, List<Definition>> definitions) {
    if (action.hasExtension(Guideline.CYCLE)
        && action.getExtensionByUrl(Guideline.CYCLE).getValue() instanceof Expression cycle) {
      definitions
          .computeIfAbsent(
              name(action.getDefinitionCanonicalType().getValue()), any -> new ArrayList<>())
          .add(new Definition(library, cycle.getExpression()));
    }
    action.getAction().forEach(each -> collect(each, library, definitions));
  }

  /** The last part of a canonical address, without its version. */
  private static String name(String canonical) {
    return canonical.replaceFirst("\\|.*$", "").replaceFirst("^.*/", "");
  }

  /** The cycle that comes next; null when none is offered, so that its number must be asked for. */
  View.@Nullable Next of(String regimen) {
    for (Definition definition : definitions.getOrDefault(regimen, List.of())) {
      for (Map<String, List<String>> cycle :
          published.in(definition.library()).tuples(definition.name())) {
        String start = first(cycle, "CycleStart");
        String number = first(cycle, "CycleNumber");
        boolean stepUp = "step-up".equals(first(cycle, "Phase"));
        if (start != null && (number != null || stepUp)) {
          return new View.Next(start, number == null ? null : Integer.valueOf(number), stepUp);
        }
      }
    }
    return null;
  }

  private static @Nullable String first(Map<String, List<String>> tuple, String name) {
    return tuple.getOrDefault(name, List.of()).stream().findFirst().orElse(null);
  }
}
