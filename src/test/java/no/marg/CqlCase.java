package no.marg;

import java.time.LocalDate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import no.marg.demo.UnreadSources;

/**
 * A row of a case file: what stands in the record, and what definitions must answer.
 *
 * @param source file and row name
 * @param library the CQL library
 * @param evaluated the day the question is asked
 * @param record facts and resources, by the keys of docs/cases.md
 * @param unread prefetch keys that were not read
 * @param leftOut those of them of which nothing at all was read
 * @param expected definition to expected value; null is unknown
 */
record CqlCase(
    String source,
    String library,
    LocalDate evaluated,
    Map<String, Object> record,
    Set<String> unread,
    Set<String> leftOut,
    Map<String, Object> expected) {
  @Override
  public String toString() {
    return source;
  }

  @SuppressWarnings("unchecked")
  static List<CqlCase> of(String file, String library, Map<String, Object> content) {
    LocalDate evaluated =
        LocalDate.parse(String.valueOf(content.getOrDefault("evaluated", "2026-02-15")));
    Map<String, Object> base = (Map<String, Object>) content.getOrDefault("base", Map.of());
    String definition = (String) content.get("definition");
    return ((List<Map<String, Object>>) content.get("cases"))
        .stream().map(row -> row(file, library, evaluated, base, definition, row)).toList();
  }

  @SuppressWarnings("unchecked")
  private static CqlCase row(
      String file,
      String library,
      LocalDate evaluated,
      Map<String, Object> base,
      String definition,
      Map<String, Object> row) {
    Map<String, Object> record = new LinkedHashMap<>(base);
    Map<String, Object> own = new LinkedHashMap<>(row);
    String name = String.valueOf(own.remove("name"));
    if (!own.containsKey("expect")) {
      throw new IllegalArgumentException(file + ": row " + name + " expects nothing");
    }
    Object expect = own.remove("expect");
    Object without = own.remove("without");
    if (without instanceof List<?> keys) {
      keys.forEach(record::remove);
    } else if (without != null) {
      record.remove(without);
    }
    String asked = own.containsKey("definition") ? (String) own.remove("definition") : definition;
    LocalDate day =
        own.containsKey("evaluated")
            ? LocalDate.parse(String.valueOf(own.remove("evaluated")))
            : evaluated;
    record.putAll(own);
    Set<String> unread = new HashSet<>(unread(file + ": " + name, record.remove("unread")));
    Set<String> leftOut = unread(file + ": " + name, record.remove("unread-whole"));
    unread.addAll(leftOut);
    Map<String, Object> expected = new LinkedHashMap<>();
    if (expect instanceof Map<?, ?> several) {
      several.forEach((key, value) -> expected.put((String) key, value));
    } else {
      expected.put(asked, expect);
    }
    return new CqlCase(file + ": " + name, library, day, record, unread, leftOut, expected);
  }

  private static Set<String> unread(String source, Object given) {
    if (given == null) {
      return Set.of();
    }
    Set<String> unread =
        ((List<?>) given).stream().map(String::valueOf).collect(Collectors.toUnmodifiableSet());
    for (String key : unread) {
      if (!UnreadSources.keys().contains(key)) {
        throw new IllegalArgumentException(source + ": no service reads the key " + key);
      }
    }
    return unread;
  }
}
