package no.marg.operations;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.chart.OtherPatientException;
import no.marg.engine.GuidelineEngine;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Parameters.ParametersParameterComponent;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.jspecify.annotations.Nullable;

/** The input of an operation, from the body or, for simple values, from the URL. */
final class Inputs {
  private static final String EVALUATION_DATE = "Evaluation Date";

  private final Parameters given;

  private Inputs(Parameters given) {
    this.given = given;
  }

  /**
   * Reads the input.
   *
   * @throws InvalidRequestException if the body is a resource other than Parameters
   */
  static Inputs of(@Nullable IBaseResource body, RequestDetails request) {
    if (body != null && !(body instanceof Parameters)) {
      throw new InvalidRequestException("The body must be a Parameters resource");
    }
    Parameters all = body == null ? new Parameters() : (Parameters) body;
    request
        .getParameters()
        .forEach(
            (name, values) -> {
              if (!name.startsWith("_")) {
                Stream.of(values).forEach(value -> all.addParameter(name, new StringType(value)));
              }
            });
    return new Inputs(all);
  }

  /**
   * The same, when no parameter has another name: data under a misspelt name would be a patient
   * without data.
   *
   * @throws InvalidRequestException that names the known parameters
   */
  Inputs onlyNamed(Set<String> known) {
    for (ParametersParameterComponent parameter : given.getParameter()) {
      if (parameter.getName() == null || !known.contains(parameter.getName())) {
        throw new InvalidRequestException(
            "A parameter has an unknown name; known are "
                + String.join(", ", new TreeSet<>(known)));
      }
    }
    return this;
  }

  /** The value of a parameter as text; null when it is not given. */
  @Nullable String text(String name) {
    return texts(name).stream().findFirst().orElse(null);
  }

  /** All values of a parameter as text. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (ParametersParameterComponent parameter : given.getParameter()) {
      if (name.equals(parameter.getName()) && parameter.getValue() != null) {
        Type value = parameter.getValue();
        String text = value instanceof Reference r ? r.getReference() : value.primitiveValue();
        if (text == null || text.isBlank()) {
          throw new InvalidRequestException("Parameter " + name + " has no usable value");
        }
        texts.add(text);
      }
    }
    return texts;
  }

  /** CQL parameters: what stands in {@code parameters}, without the evaluation date. */
  Parameters cqlParameters() {
    Parameters parameters = new Parameters();
    nested().stream()
        .filter(parameter -> !EVALUATION_DATE.equals(parameter.getName()))
        .forEach(parameters::addParameter);
    return parameters;
  }

  private List<ParametersParameterComponent> nested() {
    List<ParametersParameterComponent> nested = new ArrayList<>();
    for (ParametersParameterComponent parameter : given.getParameter()) {
      if ("parameters".equals(parameter.getName())) {
        if (!(parameter.getResource() instanceof Parameters inner)) {
          throw new InvalidRequestException("parameters must be a Parameters resource");
        }
        nested.addAll(inner.getParameter());
      }
    }
    return nested;
  }

  private LocalDate evaluationDate(Clock clock) {
    String text = text("evaluationDate");
    for (ParametersParameterComponent parameter : nested()) {
      if (EVALUATION_DATE.equals(parameter.getName()) && parameter.getValue() != null) {
        text = parameter.getValue().primitiveValue();
      }
    }
    if (text == null) {
      return LocalDate.now(clock);
    }
    try {
      return LocalDate.parse(text.length() > 10 ? text.substring(0, 10) : text);
    } catch (DateTimeParseException e) {
      throw new InvalidRequestException("The evaluation date must be a full date (YYYY-MM-DD)");
    }
  }

  private List<Resource> resources(String name) {
    List<Resource> resources = new ArrayList<>();
    for (ParametersParameterComponent parameter : given.getParameter()) {
      if (!name.equals(parameter.getName())) {
        continue;
      }
      Resource resource = parameter.getResource();
      if (!(resource instanceof Bundle bundle)) {
        throw new InvalidRequestException(name + " must be a Bundle");
      }
      bundle.getEntry().stream()
          .map(Bundle.BundleEntryComponent::getResource)
          .filter(each -> each != null)
          .forEach(resources::add);
    }
    return resources;
  }

  /** Logical id of the subject. */
  String patientId() {
    List<String> subjects = texts("subject");
    if (subjects.size() != 1) {
      throw new InvalidRequestException(
          subjects.isEmpty() ? "Parameter subject is missing" : "Give exactly one subject");
    }
    String subject = subjects.get(0);
    if (subject.startsWith("Patient/")) {
      subject = subject.substring("Patient/".length());
    }
    if (!subject.matches("[A-Za-z0-9\\-.]{1,64}")) {
      throw new InvalidRequestException("subject must be Patient/[id]");
    }
    return subject;
  }

  /**
   * The patient's chart, from {@code data} and {@code draftOrders}.
   *
   * @throws InvalidRequestException if the data hold a Patient but not this one
   */
  Chart chart(GuidelineEngine engine, Clock clock) {
    try {
      return engine.chart(
          new ChartReader.Source(
              patientId(),
              evaluationDate(clock),
              resources("data"),
              resources("draftOrders"),
              Set.copyOf(texts("unreadSource"))),
          ChartReader.OtherPatient.REPORT);
    } catch (OtherPatientException e) {
      throw new InvalidRequestException(String.valueOf(e.getMessage()));
    }
  }
}
