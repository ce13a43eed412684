package no.marg.knowledge;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the CQL libraries retrieve from a record, read from their ELM when it is asked for. */
public final class Retrieves {
  private final Map<String, Set<Retrieve>> known = new ConcurrentHashMap<>();

  /** Reads the libraries that were built into this application, when they are asked for. */
  public Retrieves() {}

  /** The ELM is large and rarely asked for; it is read again rather than kept. */
  private static Map<String, String> read() {
    Map<String, String> elm = new HashMap<>();
    Artifacts.ofClasspath()
        .elm()
        .forEach(
            (file, json) ->
                elm.put(file.substring(file.lastIndexOf('/') + 1).replace(".json", ""), json));
    return elm;
  }

  /**
   * One retrieve.
   *
   * @param type FHIR type
   * @param path element the code is matched with; empty without filter
   * @param valueSet URL of the value set; empty without
   * @param code local code; empty without
   */
  public record Retrieve(String type, String path, String valueSet, String code)
      implements Comparable<Retrieve> {
    @Override
    public int compareTo(Retrieve other) {
      return Comparator.comparing(Retrieve::type)
          .thenComparing(Retrieve::valueSet)
          .thenComparing(Retrieve::code)
          .thenComparing(Retrieve::path)
          .compare(this, other);
    }
  }

  /** What a library and those it includes retrieve; empty for an unknown library. */
  public Set<Retrieve> of(String library) {
    return known.computeIfAbsent(library, Retrieves::collect);
  }

  private static Set<Retrieve> collect(String library) {
    Set<Retrieve> all = new TreeSet<>();
    collect(library, read(), all, new HashSet<>());
    return Collections.unmodifiableSet(all);
  }

  private static void collect(
      String library, Map<String, String> elm, Set<Retrieve> all, Set<String> seen) {
    if (!elm.containsKey(library) || !seen.add(library)) {
      return;
    }
    JsonNode root = JsonMapper.shared().readTree(elm.get(library)).path("library");
    all.addAll(own(root, elm));
    root.path("includes")
        .path("def")
        .forEach(def -> collect(def.path("path").asString(""), elm, all, seen));
  }

  private static Set<Retrieve> own(JsonNode root, Map<String, String> elm) {
    Map<String, String> valueSets = new HashMap<>();
    Map<String, String> codes = new HashMap<>();
    declare(root, valueSets, codes);
    root.path("includes")
        .path("def")
        .forEach(
            def -> {
              String json = elm.get(def.path("path").asString(""));
              if (json != null) {
                declare(JsonMapper.shared().readTree(json).path("library"), valueSets, codes);
              }
            });
    Set<Retrieve> found = new TreeSet<>();
    walk(root.path("statements"), valueSets, codes, found);
    return found;
  }

  private static void declare(
      JsonNode library, Map<String, String> valueSets, Map<String, String> codes) {
    library
        .path("valueSets")
        .path("def")
        .forEach(def -> valueSets.put(def.path("name").asString(""), def.path("id").asString("")));
    library
        .path("codes")
        .path("def")
        .forEach(def -> codes.put(def.path("name").asString(""), def.path("id").asString("")));
  }

  private static void walk(
      JsonNode node,
      Map<String, String> valueSets,
      Map<String, String> codes,
      Set<Retrieve> found) {
    if ("Retrieve".equals(node.path("type").asString(""))) {
      String type = node.path("dataType").asString("");
      String filter = node.path("codes").toString();
      String name =
          node.path("codes").findValues("name").stream()
              .map(each -> each.asString(""))
              .filter(each -> valueSets.containsKey(each) || codes.containsKey(each))
              .findFirst()
              .orElse("");
      found.add(
          new Retrieve(
              type.substring(type.indexOf('}') + 1),
              filter.isEmpty() ? "" : node.path("codeProperty").asString(""),
              valueSets.getOrDefault(name, ""),
              valueSets.containsKey(name) ? "" : codes.getOrDefault(name, "")));
    }
    node.forEach(child -> walk(child, valueSets, codes, found));
  }
}
