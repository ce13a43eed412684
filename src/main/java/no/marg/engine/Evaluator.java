package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import no.marg.chart.Chart;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import org.cqframework.cql.cql2elm.CqlCompilerOptions;
import org.cqframework.cql.cql2elm.LibraryManager;
import org.cqframework.cql.cql2elm.ModelManager;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.data.CompositeDataProvider;
import org.opencds.cqf.cql.engine.data.DataProvider;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.execution.Environment;
import org.opencds.cqf.cql.engine.execution.EvaluationParams;
import org.opencds.cqf.cql.engine.execution.ExpressionResult;
import org.opencds.cqf.cql.engine.retrieve.RetrieveProvider;
import org.opencds.cqf.cql.engine.runtime.Code;
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.runtime.Interval;
import org.opencds.cqf.cql.engine.terminology.TerminologyProvider;

/**
 * Evaluates CQL with the CQL engine's operators over prepared libraries (decision 3). Holds what
 * all patients share; each patient gets an {@link Evaluation}.
 */
final class Evaluator {
  private static final String FHIR_MODEL = "http://hl7.org/fhir";

  private final Guideline guideline;
  private final LibraryManager libraries;
  private final ChartModelResolver resolver;
  private final TerminologyProvider terminology;
  private final PreparedCql cql;
  private final ZoneId zone;
  private final Map<String, Object> siteSettings;
  private final EmptyRecords emptyRecords = new EmptyRecords(this::emptyRecord);

  /**
   * An evaluator.
   *
   * @param siteSettings CQL parameters that hold for all patients
   */
  Evaluator(Guideline guideline, FhirContext fhir, ZoneId zone, Map<String, Object> siteSettings) {
    this.guideline = guideline;
    this.siteSettings = siteSettings;
    this.libraries =
        new LibraryManager(
            new ModelManager(),
            CqlCompilerOptions.defaultOptions(),
            guideline.libraries().compiled());
    this.resolver = ChartModelResolver.of(fhir);
    this.terminology = new StoredTerminology(guideline.terminology());
    this.zone = zone;
    this.cql = new PreparedCql(guideline.libraries().linked(), environment(Evaluator::nothing));
  }

  /** Preparing reads types only, and the empty record is empty. */
  private static Iterable<Object> nothing(
      @Nullable String context,
      @Nullable String contextPath,
      @Nullable Object contextValue,
      String dataType,
      @Nullable String templateId,
      @Nullable String codePath,
      @Nullable Iterable<Code> codes,
      @Nullable String valueSet,
      @Nullable String datePath,
      @Nullable String dateLowPath,
      @Nullable String dateHighPath,
      @Nullable Interval dateRange) {
    return List.of();
  }

  /**
   * Starts an evaluation.
   *
   * @param further CQL parameters of this call; they win over the site's settings
   */
  Evaluation start(Chart chart, Map<String, Object> further) {
    return new Evaluation(chart, further);
  }

  private Map<String, Object> parameters(
      Map<String, Object> further, LocalDate date, Set<String> unreadSources) {
    Map<String, Object> all = new HashMap<>(siteSettings);
    all.putAll(further);
    all.put("Evaluation Date", new Date(date));
    all.put("Unread Sources", List.copyOf(unreadSources));
    return all;
  }

  private EmptyRecord emptyRecord(EmptyRecords.Day day) {
    return new EmptyRecord(
        newEngine(Evaluator::nothing, day.date()),
        resolver,
        parameters(Map.of(), day.date(), day.unreadSources()),
        cql);
  }

  /**
   * What is wrong with the CQL parameters of a call. One of another name would not be read, and the
   * answer be that of a call without it; names of the guideline only are told, never those sent.
   */
  List<String> errors(Map<String, Object> parameters) {
    Set<String> errors = new TreeSet<>();
    parameters.forEach(
        (name, value) -> {
          Class<?> type = cql.typeOfParameter(name);
          if (type == null) {
            errors.add(
                "A name in parameters is unknown; a cycle is asked for with CycleStart, CycleNumber"
                    + " and Phase, the day with Evaluation Date");
          } else if (value != null && !type.isInstance(value)) {
            errors.add(
                name + " must be one value of type " + type.getSimpleName().replace("Big", ""));
          }
        });
    return List.copyOf(errors);
  }

