package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import no.marg.engine.GuidelineEngine;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/** Plans and their operations. */
final class PlanDefinitionProvider extends KnowledgeProvider {
  private final GuidelineEngine engine;
  private final Clock clock;
  private final DataRequirements requirements;

  PlanDefinitionProvider(GuidelineEngine engine, Clock clock, DataRequirements requirements) {
    super(engine.guideline(), PlanDefinition.class);
    this.engine = engine;
    this.clock = clock;
    this.requirements = requirements;
  }

  /** {@code PlanDefinition/[id]/$apply}: a CarePlan with a RequestGroup and its requests. */
  @Operation(name = "$apply", idempotent = true)
  public CarePlan apply(
      @IdParam IdType id, @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return apply(id.getIdPart(), Inputs.of(body, request));
  }

  /** {@code PlanDefinition/$apply} with {@code url}. */
  @Operation(name = "$apply", idempotent = true)
  public CarePlan applyByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Inputs inputs = Inputs.of(body, request);
    return apply(Artifact.id(guideline, "PlanDefinition", inputs), inputs);
  }

  /** {@code PlanDefinition/[id]/$r5.apply}: a Bundle with the RequestGroup and its requests. */
  @Operation(name = "$r5.apply", idempotent = true)
  public Bundle applyR5(
      @IdParam IdType id, @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return bundle(apply(id.getIdPart(), Inputs.of(body, request)), request);
  }

  /** {@code PlanDefinition/$r5.apply} with {@code url}. */
  @Operation(name = "$r5.apply", idempotent = true)
  public Bundle applyR5ByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Inputs inputs = Inputs.of(body, request);
    return bundle(apply(Artifact.id(guideline, "PlanDefinition", inputs), inputs), request);
  }

  /** {@code PlanDefinition/[id]/$data-requirements}: what its libraries read. */
  @Operation(name = "$data-requirements", idempotent = true)
  public IBaseResource dataRequirements(@IdParam IdType id) {
    read(id);
    return requirements.of("PlanDefinition/" + id.getIdPart());
  }

  /** {@code PlanDefinition/[id]/$package}: the plan with all that it needs. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packaged(@IdParam IdType id) {
    return bundleOf(id.getIdPart());
  }

  /** {@code PlanDefinition/$package} with {@code url}. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packagedByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return bundleOf(Artifact.id(guideline, "PlanDefinition", Inputs.of(body, request)));
  }

  private CarePlan apply(String id, Inputs inputs) {
    read(new IdType("PlanDefinition", id));
    inputs.onlyNamed(Inputs.OF_APPLY);
    return engine.apply(id, inputs.chart(engine, clock), inputs.cqlParameters());
  }

  /** The contained resources as entries, with references between them. */
  private static Bundle bundle(CarePlan carePlan, RequestDetails request) {
    Bundle bundle = new Bundle().setType(Bundle.BundleType.COLLECTION);
    Set<String> seen = new HashSet<>();
    for (Resource contained : carePlan.getContained()) {
      Resource resource = contained.copy();
      String id = contained.getIdElement().getIdPart().replace("#", "");
      resource.setId(id);
      if (!seen.add(resource.fhirType() + "/" + id)) {
        continue;
      }
      Bundle.BundleEntryComponent entry = new Bundle.BundleEntryComponent();
      entry.setFullUrl(request.getFhirServerBase() + "/" + resource.fhirType() + "/" + id);
      entry.setResource(resource);
      if (resource instanceof RequestGroup group) {
        group.getAction().forEach(action -> relate(action, carePlan));
        group.getContained().clear();
        bundle.getEntry().add(0, entry);
      } else {
        bundle.addEntry(entry);
      }
    }
    return bundle;
  }

  private static void relate(RequestGroup.RequestGroupActionComponent action, CarePlan carePlan) {
    String reference = action.getResource().getReference();
    if (reference != null && reference.startsWith("#")) {
      carePlan.getContained().stream()
          .filter(
              each ->
                  each.getIdElement().getIdPart().replace("#", "").equals(reference.substring(1)))
          .findFirst()
          .ifPresent(
              target ->
                  action.setResource(
                      new Reference(target.fhirType() + "/" + reference.substring(1))));
    }
    action.getAction().forEach(nested -> relate(nested, carePlan));
  }
}
