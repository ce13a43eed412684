package no.marg.operations;

import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import no.marg.knowledge.Guideline;

/** Finds the artifact that a type-level operation names. */
final class Artifact {
  private Artifact() {}

  /** Id of the artifact in parameter {@code url} (or {@code canonical}), version checked. */
  static String id(Guideline guideline, String type, Inputs inputs) {
    String url = inputs.text("url") != null ? inputs.text("url") : inputs.text("canonical");
    if (url == null) {
      throw new InvalidRequestException("Name the " + type + " by id or by parameter url");
    }
    return guideline
        .findByUrl(url)
        .filter(found -> found.fhirType().equals(type))
        .map(found -> found.getIdElement().getIdPart())
        .orElseThrow(() -> new ResourceNotFoundException("There is no " + type + " with that url"));
  }
}
