package no.marg.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Code;

/**
 * All that the prepared definitions read, each once and numbered, so that what a definition read is
 * a set of bits. Grows while definitions are prepared; safe for many threads.
 */
final class Readings {
  private final Map<List<@Nullable Object>, Reading> known = new HashMap<>();
  private final List<Reading> byNumber = new CopyOnWriteArrayList<>();

  /** The records of a type, narrowed as {@link Reading.Records} says. */
  synchronized Reading.Records records(
      String type, @Nullable String path, @Nullable List<Code> codes, @Nullable String valueSet) {
    List<@Nullable Object> key = new java.util.ArrayList<>();
    key.add(type);
    key.add(path);
    key.add(valueSet);
    key.add(codes == null ? null : codes.stream().map(Readings::key).toList());
    Reading found = known.get(key);
    if (found instanceof Reading.Records same) {
      return same;
    }
    Reading.Records made = new Reading.Records(byNumber.size(), type, path, codes, valueSet);
    known.put(key, made);
    byNumber.add(made);
    return made;
  }

  private static List<String> key(Code code) {
    return List.of(Objects.toString(code.getSystem(), ""), Objects.toString(code.getCode(), ""));
  }

  /** A parameter. */
  synchronized Reading.Parameter parameter(String name) {
    Reading found = known.get(List.of(name));
    if (found instanceof Reading.Parameter same) {
      return same;
    }
    Reading.Parameter made = new Reading.Parameter(byNumber.size(), name);
    known.put(List.of(name), made);
    byNumber.add(made);
    return made;
  }

  Reading get(int number) {
    return byNumber.get(number);
  }
}
