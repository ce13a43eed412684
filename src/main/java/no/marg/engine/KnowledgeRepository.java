package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.model.api.IQueryParameterType;
import ca.uhn.fhir.repository.IRepository;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.server.exceptions.MethodNotAllowedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.util.List;
import java.util.Map;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.Bundle;
import org.jspecify.annotations.Nullable;

/**
 * The guideline's artifacts as the repository that cqf reads definitions from. Read only, safe for
 * many threads, holds no patient data; what it gives are copies, because cqf writes into them.
 */
final class KnowledgeRepository implements IRepository {
  private final FhirContext fhir;
  private final Guideline guideline;

  KnowledgeRepository(FhirContext fhir, Guideline guideline) {
    this.fhir = fhir;
    this.guideline = guideline;
  }

  @Override
  public <T extends IBaseResource, I extends IIdType> T read(
      Class<T> type, I id, @Nullable Map<String, String> headers) {
    return guideline
        .find(type.getSimpleName(), String.valueOf(id.getIdPart()))
        .map(type::cast)
        .orElseThrow(() -> new ResourceNotFoundException(id));
  }

  @Override
  public <B extends IBaseBundle, T extends IBaseResource> B search(
      Class<B> bundleType,
      Class<T> resourceType,
      Map<String, List<IQueryParameterType>> parameters,
      @Nullable Map<String, String> headers) {
    String url = value(parameters, "url");
    String version = value(parameters, "version");
    Bundle bundle = new Bundle().setType(Bundle.BundleType.SEARCHSET);
    if (url != null) {
      guideline
          .findByUrl(version == null ? url : url + "|" + version)
          .filter(resourceType::isInstance)
          .ifPresent(
              found -> {
                if (found instanceof ActivityDefinition activity) {
                  References.pin(activity);
                }
                bundle.addEntry().setResource(found);
              });
    }
    return bundleType.cast(bundle);
  }

  private @Nullable String value(Map<String, List<IQueryParameterType>> parameters, String name) {
    List<IQueryParameterType> values = parameters.get(name);
    return values == null || values.isEmpty() ? null : values.get(0).getValueAsQueryToken(fhir);
  }

  @Override
  public <T extends IBaseResource> MethodOutcome create(
      T resource, @Nullable Map<String, String> headers) {
    throw new MethodNotAllowedException("The guideline is read only");
  }

  @Override
  public <T extends IBaseResource> MethodOutcome update(
      T resource, @Nullable Map<String, String> headers) {
    throw new MethodNotAllowedException("The guideline is read only");
  }

  @Override
  public <T extends IBaseResource, I extends IIdType> MethodOutcome delete(
      Class<T> type, I id, @Nullable Map<String, String> headers) {
    throw new MethodNotAllowedException("The guideline is read only");
  }

  @Override
  public FhirContext fhirContext() {
    return fhir;
  }
}
