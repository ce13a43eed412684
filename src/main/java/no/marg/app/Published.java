package no.marg.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.engine.GuidelineEngine;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Parameters.ParametersParameterComponent;
import org.jspecify.annotations.Nullable;

/** Published results for one chart, evaluated in one run. */
final class Published {
  private final Map<String, List<ParametersParameterComponent>> rows;
  private final Set<String> unknown;
  private final String library;

  private Published(
      Map<String, List<ParametersParameterComponent>> rows, Set<String> unknown, String library) {
    this.rows = rows;
    this.unknown = unknown;
    this.library = library;
  }

  /** Reads what {@link GuidelineEngine#evaluate} gave. */
  static Published of(Parameters results) {
    Map<String, List<ParametersParameterComponent>> rows = new HashMap<>();
    Set<String> unknown = new HashSet<>();
    for (ParametersParameterComponent parameter : results.getParameter()) {
      String name = parameter.getName();
      List<ParametersParameterComponent> found =
          rows.computeIfAbsent(name, any -> new ArrayList<>());
      if (parameter.hasPart() || parameter.hasResource()) {
        found.add(parameter);
      } else if (parameter.getValue() == null || has(parameter, "data-absent-reason")) {
        unknown.add(name);
      } else if (!has(parameter, "cqf-isEmptyList")) {
        found.add(parameter);
      }
    }
    return new Published(rows, unknown, "");
  }

  /** The results of one library, by the names of its definitions. */
  Published in(String name) {
    return new Published(rows, unknown, name + ".");
  }

  private static boolean has(ParametersParameterComponent parameter, String extension) {
    return parameter.getValue().getExtension().stream()
        .anyMatch(each -> each.getUrl().endsWith(extension));
  }

  /** Whether the record can say; an empty list is known. */
  boolean isKnown(String name) {
    return !unknown.contains(library + name) && rows.containsKey(library + name);
  }

  /** The value as text; null when it can not be known. */
  @Nullable String text(String name) {
    return texts(name).stream().findFirst().orElse(null);
  }

  /** The values of a list. */
  List<String> texts(String name) {
    return rows.getOrDefault(library + name, List.of()).stream()
        .filter(row -> row.getValue() != null && row.getValue().primitiveValue() != null)
        .map(row -> row.getValue().primitiveValue())
        .toList();
  }

  /** Yes, no, or null. */
  @Nullable Boolean yes(String name) {
    String text = text(name);
    return text == null ? null : Boolean.valueOf(text);
  }

  /** The tuples of a list, each by the names of its elements. */
  List<Map<String, List<String>>> tuples(String name) {
    List<Map<String, List<String>>> tuples = new ArrayList<>();
    for (ParametersParameterComponent row : rows.getOrDefault(library + name, List.of())) {
      Map<String, List<String>> tuple = new HashMap<>();
      for (ParametersParameterComponent part : row.getPart()) {
        if (part.getValue() != null && part.getValue().primitiveValue() != null) {
          tuple
              .computeIfAbsent(part.getName(), any -> new ArrayList<>())
              .add(part.getValue().primitiveValue());
        }
      }
      tuples.add(tuple);
    }
    return tuples;
  }
}