  /** The definitions that run as slowly as the engine does, each with the reason. */
  Map<String, String> leftToTheEngine() {
    return cql.leftToTheEngine();
  }

  /** The definition made ready to run; null when there is none of that name. */
  @Nullable PreparedDefinition find(Definition definition) {
    return cql.find(definition);
  }

  private ZonedDateTime moment(LocalDate day) {
    return day.atTime(12, 0).atZone(zone);
  }

  /**
   * The answers for one patient. Definitions asked for later are added to the same run, so that
   * each is evaluated once. A definition that fails does not take the others with it.
   */
  final class Evaluation {
    private final Chart chart;
    private final Map<String, Object> further;
    private final Map<String, Object> parameters;
    private final Run run;

    private Evaluation(Chart chart, Map<String, Object> further) {
      this.chart = chart;
      this.further = further;
      this.parameters = parameters(further, chart.evaluationDate(), chart.unreadSources());
      Held held = new Held(new ChartRetriever(chart), further.keySet(), cql.readings());
      EmptyRecord emptyRecord = emptyRecords.of(chart.evaluationDate(), chart.unreadSources());
      this.run = newRun(definition -> emptyRecord.answer(definition, held));
    }

    private Run newRun(Function<PreparedDefinition, @Nullable Object> shared) {
      ChartRetriever records = new ChartRetriever(chart);
      return new PatientRun(
          newEngine(records, chart.evaluationDate()),
          resolver,
          parameters,
          cql.size(),
          records,
          shared,
          this::byTheEngine);
    }

    Chart chart() {
      return chart;
    }

    /** The same patient with further parameters. */
    Evaluation with(Map<String, Object> more) {
      Map<String, Object> all = new HashMap<>(further);
      all.putAll(more);
      return start(chart, all);
    }

    /** The answer to a definition, evaluated now if it was not asked for before. */
    Answer answer(Definition definition) {
      return answer(definition, find(definition));
    }

    /** The answer to a definition that was looked up before. */
    Answer answer(Definition definition, @Nullable PreparedDefinition prepared) {
      return answer(run, definition, prepared);
    }

    /** Answers evaluated for this patient alone, as a second opinion in tests. */
    Function<Definition, Answer> alone() {
      Run alone = newRun(definition -> null);
      return definition -> answer(alone, definition, find(definition));
    }

    private static Answer answer(
        Run run, Definition definition, @Nullable PreparedDefinition prepared) {
      if (prepared == null) {
        return new Answer.Failure("There is no " + definition);
      }
      try {
        return new Answer.Value(run.value(prepared));
      } catch (RuntimeException e) {
        return new Answer.Failure(String.valueOf(e.getMessage()));
      }
    }

    /**
     * A definition by the engine alone: for what is not prepared, and as a second opinion in tests.
     * In a fresh engine, since a failure leaves its state in doubt.
     */
    @Nullable Object byTheEngine(Definition definition) {
      var results =
          newEngine(new ChartRetriever(chart), chart.evaluationDate()).evaluate(params(definition));
      for (RuntimeException exception : results.getExceptions().values()) {
        throw exception;
      }
      ExpressionResult value = results.getOnlyResultOrThrow().get(definition.name());
      return value == null ? null : value.getValue();
    }

    private EvaluationParams params(Definition definition) {
      EvaluationParams.Builder builder = new EvaluationParams.Builder();
      builder.setContextParameter(new kotlin.Pair<>("Patient", chart.patientId()));
      builder.setParameters(parameters);
      builder.setEvaluationDateTime(moment(chart.evaluationDate()));
      builder.library(
          guideline.libraries().identifier(definition.library()),
          params -> {
            params.expressions(Set.of(definition.name()));
            return kotlin.Unit.INSTANCE;
          });
      return builder.build();
    }
  }

  private CqlEngine newEngine(RetrieveProvider records, LocalDate day) {
    CqlEngine engine =
        new CqlEngine(environment(records), EnumSet.of(CqlEngine.Options.EnableExpressionCaching));
    engine.getState().setEvaluationDateTime(moment(day));
    return engine;
  }

  private Environment environment(RetrieveProvider records) {
    Map<String, DataProvider> data = new HashMap<>();
    data.put(FHIR_MODEL, new CompositeDataProvider(resolver, records));
    return new Environment(libraries, data, terminology);
  }
}
