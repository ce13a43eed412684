package no.marg.operations;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import java.util.Map;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.instance.model.api.IBaseConformance;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestComponent;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestResourceComponent;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestResourceOperationComponent;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestResourceSearchParamComponent;
import org.hl7.fhir.r4.model.ContactPoint;

/** Completes what the server says about itself: who made it, what for, and how it is called. */
@Interceptor
public final class Capabilities {
  private static final String FHIR = "http://hl7.org/fhir/OperationDefinition/";
  private static final String CPG = "http://hl7.org/fhir/uv/cpg/OperationDefinition/cpg-";
  private static final String CRMI = "http://hl7.org/fhir/uv/crmi/OperationDefinition/crmi-";

  /** An operation: which definition it follows, and what it does here. */
  private record Described(String definition, String documentation) {}

  private static final Map<String, Described> OPERATIONS =
      Map.ofEntries(
          Map.entry(
              "PlanDefinition apply",
              new Described(
                  CPG + "plandefinition-apply",
                  "The CarePlan of a plan for one patient, with its RequestGroup and requests."
                      + " Patient data come in the parameter data (a Bundle). A regimen is asked"
                      + " for with CycleStart and CycleNumber in parameters.")),
          Map.entry(
              "PlanDefinition r5.apply",
              new Described(
                  FHIR + "PlanDefinition-apply|5.0.0",
                  "The same as a Bundle: the RequestGroup first, then its requests.")),
          Map.entry(
              "PlanDefinition data-requirements",
              new Described(
                  FHIR + "PlanDefinition-data-requirements",
                  "What the libraries of a plan read from a record.")),
          Map.entry(
              "PlanDefinition package",
              new Described(
                  CRMI + "package",
                  "A plan with all artifacts of ours that it needs, as a transaction Bundle.")),
          Map.entry(
              "ActivityDefinition apply",
              new Described(
                  FHIR + "ActivityDefinition-apply",
                  "The request that an activity describes, for one patient; 422 when a value that"
                      + " it needs is missing.")),
          Map.entry(
              "ActivityDefinition package",
              new Described(
                  CRMI + "package",
                  "An activity with all artifacts of ours that it needs, as a transaction"
                      + " Bundle.")),
          Map.entry(
              "Library evaluate",
              new Described(
                  CPG + "library-evaluate",
                  "One parameter for each definition named in expression. Unknown is a parameter"
                      + " with data-absent-reason, never a false.")),
          Map.entry(
              "Library data-requirements",
              new Described(
                  FHIR + "Library-data-requirements",
                  "What a library and those it includes read from a record.")),
          Map.entry(
              "Library package",
              new Described(
                  CRMI + "package",
                  "A library with all artifacts of ours that it needs, as a transaction Bundle.")),
          Map.entry(
              "Measure evaluate-measure",
              new Described(
                  FHIR + "Measure-evaluate-measure",
                  "The MeasureReport of a quality indicator, for one patient (subject) or for all"
                      + " patients in the parameter data (Bundles). Whom the record can not place is"
                      + " counted in populations of its own, never as not done.")),
          Map.entry(
              "Measure data-requirements",
              new Described(
                  FHIR + "Measure-data-requirements",
                  "What the library of a measure reads from a record.")),
          Map.entry(
              "Measure package",
              new Described(
                  CRMI + "package",
                  "A measure with all artifacts of ours that it needs, as a transaction Bundle.")),
          Map.entry(
              "ValueSet expand",
              new Described(FHIR + "ValueSet-expand", "The stored expansion of a value set.")),
          Map.entry(
              "ValueSet validate-code",
              new Described(
                  FHIR + "ValueSet-validate-code",
                  "Whether the stored expansion holds a code; code and system, or coding.")),
          Map.entry(
              "guideline-report",
              new Described(
                  Guideline.BASE + "/OperationDefinition/mm-guideline-report",
                  "The verdict on every statement of the guideline for one patient, with missing"
                      + " facts and evidence, and what of the record was not used.")));

  private static final Map<String, String> SEARCH =
      Map.of(
          "_id", "Exactly this id",
          "url", "Exactly this canonical URL, without version",
          "version", "Exactly this version",
          "name", "The name begins with this, in upper or lower case",
          "title", "The Norwegian title begins with this, in upper or lower case");

  private final String version;

  Capabilities(String version) {
    this.version = version;
  }

  /** Called by the server when it has made its statement. */
  @Hook(Pointcut.SERVER_CAPABILITY_STATEMENT_GENERATED)
  public void complete(IBaseConformance made) {
    CapabilityStatement statement = (CapabilityStatement) made;
    statement.setName("Marg").setTitle("Marg: decision support for multiple myeloma");
    statement.setVersion(version).setPublisher("Marg");
    statement
        .addContact()
        .setName("Marg")
        .addTelecom()
        .setSystem(ContactPoint.ContactPointSystem.URL)
        .setValue("https://marg-cds.github.io");
    statement.addJurisdiction().addCoding().setSystem("urn:iso:std:iso:3166").setCode("NO");
    statement.setDescription(
        "The Norwegian guideline for multiple myeloma, version 1.3 (February 2026), as knowledge"
            + " artifacts and operations on one patient's data, or for quality indicators on those of"
            + " a population. Advice to professionals. Not for"
            + " clinical use until a health authority or hospital has approved it. No patient data"
            + " are stored.");
    statement.getRest().forEach(Capabilities::complete);
  }

  private static void complete(CapabilityStatementRestComponent rest) {
    rest.setDocumentation(
        "Artifacts can be read and searched, not changed. Operations take patient data in the"
            + " call.");
    for (CapabilityStatementRestResourceComponent resource : rest.getResource()) {
      // Nothing can be included.
      resource.getSearchInclude().clear();
      for (CapabilityStatementRestResourceSearchParamComponent parameter :
          resource.getSearchParam()) {
        String meaning = SEARCH.get(parameter.getName());
        if (meaning != null) {
          parameter.setDocumentation(meaning);
        }
      }
      resource.getOperation().forEach(each -> describe(resource.getType() + " ", each));
    }
    rest.getOperation().forEach(each -> describe("", each));
  }

  private static void describe(
      String type, CapabilityStatementRestResourceOperationComponent operation) {
    Described described = OPERATIONS.get(type + operation.getName());
    if (described != null) {
      operation.setDefinition(described.definition()).setDocumentation(described.documentation());
    }
  }
}
