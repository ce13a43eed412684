package no.marg.demo;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Enumeration;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.Property;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;

/**
 * A resource of a record with what a search asks about it.
 *
 * @param resource the resource; shared by all requests and never changed
 * @param id logical id
 * @param patient logical id of its patient
 * @param tokens search parameter to the values it matches: bare codes and {@code system|code}
 * @param date what {@code _sort} orders by; {@link Instant#MIN} when the resource has no date
 */
record DemoEntry(
    Resource resource, String id, String patient, Map<String, Set<String>> tokens, Instant date) {

  /** Token search parameters and the elements they look at. */
  static final Map<String, List<String>> TOKENS =
      Map.of(
          "code", List.of("code", "medication", "vaccineCode"),
          "category", List.of("category"),
          "status", List.of("status"),
          "clinical-status", List.of("clinicalStatus"));

  private static final List<String> DATES =
      List.of(
          "effective",
          "authoredOn",
          "performed",
          "occurrence",
          "recordedDate",
          "onset",
          "period",
          "issued",
          "date",
          "birthDate");

  static DemoEntry of(Resource resource) {
    Map<String, Set<String>> tokens = new HashMap<>();
    TOKENS.forEach(
        (parameter, elements) -> {
          Set<String> values = new HashSet<>();
          elements.stream().flatMap(name -> children(resource, name)).forEach(e -> add(e, values));
          tokens.put(parameter, values);
        });
    String id = resource.getIdElement().getIdPart();
    String patient =
        Stream.of("subject", "patient")
            .flatMap(name -> children(resource, name))
            .filter(Reference.class::isInstance)
            .map(reference -> ((Reference) reference).getReferenceElement().getIdPart())
            .findFirst()
            .orElse(id);
    Instant date =
        DATES.stream()
            .flatMap(name -> children(resource, name))
            .flatMap(value -> point(value).stream())
            .findFirst()
            .orElse(Instant.MIN);
    return new DemoEntry(resource, id, patient, Map.copyOf(tokens), date);
  }

  private static Stream<Base> children(Resource resource, String name) {
    Property property = resource.getNamedProperty(name);
    return property == null ? Stream.empty() : property.getValues().stream();
  }

  private static void add(Base element, Set<String> values) {
    if (element instanceof CodeableConcept concept) {
      for (Coding coding : concept.getCoding()) {
        values.add(coding.getCode());
        if (coding.hasSystem()) {
          values.add(coding.getSystem() + "|" + coding.getCode());
        }
      }
    } else if (element instanceof Enumeration<?> value) {
      values.add(value.getCode());
    }
  }

  /** The instant, or the start of the first day the date can mean. */
  private static Optional<Instant> point(Base value) {
    if (value instanceof Period period) {
      return point(period.getStartElement());
    }
    if (!(value instanceof BaseDateTimeType date) || date.getValue() == null) {
      return Optional.empty();
    }
    String text = date.getValueAsString();
    return Optional.of(
        switch (text.length()) {
          case 4 -> day(text + "-01-01");
          case 7 -> day(text + "-01");
          case 10 -> day(text);
          default -> date.getValue().toInstant();
        });
  }

  private static Instant day(String text) {
    return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
