package no.marg.engine;

import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The empty records of the days that were asked about last. Safe for many threads. */
final class EmptyRecords {
  /** Calls are about today; few are about another day, or lack some source. */
  private static final int KEPT = 8;

  private final Function<Day, EmptyRecord> make;
  private final Map<Day, EmptyRecord> last =
      new LinkedHashMap<>(2 * KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Day, EmptyRecord> eldest) {
          return size() > KEPT;
        }
      };

  /** A day of evaluation, and the sources that were not read for it. */
  record Day(LocalDate date, Set<String> unreadSources) {}

  EmptyRecords(Function<Day, EmptyRecord> make) {
    this.make = make;
  }

  /** The empty record of a day on which these sources were not read. */
  EmptyRecord of(LocalDate date, Set<String> unreadSources) {
    synchronized (last) {
      return last.computeIfAbsent(new Day(date, unreadSources), make);
    }
  }
}
