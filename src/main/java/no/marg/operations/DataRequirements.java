package no.marg.operations;

import java.util.List;
import java.util.TreeSet;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Retrieves;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DataRequirement;
import org.hl7.fhir.r4.model.Enumerations;
import org.hl7.fhir.r4.model.Library;

/** What libraries read from a record, as a module-definition Library. */
final class DataRequirements {
  private final Retrieves retrieves;
  private final Guideline guideline;

  DataRequirements(Retrieves retrieves, Guideline guideline) {
    this.retrieves = retrieves;
    this.guideline = guideline;
  }

  /**
   * What the definitions that an artifact names rest on.
   *
   * @param artifact {@code Type/id}
   */
  Library of(String artifact) {
    return of(guideline.neededFor(artifact).stream().map(Definition::library).distinct().toList());
  }

  /** What libraries and those they include read. */
  Library of(List<String> libraries) {
    Library module = new Library();
    module.setStatus(Enumerations.PublicationStatus.ACTIVE);
    module.setType(
        new CodeableConcept()
            .addCoding(
                new Coding(
                    "http://terminology.hl7.org/CodeSystem/library-type",
                    "module-definition",
                    null)));
    TreeSet<Retrieves.Retrieve> all = new TreeSet<>();
    libraries.forEach(library -> all.addAll(retrieves.of(library)));
    for (Retrieves.Retrieve retrieve : all) {
      DataRequirement requirement = new DataRequirement().setType(retrieve.type());
      if (!retrieve.valueSet().isEmpty()) {
        requirement.addCodeFilter().setPath(retrieve.path()).setValueSet(retrieve.valueSet());
      } else if (!retrieve.code().isEmpty()) {
        requirement
            .addCodeFilter()
            .setPath(retrieve.path())
            .addCode(new Coding(Guideline.FACTS, retrieve.code(), null));
      }
      module.addDataRequirement(requirement);
    }
    return module;
  }
}
