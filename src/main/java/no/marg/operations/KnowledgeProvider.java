package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.OptionalParam;
import ca.uhn.fhir.rest.annotation.Read;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.param.StringParam;
import ca.uhn.fhir.rest.param.TokenParam;
import ca.uhn.fhir.rest.param.UriParam;
import ca.uhn.fhir.rest.server.IResourceProvider;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import java.util.List;
import java.util.Locale;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.MetadataResource;
import org.jspecify.annotations.Nullable;

/** Read and search of one type of knowledge artifact. */
class KnowledgeProvider implements IResourceProvider {
  protected final Guideline guideline;
  private final Class<? extends MetadataResource> type;

  KnowledgeProvider(Guideline guideline, Class<? extends MetadataResource> type) {
    this.guideline = guideline;
    this.type = type;
  }

  @Override
  public Class<? extends IBaseResource> getResourceType() {
    return type;
  }

  /** One artifact. */
  @Read
  public IBaseResource read(@IdParam IdType id) {
    return guideline
        .find(type.getSimpleName(), id.getIdPart())
        .orElseThrow(() -> new ResourceNotFoundException(id));
  }

  /** The artifacts that match all of the parameters. */
  @Search
  public List<IBaseResource> search(
      @OptionalParam(name = "_id") @Nullable TokenParam id,
      @OptionalParam(name = "url") @Nullable UriParam url,
      @OptionalParam(name = "version") @Nullable TokenParam version,
      @OptionalParam(name = "name") @Nullable StringParam name,
      @OptionalParam(name = "title") @Nullable StringParam title) {
    return guideline.all(type.getSimpleName()).stream()
        .filter(each -> id == null || each.getIdElement().getIdPart().equals(id.getValue()))
        .filter(each -> url == null || each.getUrl().equals(url.getValue()))
        .filter(each -> version == null || each.getVersion().equals(version.getValue()))
        .filter(each -> name == null || startsWith(each.getName(), name))
        .filter(each -> title == null || startsWith(each.getTitle(), title))
        .map(IBaseResource.class::cast)
        .toList();
  }

  /** The artifact and all that it needs, to be sent to a server as it is. */
  protected Bundle bundleOf(String id) {
    read(new IdType(type.getSimpleName(), id));
    Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    for (MetadataResource each : guideline.withDependencies(type.getSimpleName(), id)) {
      String reference = each.fhirType() + "/" + each.getIdElement().getIdPart();
      bundle
          .addEntry()
          .setFullUrl(each.getUrl())
          .setResource(each)
          .getRequest()
          .setMethod(Bundle.HTTPVerb.PUT)
          .setUrl(reference);
    }
    return bundle;
  }

  private static boolean startsWith(@Nullable String value, StringParam wanted) {
    return value != null
        && value.toLowerCase(Locale.ROOT).startsWith(wanted.getValue().toLowerCase(Locale.ROOT));
  }
}
