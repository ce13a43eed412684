package no.marg.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.yaml.snakeyaml.Yaml;

/**
 * A record without what one prefetch key brings, and the answers that turn into their opposite by
 * it.
 */
public final class UnreadSources {
  /** All keys together. */
  private static final String ALL = "all";

  private static final Map<String, DemoSearch> SEARCHES = searches();

  private UnreadSources() {}

  /** The prefetch keys of all services, without the patient's. */
  public static Set<String> keys() {
    return SEARCHES.keySet();
  }

  /** What is left unread, by the name of it: each key alone, and all. */
  public static Map<String, Set<String>> parts() {
    Map<String, Set<String>> parts = new LinkedHashMap<>();
    keys().forEach(key -> parts.put(key, Set.of(key)));
    parts.put(ALL, keys());
    return parts;
  }

  /**
   * The resources of a patient by the keys that bring them.
   *
   * @param found of a resource, all keys whose search finds it; empty for what none brings
   */
  public record Keyed(Map<Resource, Set<String>> found) {
    /** Finds the keys of the resources of one patient. */
    public static Keyed of(Collection<? extends Resource> resources) {
      Map<Resource, Set<String>> found = new LinkedHashMap<>();
      for (Resource resource : resources) {
        DemoEntry entry = DemoEntry.of(resource);
        Set<String> keys = new LinkedHashSet<>();
        SEARCHES.forEach(
            (key, search) -> {
              if (search.filter().test(entry)) {
                keys.add(key);
              }
            });
        found.put(resource, keys);
      }
      return new Keyed(found);
    }

    /** What is left without some keys. A result that two keys bring stays while one is read. */
    public List<Resource> without(Set<String> unread) {
      List<Resource> left = new ArrayList<>();
      found.forEach(
          (resource, keys) -> {
            if (keys.isEmpty() || !unread.containsAll(keys)) {
              left.add(resource);
            }
          });
      return left;
    }

    /** Without what no key brings. */
    Keyed broughtByAKey() {
      Map<Resource, Set<String>> brought = new LinkedHashMap<>(found);
      brought.values().removeIf(Set::isEmpty);
      return new Keyed(brought);
    }
  }

  /** The record of a demo patient, without the patient. */
  static List<Resource> record(DemoRecords records, DemoEntry patient) {
    List<Resource> all = new ArrayList<>();
    for (String type : records.types()) {
      records.all(type).stream()
          .filter(entry -> entry.patient().equals(patient.id()))
          .map(DemoEntry::resource)
          .filter(resource -> resource != patient.resource())
          .forEach(all::add);
    }
    return all;
  }

  /** Answers that turned into their opposite: direction, name and key to where it is so. */
  public static final class Turns {
    private final Map<String, Set<String>> turns = new TreeMap<>();

    /** Notes one answer, null for unknown, with the whole record and without a part. */
    public synchronized void note(
        String name, String part, @Nullable Boolean whole, @Nullable Boolean without, String at) {
      if (whole != null && without != null && !whole.equals(without)) {
        String turn = (whole ? "lost " : "invented ") + name + " " + part;
        turns.computeIfAbsent(turn, each -> new TreeSet<>()).add(at);
      }
    }

    /** What a list of exceptions does not hold, holds without a reason or without need. */
    public synchronized List<String> notAsIn(Path list) throws IOException {
      Map<String, String> listed = listed(list);
      List<String> wrong = new ArrayList<>();
      turns.forEach(
          (turn, at) -> {
            if (!listed.containsKey(turn)) {
              wrong.add(turn + " in " + at);
            }
          });
      listed.forEach(
          (turn, reason) -> {
            if (!turns.containsKey(turn)) {
              wrong.add(turn + ": is listed and does not happen");
            } else if (!reason.equals("open") && reason.length() < 20) {
              wrong.add(turn + ": gives no reason");
            }
          });
      return wrong;
    }
  }

  private static Map<String, String> listed(Path list) throws IOException {
    Map<String, Map<String, Map<String, String>>> content = new Yaml().load(Files.readString(list));
    Map<String, String> listed = new TreeMap<>();
    content.forEach(
        (direction, names) ->
            names.forEach(
                (name, keys) ->
                    keys.forEach(
                        (key, reason) -> listed.put(direction + " " + name + " " + key, reason))));
    return listed;
  }

  private static Map<String, DemoSearch> searches() {
    Map<String, DemoSearch> searches = new TreeMap<>();
    TestGuideline.GUIDELINE
        .services()
        .values()
        .forEach(
            service ->
                service.prefetch().forEach((key, query) -> searches.put(key, search(query))));
    searches.remove("patient");
    return searches;
  }

  /** The search of a query among the resources of one patient. */
  private static DemoSearch search(String query) {
    int end = query.indexOf('?');
    String type = end < 0 ? query : query.substring(0, end);
    MultiValueMap<String, String> parameters = new LinkedMultiValueMap<>();
    for (String parameter : end < 0 ? new String[0] : query.substring(end + 1).split("&")) {
      int is = parameter.indexOf('=');
      String name = parameter.substring(0, is);
      if (!name.equals("patient")) {
        parameters.add(name, parameter.substring(is + 1));
      }
    }
    DemoSearch search = DemoSearch.of(parameters);
    return new DemoSearch(
        search.filter().and(entry -> entry.resource().fhirType().equals(type)),
        search.newestFirst(),
        search.offset(),
        search.count());
  }
}
