package no.marg.engine;

import java.util.List;
import java.util.Map;
import no.marg.knowledge.Definition;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.execution.Environment;
import org.opencds.cqf.cql.engine.execution.State;
import org.opencds.cqf.cql.engine.runtime.Code;

/**
 * An evaluation of prepared CQL: each definition is evaluated once, when it is first needed. For
 * one thread.
 */
abstract class Run {
  /** The null of a definition that was evaluated. */
  static final Object UNKNOWN = new Object();

  final State state;
  final Environment environment;
  final ChartModelResolver model;

  /** Aliases and operands of the definition or function that is being evaluated. */
  @Nullable Object[] frame = new Object[0];

  private final Map<String, Object> given;

  /** By number of the definition; null where it was not evaluated yet. */
  private final @Nullable Object[] values;

  /**
   * An evaluation.
   *
   * @param given the parameters
   * @param definitions how many there are
   */
  Run(CqlEngine engine, ChartModelResolver model, Map<String, Object> given, int definitions) {
    this.state = engine.getState();
    this.environment = engine.getEnvironment();
    this.model = model;
    this.given = given;
    this.values = new Object[definitions];
  }

  /** The value of a definition; a failure is thrown each time. */
  final @Nullable Object value(PreparedDefinition definition) {
    Object kept = kept(definition);
    if (kept == UNKNOWN) {
      return null;
    }
    if (kept instanceof Failed failed) {
      throw failed.cause();
    }
    return kept;
  }

  /** The value of a definition as it is kept: {@link #UNKNOWN} for null, a failure as itself. */
  Object kept(PreparedDefinition definition) {
    Object known = values[definition.number()];
    if (known == null) {
      known = first(definition);
      values[definition.number()] = known;
    }
    return known;
  }

  /** The value of a definition that is asked for the first time, as it is kept. */
  Object first(PreparedDefinition definition) {
    @Nullable Object[] outer = frame;
    frame = definition.locals() == 0 ? outer : new Object[definition.locals()];
    try {
      Object value = definition.code().run(this);
      return value == null ? UNKNOWN : value;
    } catch (RuntimeException e) {
      return new Failed(e);
    } finally {
      frame = outer;
    }
  }

  /** The records of a kind. */
  abstract Iterable<Object> records(Reading.Records wanted);

  /** Those of a type that have one of some codes, which the evaluation found. */
  abstract Iterable<Object> records(Reading.Records all, List<Code> codes);

  /** The value of a definition that is left to the engine as a whole. */
  abstract @Nullable Object byTheEngine(Definition definition);

  /** Whether a parameter was given; its own null is a value. */
  boolean isGiven(String parameter) {
    return given.containsKey(parameter);
  }

  /** A given parameter. */
  @Nullable Object given(String parameter) {
    return given.get(parameter);
  }

  private record Failed(RuntimeException cause) {}
}
