package no.marg.engine;

import java.util.Map;
import java.util.function.Function;
import no.marg.knowledge.Definition;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.execution.Environment;
import org.opencds.cqf.cql.engine.execution.State;

/**
 * One patient's evaluation of prepared CQL: each definition is evaluated once, when it is first
 * needed. For one thread.
 */
final class Run {
  /** The null of a definition that was evaluated. */
  private static final Object UNKNOWN = new Object();

  final CqlEngine engine;
  final State state;
  final Environment environment;
  final ChartRetriever records;
  final ChartModelResolver model;

  /** Aliases and operands of the definition or function that is being evaluated. */
  @Nullable Object[] frame = new Object[0];

  private final Map<String, Object> given;
  private final Function<Definition, @Nullable Object> whole;

  /** By number of the definition; null where it was not evaluated yet. */
  private final @Nullable Object[] values;

  Run(
      CqlEngine engine,
      ChartRetriever records,
      ChartModelResolver model,
      Map<String, Object> given,
      Function<Definition, @Nullable Object> whole,
      int definitions) {
    this.engine = engine;
    this.state = engine.getState();
    this.environment = engine.getEnvironment();
    this.records = records;
    this.model = model;
    this.given = given;
    this.whole = whole;
    this.values = new Object[definitions];
  }

  /** The value of a definition, kept after the first time; a failure is kept as well. */
  @Nullable Object value(PreparedDefinition definition) {
    Object known = values[definition.number()];
    if (known == null) {
      Object value = first(definition);
      known = value == null ? UNKNOWN : value;
      values[definition.number()] = known;
    }
    if (known == UNKNOWN) {
      return null;
    }
    if (known instanceof Failed failed) {
      throw failed.cause();
    }
    return known;
  }

  private @Nullable Object first(PreparedDefinition definition) {
    @Nullable Object[] outer = frame;
    frame = definition.locals() == 0 ? outer : new Object[definition.locals()];
    try {
      return definition.code().run(this);
    } catch (RuntimeException e) {
      return new Failed(e);
    } finally {
      frame = outer;
    }
  }

  /** The value of a definition that is left to the engine as a whole. */
  @Nullable Object byTheEngine(String library, String name) {
    return whole.apply(new Definition(library, name));
  }

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
