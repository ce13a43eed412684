package no.marg.engine;

import java.util.List;

/** A plan can not be applied with the parameters given; names each error, and nothing was done. */
public final class UnusableInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> errors;

  UnusableInputException(List<String> errors) {
    super(String.join("; ", errors));
    this.errors = List.copyOf(errors);
  }

  /** The errors, for the caller. */
  public List<String> errors() {
    return errors;
  }
}
