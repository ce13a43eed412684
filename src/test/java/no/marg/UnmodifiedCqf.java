package no.marg;

import java.util.stream.Stream;
import no.marg.chart.Chart;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.opencds.cqf.fhir.cql.EvaluationSettings;
import org.opencds.cqf.fhir.cql.LibraryEngine;
import org.opencds.cqf.fhir.cql.engine.retrieve.RetrieveSettings.SEARCH_FILTER_MODE;
import org.opencds.cqf.fhir.cql.engine.retrieve.RetrieveSettings.TERMINOLOGY_FILTER_MODE;
import org.opencds.cqf.fhir.cql.engine.terminology.TerminologySettings.VALUESET_EXPANSION_MODE;
import org.opencds.cqf.fhir.cql.engine.terminology.TerminologySettings.VALUESET_MEMBERSHIP_MODE;
import org.opencds.cqf.fhir.cr.CrSettings;
import org.opencds.cqf.fhir.cr.plandefinition.PlanDefinitionProcessor;
import org.opencds.cqf.fhir.utility.monad.Eithers;
import org.opencds.cqf.fhir.utility.repository.InMemoryFhirRepository;

/** cqf's {@code $apply} as it is: translates the CQL and evaluates each expression by itself. */
public final class UnmodifiedCqf {
  /** Settings under which cqf needs no terminology server. */
  public static final CrSettings SETTINGS = settings();

  private UnmodifiedCqf() {}

  private static CrSettings settings() {
    EvaluationSettings evaluation = EvaluationSettings.getDefault();
    evaluation
        .getTerminologySettings()
        .setValuesetExpansionMode(VALUESET_EXPANSION_MODE.PERFORM_NAIVE_EXPANSION)
        .setValuesetMembershipMode(VALUESET_MEMBERSHIP_MODE.USE_EXPANSION);
    evaluation
        .getRetrieveSettings()
        .setSearchParameterMode(SEARCH_FILTER_MODE.FILTER_IN_MEMORY)
        .setTerminologyParameterMode(TERMINOLOGY_FILTER_MODE.FILTER_IN_MEMORY);
    return CrSettings.getDefault().withEvaluationSettings(evaluation);
  }

  /** The guideline's artifacts as cqf's repository wants them; made once for many applications. */
  public static InMemoryFhirRepository repository() {
    Bundle artifacts = new Bundle();
    Stream.of("PlanDefinition", "ActivityDefinition", "Library", "ValueSet", "CodeSystem")
        .flatMap(type -> TestGuideline.GUIDELINE.all(type).stream())
        .forEach(artifact -> artifacts.addEntry().setResource(artifact));
    return new InMemoryFhirRepository(TestGuideline.FHIR, artifacts);
  }

  /** Applies a plan to what the chart counts. */
  public static CarePlan apply(
      InMemoryFhirRepository repository, String plan, Chart chart, Parameters parameters) {
    return apply(repository, plan, chart, chart.asBundle(), parameters);
  }

  /** Applies a plan to the data given. */
  public static CarePlan apply(
      InMemoryFhirRepository repository,
      String plan,
      Chart chart,
      Bundle data,
      Parameters parameters) {
    Parameters all = parameters == null ? new Parameters() : parameters.copy();
    all.addParameter()
        .setName("Evaluation Date")
        .setValue(new DateType(chart.evaluationDate().toString()));
    return (CarePlan)
        new PlanDefinitionProcessor(repository, SETTINGS)
            .apply(
                Eithers.<CanonicalType, IIdType, PlanDefinition>forRight3(
                    TestGuideline.GUIDELINE.plan(plan)),
                "Patient/" + chart.patientId(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                all,
                data,
                null,
                new LibraryEngine(repository, SETTINGS.getEvaluationSettings()));
  }
}
