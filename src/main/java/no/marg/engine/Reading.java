package no.marg.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Code;

/** Something of a call that definitions read: records of one kind, or a parameter. */
sealed interface Reading {
  /** Its place among all readings of the guideline. */
  int number();

  /**
   * The records of a type.
   *
   * @param path the element the codes are sought in; null for the one every type has
   * @param codes those with one of these codes; null for any
   * @param valueSet those with a code of this value set; null for any
   */
  record Records(
      int number,
      String type,
      @Nullable String path,
      @Nullable List<Code> codes,
      @Nullable String valueSet)
      implements Reading {}

  /** A CQL parameter, by the name it is given under. */
  record Parameter(int number, String name) implements Reading {}
}
