package no.marg.engine;

import ca.uhn.fhir.repository.IRepository;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.Definition;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseParameters;
import org.hl7.fhir.r4.model.Base;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.fhir.cql.EvaluationSettings;
import org.opencds.cqf.fhir.cql.LibraryEngine;
import org.opencds.cqf.fhir.utility.CqfExpression;

/** Gives cqf's {@code $apply} the answers of the one evaluation, instead of evaluating again. */
final class AnsweringLibraryEngine extends LibraryEngine {
  private final Evaluation evaluation;
  private final FhirValues values;

  AnsweringLibraryEngine(
      IRepository repository,
      EvaluationSettings settings,
      Evaluation evaluation,
      FhirValues values) {
    super(repository, settings);
    this.evaluation = evaluation;
    this.values = values;
  }

  @Override
  public @Nullable List<IBase> resolveExpression(
      String patientId,
      CqfExpression expression,
      @Nullable IBaseParameters parameters,
      @Nullable Map<String, Object> rawParameters,
      @Nullable IBaseBundle bundle,
      @Nullable IBase contextParameter,
      @Nullable IBase resourceParameter) {
    Definition definition =
        new Definition(References.library(expression.getLibraryUrl()), expression.getExpression());
    Answer answer = evaluation.answer(definition);
    if (answer instanceof Answer.Failure) {
      throw new IllegalStateException(definition.name() + " could not be evaluated");
    }
    Object value = answer.orNull();
    if (value == null) {
      return null;
    }
    List<IBase> found = new ArrayList<>();
    if (value instanceof Iterable<?> list) {
      list.forEach(element -> add(element, found));
    } else {
      add(value, found);
    }
    return found.isEmpty() ? null : found;
  }

  private void add(@Nullable Object value, List<IBase> found) {
    if (value instanceof Base resource) {
      // The result belongs to this evaluation; what is built from it is changed afterwards.
      found.add(resource.copy());
    } else if (value != null) {
      found.add(values.toFhir(value));
    }
  }
}
