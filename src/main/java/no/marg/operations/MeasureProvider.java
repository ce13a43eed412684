package no.marg.operations;

import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Definition;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.MeasureReport;
import org.hl7.fhir.r4.model.MeasureReport.MeasureReportType;
import org.hl7.fhir.r4.model.Parameters;
import org.jspecify.annotations.Nullable;

/** Quality indicators and their operations. */
final class MeasureProvider extends KnowledgeProvider {
  private static final Set<String> PARAMETERS =
      Set.of(
          "periodStart",
          "periodEnd",
          "reportType",
          "subject",
          "data",
          "unreadSource",
          "evaluationDate",
          "parameters");

  private final GuidelineEngine engine;
  private final Clock clock;
  private final DataRequirements requirements;

  MeasureProvider(GuidelineEngine engine, Clock clock, DataRequirements requirements) {
    super(engine.guideline(), Measure.class);
    this.engine = engine;
    this.clock = clock;
    this.requirements = requirements;
  }

  /** {@code Measure/[id]/$evaluate-measure}: the report for one patient, or for all in the data. */
  @Operation(name = "$evaluate-measure", idempotent = true)
  public MeasureReport evaluate(
      @IdParam IdType id, @ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Measure measure = (Measure) read(id);
    Inputs inputs = Inputs.of(body, request).onlyNamed(PARAMETERS);
    ReportPeriod period = ReportPeriod.of(inputs, LocalDate.now(clock));
    boolean isOfOne = !inputs.texts("subject").isEmpty();
    MeasureReportType type = type(inputs.text("reportType"), isOfOne);
    Stream<Chart> charts =
        isOfOne
            ? Stream.of(inputs.chart(engine, period.evaluated()))
            : inputs.charts(engine, period.evaluated());
    List<Definition> definitions = guideline.neededFor("Measure/" + id.getIdPart());
    Parameters parameters = inputs.cqlParameters();
    MeasureCount count = new MeasureCount(measure, definitions.get(0).library());
    // One patient after the other: a whole population need not stand in memory as charts.
    charts.forEach(
        chart -> count.add(chart.patientId(), engine.truths(definitions, chart, parameters)));
    return count.report(type, period, LocalDate.now(clock));
  }

  /** {@code Measure/[id]/$data-requirements}: what its library reads. */
  @Operation(name = "$data-requirements", idempotent = true)
  public IBaseResource dataRequirements(@IdParam IdType id) {
    read(id);
    return requirements.of("Measure/" + id.getIdPart());
  }

  /** {@code Measure/[id]/$package}: it with all that it needs. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packaged(@IdParam IdType id) {
    return bundleOf(id.getIdPart());
  }

  /** {@code Measure/$package} with {@code url}. */
  @Operation(name = "$package", idempotent = true)
  public Bundle packagedByUrl(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    return bundleOf(Artifact.id(guideline, "Measure", Inputs.of(body, request)));
  }

  /** The codes of the operation in R4, and those that the report itself uses for the same. */
  private static MeasureReportType type(@Nullable String given, boolean isOfOne) {
    MeasureReportType type =
        switch (given == null ? (isOfOne ? "subject" : "population") : given) {
          case "subject", "individual" -> MeasureReportType.INDIVIDUAL;
          case "population", "summary" -> MeasureReportType.SUMMARY;
          case "subject-list" -> MeasureReportType.SUBJECTLIST;
          default ->
              throw new InvalidRequestException(
                  "reportType must be subject, subject-list or population");
        };
    if (type == MeasureReportType.INDIVIDUAL && !isOfOne) {
      throw new InvalidRequestException("A report of type subject needs the parameter subject");
    }
    return type;
  }
}
