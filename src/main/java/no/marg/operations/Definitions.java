package no.marg.operations;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.rest.server.provider.ServerCapabilityStatementProvider;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/** Gives our own definitions of operations; the server's library would make some up. */
final class Definitions extends ServerCapabilityStatementProvider {
  private final Guideline guideline;

  Definitions(RestfulServer server, Guideline guideline) {
    super(server);
    this.guideline = guideline;
  }

  @Override
  public IBaseResource readOperationDefinition(IIdType id, RequestDetails request) {
    return guideline
        .find("OperationDefinition", id.getIdPart())
        .map(IBaseResource.class::cast)
        .orElseThrow(() -> new ResourceNotFoundException("There is no such OperationDefinition"));
  }
}
