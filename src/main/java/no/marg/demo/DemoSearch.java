package no.marg.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/**
 * A search of one resource type. A parameter that is not supported does not restrict the result, as
 * FHIR allows.
 *
 * @param filter what a result must match
 * @param newestFirst whether results are sorted by date, and how; null leaves the order of the
 *     record
 * @param offset results left out before the page
 * @param count most results on the page
 */
record DemoSearch(
    Predicate<DemoEntry> filter, @Nullable Boolean newestFirst, int offset, int count) {
  /** The page size when the client gives none. */
  static final int DEFAULT_COUNT = 100;

  private static final int LARGEST_COUNT = 1000;

  /** One page, and how many results there are in all. */
  record Page(List<DemoEntry> entries, int total, boolean last) {}

  /**
   * Reads the parameters of a search. Values separated by comma are alternatives; a parameter that
   * is repeated must match each time.
   *
   * @throws DemoRequestException if a number is wrong
   */
  static DemoSearch of(MultiValueMap<String, String> parameters) {
    Predicate<DemoEntry> filter = entry -> true;
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      for (String value : parameter.getValue()) {
        filter = filter.and(filter(parameter.getKey(), alternatives(value)));
      }
    }
    String sort = parameters.getFirst("_sort");
    return new DemoSearch(
        filter,
        sort == null ? null : sort.startsWith("-"),
        number(parameters, "_offset", 0),
        Math.min(number(parameters, "_count", DEFAULT_COUNT), LARGEST_COUNT));
  }

  private static Predicate<DemoEntry> filter(String name, Set<String> values) {
    if (DemoEntry.TOKENS.containsKey(name)) {
      return entry ->
          entry.tokens().getOrDefault(name, Set.of()).stream().anyMatch(values::contains);
    }
    return switch (name) {
      case "_id" -> entry -> values.contains(entry.id());
      case "patient", "subject" ->
          entry ->
              values.contains(entry.patient()) || values.contains("Patient/" + entry.patient());
      default -> entry -> true;
    };
  }

  private static Set<String> alternatives(String value) {
    return new HashSet<>(Arrays.asList(value.split(",")));
  }

  private static int number(MultiValueMap<String, String> parameters, String name, int otherwise) {
    String value = parameters.getFirst(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("\\d{1,9}")) {
      throw DemoRequestException.invalid(name + " must be a whole number");
    }
    return Integer.parseInt(value);
  }

  /** The page of the results found among the entries. */
  Page of(Collection<DemoEntry> entries) {
    List<DemoEntry> found = new ArrayList<>(entries.stream().filter(filter).toList());
    if (newestFirst != null) {
      Comparator<DemoEntry> order = Comparator.comparing(DemoEntry::date);
      found.sort(newestFirst ? order.reversed() : order);
    }
    int from = Math.min(offset, found.size());
    int to = Math.min(from + count, found.size());
    return new Page(found.subList(from, to), found.size(), to == found.size() || count == 0);
  }
}
