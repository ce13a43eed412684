package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Clock;
import no.marg.engine.GuidelineEngine;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.jspecify.annotations.Nullable;

/** Activities and their operations. */
final class ActivityDefinitionProvider extends KnowledgeProvider {
  private final GuidelineEngine engine;
  private final Clock clock;

  ActivityDefinitionProvider(GuidelineEngine engine, Clock clock) {
    super(engine.guideline(), ActivityDefinition.class);
    this.engine = engine;
    this.clock = clock;
  }

  /** {@code ActivityDefinition/[id]/$apply}: the request it describes, for one patient. */
  @Operation(name = "$apply", idempotent = true)
  public IBaseResource apply(
      @IdParam IdType id, @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return apply(id.getIdPart(), Inputs.of(body, request));
  }

  /** {@code ActivityDefinition/$apply} with {@code url}. */
  @Operation(name = "$apply", idempotent = true)
  public IBaseResource applyByUrl(
      @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Inputs inputs = Inputs.of(body, request);
    return apply(Artifact.id(guideline, "ActivityDefinition", inputs), inputs);
  }

  /** {@code ActivityDefinition/[id]/$package}: it with all that it needs. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packaged(@IdParam IdType id) {
    return bundleOf(id.getIdPart());
  }

  /** {@code ActivityDefinition/$package} with {@code url}. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packagedByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return bundleOf(Artifact.id(guideline, "ActivityDefinition", Inputs.of(body, request)));
  }

  private IBaseResource apply(String id, Inputs inputs) {
    read(new IdType("ActivityDefinition", id));
    inputs.onlyNamed(Inputs.OF_APPLY);
    return engine.applyActivity(id, inputs.chart(engine, clock), inputs.cqlParameters());
  }
}
