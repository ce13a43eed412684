package no.marg.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import no.marg.knowledge.Definition;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.runtime.Code;
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.runtime.Quantity;

/**
 * What the definitions answer of a record that holds nothing, on one day. Nearly all of a guideline
 * is about what a record does not hold: a definition that read nothing but what a patient's record
 * lacks as well has this answer for the patient too, and need not be evaluated again. Holds nothing
 * of any patient. Safe for many threads.
 */
final class EmptyRecord {
  /** The answer of a definition that can not be used for others. */
  private static final Known NONE = new Known(null, new long[0]);

  private final AtomicReferenceArray<@Nullable Known> known;
  private final Noting run;

  /**
   * An answer and what was read for it.
   *
   * @param answer as {@link Run} keeps it; null when it is not to be used
   */
  private record Known(@Nullable Object answer, long[] read) {}

  /**
   * Of one day.
   *
   * @param parameters what the site and the day give
   */
  EmptyRecord(
      CqlEngine engine, ChartModelResolver model, Map<String, Object> parameters, PreparedCql cql) {
    this.known = new AtomicReferenceArray<>(cql.size());
    this.run = new Noting(engine, model, parameters, cql);
  }

  /** The answer, as {@link Run} keeps it; null where the call has something that is read for it. */
  @Nullable Object answer(PreparedDefinition definition, Held held) {
    Known same = known.get(definition.number());
    if (same == null) {
      same = learn(definition);
    }
    return same.answer() == null || held.anyOf(same.read()) ? null : same.answer();
  }

  private synchronized Known learn(PreparedDefinition definition) {
    run.kept(definition);
    Known learnt = known.get(definition.number());
    return learnt == null ? NONE : learnt;
  }

  /** Evaluates without records, and notes what each definition reads. */
  private final class Noting extends Run {
    private final Readings readings;
    private BitSet read = new BitSet();
    private final @Nullable BitSet[] readBy;

    Noting(CqlEngine engine, ChartModelResolver model, Map<String, Object> given, PreparedCql cql) {
      super(engine, model, given, cql.size());
      this.readings = cql.readings();
      this.readBy = new BitSet[cql.size()];
    }

    @Override
    Object kept(PreparedDefinition definition) {
      BitSet before = readBy[definition.number()];
      if (before != null) {
        read.or(before);
        return super.kept(definition);
      }
      BitSet outer = read;
      BitSet own = new BitSet();
      read = own;
      try {
        Object answer = super.kept(definition);
        readBy[definition.number()] = own;
        Object shared = shared(answer);
        known.set(
            definition.number(), shared == null ? NONE : new Known(shared, own.toLongArray()));
        return answer;
      } finally {
        read = outer;
        outer.or(own);
      }
    }

    @Override
    Iterable<Object> records(Reading.Records wanted) {
      read.set(wanted.number());
      return List.of();
    }

    @Override
    Iterable<Object> records(Reading.Records all, List<Code> codes) {
      return records(all);
    }

    @Override
    boolean isGiven(String parameter) {
      read.set(readings.parameter(parameter).number());
      return super.isGiven(parameter);
    }

    /** What the engine reads is not noted: such a definition fails here, and is not shared. */
    @Override
    @Nullable Object byTheEngine(Definition definition) {
      throw new ElmPreparer.NotPrepared(definition.toString());
    }
  }

  /**
   * An answer as it may be shared between patients and threads: nobody can change it, and it holds
   * no state of the evaluation it comes from. Null where that is not so, and for a failure.
   */
  private static @Nullable Object shared(Object answer) {
    if (answer instanceof List<?> list) {
      List<@Nullable Object> elements = new ArrayList<>(list.size());
      for (Object element : list) {
        Object shared = element == null ? Run.UNKNOWN : shared(element);
        if (shared == null) {
          return null;
        }
        elements.add(shared == Run.UNKNOWN ? null : shared);
      }
      return Collections.unmodifiableList(elements);
    }
    return answer == Run.UNKNOWN
            || answer instanceof Boolean
            || answer instanceof Number
            || answer instanceof String
            || answer instanceof Date
            || answer instanceof Quantity
            || answer instanceof Code
        ? answer
        : null;
  }
}
