package no.marg.operations;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import java.time.Clock;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  /**
   * What {@code $apply} reads, and the parameters of FHIR's own definition that change nothing
   * here. Those that bring data in another way (prefetchData, dataEndpoint) are refused.
   */
  static final Set<String> OF_APPLY =
      Set.of(
          "subject",
          "data",
          "draftOrders",
          "unreadSource",
          "evaluationDate",
          "parameters",
          "url",
          "version",
          "encounter",
          "practitioner",
          "organization",
          "userType",
          "userLanguage",
          "userTaskContext",
          "setting",
          "settingContext",
          "useServerData");

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
    LocalDate given = givenEvaluationDate();
    return given == null ? LocalDate.now(clock) : given;
  }

  /** The evaluation date; null when the call names none. */
  @Nullable LocalDate givenEvaluationDate() {
    String text = text("evaluationDate");
    for (ParametersParameterComponent parameter : nested()) {
      if (EVALUATION_DATE.equals(parameter.getName()) && parameter.getValue() != null) {
        text = parameter.getValue().primitiveValue();
      }
    }
    if (text == null) {
      return null;
    }
    try {
      return LocalDate.parse(text.length() > 10 ? text.substring(0, 10) : text);
    } catch (DateTimeParseException e) {
      throw new InvalidRequestException("The evaluation date must be a full date (YYYY-MM-DD)");
    }
  }

  private List<Resource> resources(String name) {
    return bundles(name).stream().flatMap(List::stream).toList();
  }

  /** The resources of each Bundle of that name. */
  private List<List<Resource>> bundles(String name) {
    List<List<Resource>> bundles = new ArrayList<>();
    for (ParametersParameterComponent parameter : given.getParameter()) {
      if (!name.equals(parameter.getName())) {
        continue;
      }
      Resource resource = parameter.getResource();
      if (!(resource instanceof Bundle bundle)) {
        throw new InvalidRequestException(name + " must be a Bundle");
      }
      bundles.add(
          bundle.getEntry().stream()
              .map(Bundle.BundleEntryComponent::getResource)
              .filter(each -> each != null)
              .toList());
    }
    return bundles;
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
    return chart(engine, evaluationDate(clock));
  }

  /** The same on a day. */
  Chart chart(GuidelineEngine engine, LocalDate day) {
    return chart(engine, patientId(), day, resources("data"), resources("draftOrders"));
  }

  /**
   * The charts of all patients in {@code data}, each made when it is asked for. A Bundle may hold
   * the records of several patients; a patient stands in one Bundle, since another may use the same
   * id for somebody else.
   *
   * @throws InvalidRequestException if there is no patient, one stands in two Bundles, or something
   *     is of a patient who is not there
   */
  Stream<Chart> charts(GuidelineEngine engine, LocalDate day) {
    Map<String, List<Resource>> records = new LinkedHashMap<>();
    for (List<Resource> bundle : bundles("data")) {
      try {
        ChartReader.byPatient(bundle)
            .forEach(
                (id, record) -> {
                  if (records.put(id, record) != null) {
                    throw new InvalidRequestException("A patient stands in two Bundles of data");
                  }
                });
      } catch (OtherPatientException e) {
        throw new InvalidRequestException(String.valueOf(e.getMessage()));
      }
    }
    if (records.isEmpty()) {
      throw new InvalidRequestException("Parameter data holds no Patient, and subject is missing");
    }
    return records.entrySet().stream()
        .map(record -> chart(engine, record.getKey(), day, record.getValue(), List.of()));
  }

  /** A part that was not read, under a misspelt name, would be one that holds nothing. */
  private Set<String> unreadSources(GuidelineEngine engine) {
    Set<String> given = Set.copyOf(texts("unreadSource"));
    Set<String> known = new TreeSet<>();
    engine.guideline().services().values().forEach(each -> known.addAll(each.prefetch().keySet()));
    if (!known.containsAll(given)) {
      throw new InvalidRequestException(
          "unreadSource must be a prefetch key: " + String.join(", ", known));
    }
    return given;
  }

  private Chart chart(
      GuidelineEngine engine,
      String patientId,
      LocalDate day,
      List<Resource> data,
      List<Resource> drafts) {
    try {
      return engine.chart(
          new ChartReader.Source(patientId, day, data, drafts, unreadSources(engine)),
          ChartReader.OtherPatient.REPORT);
    } catch (OtherPatientException e) {
      throw new InvalidRequestException(String.valueOf(e.getMessage()));
    }
  }
}
