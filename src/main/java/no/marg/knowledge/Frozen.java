package no.marg.knowledge;

import java.util.function.Function;
import org.hl7.fhir.r4.model.Base;

/**
 * A FHIR element that stays as it was loaded: HAPI's model is mutable, so only copies leave.
 *
 * @param <T> type of the element
 */
public final class Frozen<T extends Base> {
  private final T original;

  Frozen(T original) {
    this.original = original;
  }

  /** A copy that the caller may change. */
  @SuppressWarnings("unchecked")
  public T copy() {
    return (T) original.copy();
  }

  /** What a reader finds that changes nothing and keeps nothing of the element. */
  public <R> R read(Function<? super T, R> reader) {
    return reader.apply(original);
  }

  /** The loaded element itself, for code of this package that only reads. */
  T original() {
    return original;
  }
}
