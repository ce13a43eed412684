package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.StringType;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.EvaluationExpressionRef;
import org.opencds.cqf.cql.engine.execution.EvaluationResult;
import org.opencds.cqf.cql.engine.execution.ExpressionResult;
import org.opencds.cqf.fhir.cql.Engines;
import org.opencds.cqf.fhir.cql.engine.parameters.CqlFhirParametersConverter;

/** Values of CQL as FHIR and back, the way cqf converts them. */
final class FhirValues {
  private final CqlFhirParametersConverter converter;

  FhirValues(FhirContext fhir) {
    this.converter = Engines.getCqlFhirParametersConverter(fhir);
  }

  /**
   * Parameters of an operation as CQL parameters; empty without any.
   *
   * @throws UnusableInputException if one can not be read
   */
  Map<String, Object> toCql(@Nullable Parameters parameters) {
    if (parameters == null || parameters.getParameter().isEmpty()) {
      return Map.of();
    }
    try {
      return new HashMap<>(converter.toCqlParameters(parameters));
    } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
      // A name twice without a type, a value that is none: the converter does not say which.
      throw new UnusableInputException(List.of("A CQL parameter can not be read"));
    }
  }

  /**
   * Results as a Parameters resource: unknown is a value with {@code data-absent-reason}, an empty
   * list a value with {@code cqf-isEmptyList}, a list repeats the parameter.
   */
  Parameters toParameters(Map<String, @Nullable Object> results) {
    Parameters parameters = new Parameters();
    results.forEach(
        (name, value) -> {
          EvaluationResult result = new EvaluationResult();
          result.set(new EvaluationExpressionRef(name), new ExpressionResult(value, null));
          Parameters one = (Parameters) converter.toFhirParameters(result);
          one.getParameter().forEach(parameters::addParameter);
        });
    return parameters;
  }

  IBase toFhir(Object value) {
    if (value instanceof Boolean yes) {
      return new BooleanType(yes);
    }
    if (value instanceof String text) {
      return new StringType(text);
    }
    return toParameters(Map.of("value", value)).getParameterFirstRep().getValue();
  }
}
