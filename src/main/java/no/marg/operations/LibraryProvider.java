package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.time.Clock;
import java.util.List;
import java.util.NoSuchElementException;
import no.marg.engine.GuidelineEngine;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.Parameters;
import org.jspecify.annotations.Nullable;

/** Libraries and their operations. */
final class LibraryProvider extends KnowledgeProvider {
  private final GuidelineEngine engine;
  private final Clock clock;
  private final DataRequirements requirements;

  LibraryProvider(GuidelineEngine engine, Clock clock, DataRequirements requirements) {
    super(engine.guideline(), Library.class);
    this.engine = engine;
    this.clock = clock;
    this.requirements = requirements;
  }

  /**
   * {@code Library/[id]/$evaluate}: one parameter a definition; unknown is {@code
   * data-absent-reason}.
   */
  @Operation(name = "$evaluate", idempotent = true)
  public Parameters evaluate(
      @IdParam IdType id, @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return evaluate(id.getIdPart(), Inputs.of(body, request));
  }

  /** {@code Library/$evaluate} with {@code url}. */
  @Operation(name = "$evaluate", idempotent = true)
  public Parameters evaluateByUrl(
      @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Inputs inputs = Inputs.of(body, request);
    return evaluate(Artifact.id(guideline, "Library", inputs), inputs);
  }

  /** {@code Library/[id]/$data-requirements}: what the library and those it includes read. */
  @Operation(name = "$data-requirements", idempotent = true)
  public IBaseResource dataRequirements(@IdParam IdType id) {
    read(id);
    return requirements.of(List.of(id.getIdPart()));
  }

  /** {@code Library/[id]/$package}: it with all that it needs. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packaged(@IdParam IdType id) {
    return bundleOf(id.getIdPart());
  }

  /** {@code Library/$package} with {@code url}. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packagedByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return bundleOf(Artifact.id(guideline, "Library", Inputs.of(body, request)));
  }

  private Parameters evaluate(String id, Inputs inputs) {
    read(new IdType("Library", id));
    try {
      return engine.evaluate(
          id, inputs.texts("expression"), inputs.chart(engine, clock), inputs.cqlParameters());
    } catch (NoSuchElementException e) {
      throw new InvalidRequestException(String.valueOf(e.getMessage()));
    }
  }
}
