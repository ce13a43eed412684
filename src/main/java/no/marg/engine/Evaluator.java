package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.terminology.TerminologyProvider;

/** Runs the CQL engine. Holds what all patients share; each patient gets an {@link Evaluation}. */
final class Evaluator {
  private static final String FHIR_MODEL = "http://hl7.org/fhir";

  private final Guideline guideline;
  private final LibraryManager libraries;
  private final ChartModelResolver resolver;
  private final TerminologyProvider terminology;
  private final ZoneId zone;

  Evaluator(Guideline guideline, FhirContext fhir, ZoneId zone) {
    this.guideline = guideline;
    this.libraries =
        new LibraryManager(
            new ModelManager(),
            CqlCompilerOptions.defaultOptions(),
            guideline.libraries().compiled());
    this.resolver = new ChartModelResolver(fhir);
    this.terminology = new StoredTerminology(guideline.terminology());
    this.zone = zone;
  }

  Evaluation start(Chart chart, Map<String, Object> parameters) {
    Map<String, Object> all = new HashMap<>(parameters);
    all.put("Evaluation Date", new Date(chart.evaluationDate()));
    all.put("Unread Sources", List.copyOf(chart.unreadSources()));
    return new Evaluation(chart, all);
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
    private final Map<String, Object> parameters;
    private final Map<Definition, Answer> answers = new HashMap<>();
    private @Nullable CqlEngine engine;
    private boolean failed;

    private Evaluation(Chart chart, Map<String, Object> parameters) {
      this.chart = chart;
      this.parameters = parameters;
    }

    Chart chart() {
      return chart;
    }

    /** Evaluates what was not yet asked for. */
    void ask(Collection<Definition> definitions) {
      Map<String, Set<String>> open = new LinkedHashMap<>();
      for (Definition definition : definitions) {
        if (!answers.containsKey(definition)) {
          open.computeIfAbsent(definition.library(), key -> new LinkedHashSet<>())
              .add(definition.name());
        }
      }
      if (open.isEmpty()) {
        return;
      }
      if (failed || !together(open)) {
        // After a failure the engine's state is not to be trusted: a fresh one for each definition.
        failed = true;
        open.forEach(
            (library, names) ->
                names.forEach(
                    name -> answers.computeIfAbsent(new Definition(library, name), this::alone)));
      }
    }

    /** The answer to a definition, evaluated now if it was not asked for before. */
    Answer answer(Definition definition) {
      Answer known = answers.get(definition);
      if (known != null) {
        return known;
      }
      ask(List.of(definition));
      return answers.getOrDefault(definition, new Answer.Failure("not evaluated"));
    }

    private boolean together(Map<String, Set<String>> open) {
      CqlEngine running = engine;
      boolean first = running == null;
      if (running == null) {
        running = newEngine();
        engine = running;
      }
      Map<Definition, Answer> found = new HashMap<>();
      try {
        var results = running.evaluate(params(open, first));
        if (!results.getExceptions().isEmpty()) {
          return false;
        }
        for (var entry : results.getResults().entrySet()) {
          Map<String, ExpressionResult> values = entry.getValue().getExpressionResults();
          values.forEach(
              (name, result) ->
                  found.put(
                      new Definition(String.valueOf(entry.getKey().getId()), name),
                      new Answer.Value(result.getValue())));
        }
      } catch (RuntimeException e) {
        return false;
      }
      answers.putAll(found);
      return true;
    }

    private Answer alone(Definition definition) {
      try {
        var results =
            newEngine()
                .evaluate(params(Map.of(definition.library(), Set.of(definition.name())), true));
        for (RuntimeException exception : results.getExceptions().values()) {
          return new Answer.Failure(String.valueOf(exception.getMessage()));
        }
        for (var result : results.getResults().values()) {
          ExpressionResult value = result.get(definition.name());
          if (value != null) {
            return new Answer.Value(value.getValue());
          }
        }
        return new Answer.Failure("gave no result");
      } catch (RuntimeException e) {
        return new Answer.Failure(String.valueOf(e.getMessage()));
      }
    }

    private EvaluationParams params(Map<String, Set<String>> open, boolean first) {
      EvaluationParams.Builder builder = new EvaluationParams.Builder();
      if (first) {
        // Setting the patient again would drop what was already evaluated.
        builder.setContextParameter(new kotlin.Pair<>("Patient", chart.patientId()));
      }
      builder.setParameters(parameters);
      builder.setEvaluationDateTime(moment(chart.evaluationDate()));
      open.forEach(
          (library, names) ->
              builder.library(
                  guideline.libraries().identifier(library),
                  params -> {
                    params.expressions(names);
                    return kotlin.Unit.INSTANCE;
                  }));
      return builder.build();
    }

    private CqlEngine newEngine() {
      Map<String, DataProvider> data = new HashMap<>();
      data.put(FHIR_MODEL, new CompositeDataProvider(resolver, new ChartRetriever(chart)));
      CqlEngine made =
          new CqlEngine(
              new Environment(libraries, data, terminology),
              EnumSet.of(CqlEngine.Options.EnableExpressionCaching));
      UntrackedResources.turnOff(made);
      return made;
    }
  }
}
