package no.marg.chart;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A patient's data as the logic sees them: newest first, in the guideline's units, and only what
 * counts. Belongs to one request and is not changed after it was read.
 */
public final class Chart {
  private final String patientId;
  private final LocalDate evaluationDate;
  private final Map<String, List<Resource>> byType;
  private final List<Unused> unused;
  private final Map<String, Resource> originals;
  private final Set<String> unreadSources;
  private final ReadingRules rules;
  private final Map<String, Index> indexes = new HashMap<>();
  private final Map<Category, List<Resource>> categories = new HashMap<>();

  Chart(
      String patientId,
      LocalDate evaluationDate,
      Map<String, List<Resource>> byType,
      List<Unused> unused,
      Map<String, Resource> originals,
      Set<String> unreadSources,
      ReadingRules rules) {
    this.patientId = patientId;
    this.evaluationDate = evaluationDate;
    this.byType = byType;
    this.unused = List.copyOf(unused);
    this.originals = Map.copyOf(originals);
    this.unreadSources = Set.copyOf(unreadSources);
    this.rules = rules;
  }

  /** Logical id of the patient, without type. */
  public String patientId() {
    return patientId;
  }

  /** The day the chart was read for; nothing later is in it. */
  public LocalDate evaluationDate() {
    return evaluationDate;
  }

  /** The patient; empty when the record given holds none. */
  public Optional<Patient> patient() {
    return byType.getOrDefault("Patient", List.of()).stream().findFirst().map(Patient.class::cast);
  }

  /** What was not used, with the reason. */
  public List<Unused> unused() {
    return unused;
  }

  /** Names of the sources that were not read; what they would hold is unknown, not absent. */
  public Set<String> unreadSources() {
    return unreadSources;
  }

  /** Draft orders exactly as they were received, by {@code Type/id}. */
  public Optional<Resource> originalOrder(String reference) {
    return Optional.ofNullable(originals.get(reference));
  }

  /** All resources of a type, newest first. */
  public List<Resource> all(String type) {
    return byType.getOrDefault(type, List.of());
  }

  /** The resources of a type with a code of a value set, newest first. */
  public List<Resource> inValueSet(String type, String valueSet) {
    return index(type).byValueSet().getOrDefault(valueSet, List.of());
  }

  /** The resources of a type with one of the codes, newest first. */
  public List<Resource> withCode(String type, String system, String code) {
    return index(type).byCode().getOrDefault(system, Map.of()).getOrDefault(code, List.of());
  }

  /** The resources of a type with a category, newest first. */
  public List<Resource> withCategory(String type, @Nullable String system, String code) {
    return categories.computeIfAbsent(
        new Category(type, system, code), wanted -> find(wanted, all(type)));
  }

  private static List<Resource> find(Category wanted, List<Resource> all) {
    List<Resource> found = new ArrayList<>();
    for (Resource resource : all) {
      if (Codes.categoriesOf(resource).stream().anyMatch(wanted::isIn)) {
        found.add(resource);
      }
    }
    return Collections.unmodifiableList(found);
  }

  private record Category(String type, @Nullable String system, String code) {
    boolean isIn(CodeableConcept category) {
      for (Coding coding : category.getCoding()) {
        if (code.equals(coding.getCode())
            && (system == null || system.equals(coding.getSystem()))) {
          return true;
        }
      }
      return false;
    }
  }

  private Index index(String type) {
    Index known = indexes.get(type);
    if (known == null) {
      known = newIndex(type);
      indexes.put(type, known);
    }
    return known;
  }

  /** The resources of one type by the value sets and by the codes they have. */
  private record Index(
      Map<String, List<Resource>> byValueSet, Map<String, Map<String, List<Resource>>> byCode) {

    void add(String system, String code, Set<String> valueSets, Resource resource) {
      put(byCode.computeIfAbsent(system, any -> new HashMap<>()), code, resource);
      valueSets.forEach(valueSet -> put(byValueSet, valueSet, resource));
    }

    private static void put(Map<String, List<Resource>> map, String key, Resource resource) {
      List<Resource> list = map.computeIfAbsent(key, any -> new ArrayList<>());
      // Two codings of one resource may lead to the same place.
      if (list.isEmpty() || list.get(list.size() - 1) != resource) {
        list.add(resource);
      }
    }
  }

  private Index newIndex(String type) {
    Index index = new Index(new HashMap<>(), new HashMap<>());
    for (Resource resource : all(type)) {
      for (CodeableConcept concept : Codes.of(resource)) {
        for (Coding coding : concept.getCoding()) {
          String system = coding.getSystem();
          String code = coding.getCode();
          if (system != null && code != null) {
            index.add(system, code, rules.valueSetsOf(system, code), resource);
          }
        }
      }
    }
    return index;
  }

  /** The day a resource's content is true, in the local time of the record; null without date. */
  public static @Nullable LocalDate dayOf(Resource resource) {
    var date = Dates.of(resource);
    return date == null ? null : Dates.firstDay(date);
  }

  /** The concepts that say what a resource is about; empty for types that no rule reads. */
  public static List<CodeableConcept> conceptsOf(Resource resource) {
    return Codes.of(resource);
  }

  /** {@code Type/id} of a resource; the type alone when it has no id. */
  public static String referenceOf(Resource resource) {
    return ChartReader.reference(resource);
  }

  /** Everything that counts, as a collection Bundle in the chart's order. */
  public Bundle asBundle() {
    Bundle bundle = new Bundle().setType(Bundle.BundleType.COLLECTION);
    byType.values().forEach(all -> all.forEach(r -> bundle.addEntry().setResource(r)));
    return bundle;
  }
}
