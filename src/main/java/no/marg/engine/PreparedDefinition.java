package no.marg.engine;

import org.jspecify.annotations.Nullable;

/**
 * A definition, function or parameter default of a CQL library; its code is prepared on first use.
 */
final class PreparedDefinition {
  private final String library;
  private final String name;
  private final int number;
  private final java.util.function.Function<PreparedDefinition, Code> prepare;
  private volatile @Nullable Code code;
  private volatile int locals;

  PreparedDefinition(
      String library,
      String name,
      int number,
      java.util.function.Function<PreparedDefinition, Code> prepare) {
    this.library = library;
    this.name = name;
    this.number = number;
    this.prepare = prepare;
  }

  String library() {
    return library;
  }

  String name() {
    return name;
  }

  /** Its place among all definitions. */
  int number() {
    return number;
  }

  /** How many aliases and operands its code has. */
  int locals() {
    code();
    return locals;
  }

  void needs(int aliases) {
    locals = aliases;
  }

  Code code() {
    Code known = code;
    if (known == null) {
      known = prepare.apply(this);
      code = known;
    }
    return known;
  }
}
