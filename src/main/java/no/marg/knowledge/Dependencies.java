package no.marg.knowledge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.ValueSet;
import org.jspecify.annotations.Nullable;

/** What an artifact needs to be used somewhere else. Artifacts of others are not followed. */
final class Dependencies {
  private final Guideline guideline;
  private final Map<String, MetadataResource> found = new LinkedHashMap<>();

  Dependencies(Guideline guideline) {
    this.guideline = guideline;
  }

  List<MetadataResource> of(MetadataResource first) {
    add(first);
    return List.copyOf(found.values());
  }

  private void add(MetadataResource artifact) {
    if (found.putIfAbsent(artifact.getUrl(), artifact) != null) {
      return;
    }
    if (artifact instanceof PlanDefinition plan) {
      add(plan.getLibrary());
      plan.getAction().forEach(this::add);
    } else if (artifact instanceof ActivityDefinition activity) {
      add(activity.getLibrary());
    } else if (artifact instanceof Measure measure) {
      add(measure.getLibrary());
      GuidelineLoader.populations(measure)
          .flatMap(population -> population.getCode().getCoding().stream())
          .forEach(coding -> add(coding.getSystem()));
    } else if (artifact instanceof Library library) {
      String id = library.getIdElement().getIdPart();
      guideline.libraries().includedBy(id).forEach(this::library);
      guideline.libraries().valueSetsOf(id).forEach(this::add);
      guideline.libraries().codeSystemsOf(id).forEach(this::add);
    } else if (artifact instanceof ValueSet valueSet) {
      valueSet
          .getCompose()
          .getInclude()
          .forEach(
              include -> {
                add(include.getSystem());
                add(include.getValueSet());
              });
    }
  }

  private void add(PlanDefinitionActionComponent action) {
    // Conditions, values and the extensions of ours may name a definition of another library.
    action.getCondition().forEach(each -> add(each.getExpression().getReference()));
    action.getDynamicValue().forEach(each -> add(each.getExpression().getReference()));
    for (Input input : GuidelineLoader.inputs(action)) {
      input.definitions().forEach(definition -> library(definition.library()));
    }
    action
        .getInput()
        .forEach(
            input ->
                input
                    .getCodeFilter()
                    .forEach(
                        filter -> filter.getCode().forEach(coding -> add(coding.getSystem()))));
    if (action.hasDefinitionCanonicalType()) {
      add(action.getDefinitionCanonicalType().getValue());
    }
    action.getAction().forEach(this::add);
  }

  private void library(String id) {
    guideline.find("Library", id).ifPresent(this::add);
  }

  private void add(List<CanonicalType> canonicals) {
    canonicals.forEach(each -> add(each.getValue()));
  }

  private void add(@Nullable String canonical) {
    if (canonical != null) {
      guideline.findByUrl(canonical).ifPresent(this::add);
    }
  }
}
