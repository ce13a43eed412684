package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.UriType;
import org.hl7.fhir.r4.model.ValueSet;
import org.jspecify.annotations.Nullable;

/** Value sets; they come with their expansion. */
final class ValueSetProvider extends KnowledgeProvider {
  ValueSetProvider(Guideline guideline) {
    super(guideline, ValueSet.class);
  }

  /** {@code ValueSet/[id]/$expand}: the stored expansion. */
  @Operation(name = "$expand", idempotent = true)
  public ValueSet expand(@IdParam IdType id) {
    return (ValueSet) read(id);
  }

  /** {@code ValueSet/$expand} with {@code url}. */
  @Operation(name = "$expand", idempotent = true)
  public ValueSet expandByUrl(@OperationParam(name = "url") @Nullable UriType url) {
    if (url == null || url.getValue() == null) {
      throw new InvalidRequestException("Name the value set by id or by parameter url");
    }
    return guideline
        .findByUrl(url.getValue())
        .filter(ValueSet.class::isInstance)
        .map(ValueSet.class::cast)
        .orElseThrow(() -> new ResourceNotFoundException("There is no value set with that url"));
  }
}
