package no.marg.knowledge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.hl7.fhir.r4.model.ConceptMap;
import org.hl7.fhir.r4.model.ValueSet;
import org.hl7.fhir.r4.model.ValueSet.ConceptSetComponent;
import org.hl7.fhir.r4.model.ValueSet.ValueSetExpansionContainsComponent;
import org.jspecify.annotations.Nullable;

/**
 * Value set membership from stored expansions, as hash sets. Codes of ICD-10 and ATC also match by
 * prefix where the value set says {@code is-a}, since both systems are hierarchical in the code
 * itself.
 */
public final class Terminology {
  private static final String ICD_10 = "urn:oid:2.16.578.1.12.4.1.1.7110";

  private final Map<String, Map<String, Set<String>>> valueSetsByCode = new HashMap<>();
  private final Map<String, List<Prefix>> prefixesBySystem = new HashMap<>();
  private final Map<String, Map<String, String>> displays = new HashMap<>();
  private final Map<String, List<Entry>> codesByValueSet = new HashMap<>();
  private final Map<String, String> systemAliases = new HashMap<>();
  private final Map<String, String> unitAliases = new HashMap<>();

  /**
   * A code of an expansion.
   *
   * @param system URI of the code system
   * @param code the code
   */
  public record Entry(String system, String code) {}

  private record Prefix(String prefix, String valueSet) {}

  void addValueSet(ValueSet valueSet) {
    String url = valueSet.getUrl();
    List<Entry> codes = new ArrayList<>();
    for (ValueSetExpansionContainsComponent contained : valueSet.getExpansion().getContains()) {
      codes.add(new Entry(contained.getSystem(), contained.getCode()));
      displays
          .computeIfAbsent(contained.getSystem(), key -> new HashMap<>())
          .putIfAbsent(normal(contained.getSystem(), contained.getCode()), contained.getDisplay());
      valueSetsByCode
          .computeIfAbsent(contained.getSystem(), key -> new HashMap<>())
          .computeIfAbsent(
              normal(contained.getSystem(), contained.getCode()), key -> new HashSet<>())
          .add(url);
    }
    codesByValueSet.put(url, List.copyOf(codes));
    for (ConceptSetComponent include : valueSet.getCompose().getInclude()) {
      include.getFilter().stream()
          .filter(filter -> filter.getOp() == ValueSet.FilterOperator.ISA)
          .forEach(filter -> addPrefix(include.getSystem(), filter.getValue(), url));
    }
  }

  /** Value sets made of others inherit their prefixes; whether any was added. */
  boolean inheritPrefixes(ValueSet valueSet) {
    boolean added = false;
    for (ConceptSetComponent include : valueSet.getCompose().getInclude()) {
      for (var part : include.getValueSet()) {
        added |= inherit(part.getValue(), valueSet.getUrl());
      }
    }
    return added;
  }

  private boolean inherit(String from, String to) {
    boolean added = false;
    for (List<Prefix> prefixes : prefixesBySystem.values()) {
      for (Prefix prefix : List.copyOf(prefixes)) {
        Prefix inherited = new Prefix(prefix.prefix(), to);
        if (prefix.valueSet().equals(from) && !prefixes.contains(inherited)) {
          added |= prefixes.add(inherited);
        }
      }
    }
    return added;
  }

  private void addPrefix(String system, String code, String valueSet) {
    prefixesBySystem
        .computeIfAbsent(system, key -> new ArrayList<>())
        .add(new Prefix(normal(system, code), valueSet));
  }

  void addSystemAliases(ConceptMap map) {
    map.getGroup().stream()
        .flatMap(group -> group.getElement().stream())
        .forEach(e -> systemAliases.put(e.getCode(), e.getTargetFirstRep().getCode()));
  }

  void addUnitAliases(ConceptMap map) {
    map.getGroup().stream()
        .flatMap(group -> group.getElement().stream())
        .forEach(e -> unitAliases.put(plain(e.getCode()), e.getTargetFirstRep().getCode()));
  }

  /** The URI under which a code system is used here; the given one when it is no known alias. */
  public String canonicalSystem(String system) {
    return systemAliases.getOrDefault(system, system);
  }

  /**
   * The UCUM code of a unit written as text, compared without case and spaces; null when unknown.
   */
  public @Nullable String ucum(String text) {
    return unitAliases.get(plain(text));
  }

  /** URLs of the value sets that hold a code; empty when none does. */
  public Set<String> valueSetsOf(String system, String code) {
    String normal = normal(system, code);
    Set<String> exact =
        valueSetsByCode.getOrDefault(system, Map.of()).getOrDefault(normal, Set.of());
    List<Prefix> prefixes = prefixesBySystem.getOrDefault(system, List.of());
    Set<String> all = exact;
    for (Prefix prefix : prefixes) {
      if (normal.startsWith(prefix.prefix()) && !all.contains(prefix.valueSet())) {
        if (all == exact) {
          all = new HashSet<>(exact);
        }
        all.add(prefix.valueSet());
      }
    }
    return all;
  }

  /** Whether a value set holds a code. */
  public boolean contains(String valueSet, String system, String code) {
    return valueSetsOf(system, code).contains(valueSet);
  }

  /** The codes of a value set's stored expansion; empty for an unknown value set. */
  public List<Entry> codesOf(String valueSet) {
    return codesByValueSet.getOrDefault(valueSet, List.of());
  }

  /**
   * What a code means in the words of the value sets; for a code of ICD-10 that stands in none, the
   * words of the code above it, with the code. Null when no value set has words for it.
   */
  public @Nullable String display(String system, String code) {
    Map<String, String> known = displays.getOrDefault(system, Map.of());
    String normal = normal(system, code);
    String own = known.get(normal);
    if (own != null || !system.equals(ICD_10)) {
      return own;
    }
    for (int length = normal.length() - 1; length >= 3; length--) {
      String above = known.get(normal.substring(0, length));
      if (above != null) {
        return above + " (" + code + ")";
      }
    }
    return null;
  }

  boolean isKnown(String valueSet) {
    return codesByValueSet.containsKey(valueSet);
  }

  /** ICD-10 is written with and without the dot. */
  private static String normal(String system, String code) {
    return system.equals(ICD_10) ? code.replace(".", "") : code;
  }

  private static String plain(String unit) {
    return unit.toLowerCase(Locale.ROOT).replaceAll("\\s", "");
  }
}
