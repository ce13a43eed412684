package no.marg.engine;

import org.jspecify.annotations.Nullable;

/** What one CQL definition gave for one patient. */
public sealed interface Answer {

  /**
   * A value.
   *
   * @param value the value; null when the record can not say
   */
  record Value(@Nullable Object value) implements Answer {}

  /**
   * The definition could not be evaluated. Never read as "no".
   *
   * @param reason what the engine said; for operators, it may hold values and is not shown or
   *     logged
   */
  record Failure(String reason) implements Answer {}

  /** The value, or null for unknown and for a failure. */
  default @Nullable Object orNull() {
    return this instanceof Value value ? value.value() : null;
  }

  /** Whether the answer is a plain yes. */
  default boolean isTrue() {
    return Boolean.TRUE.equals(orNull());
  }

  /** Whether the answer is a plain no. */
  default boolean isFalse() {
    return Boolean.FALSE.equals(orNull());
  }
}
