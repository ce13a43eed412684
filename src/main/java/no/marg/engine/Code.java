package no.marg.engine;

import org.jspecify.annotations.Nullable;

/** A piece of ELM, made ready to run: references are found, constants are values. */
interface Code {

  /** Its value for the patient of a run; null is CQL null. */
  @Nullable Object run(Run run);
}
