package no.marg.engine;

import java.util.Arrays;
import java.util.Set;

/** Which readings one call has something for. For one thread. */
final class Held {
  private final ChartRetriever records;
  private final Set<String> parameters;
  private final Readings readings;

  /** A bit for each reading that there is something for, among those looked at. */
  private long[] held = new long[16];

  private long[] looked = new long[16];

  /**
   * What a call holds.
   *
   * @param parameters names of those given for this call, beyond what the site and the chart give
   */
  Held(ChartRetriever records, Set<String> parameters, Readings readings) {
    this.records = records;
    this.parameters = parameters;
    this.readings = readings;
  }

  /**
   * Whether there is anything for one of these readings.
   *
   * @param wanted a bit for each, by its number
   */
  boolean anyOf(long[] wanted) {
    if (wanted.length > held.length) {
      held = Arrays.copyOf(held, wanted.length);
      looked = Arrays.copyOf(looked, wanted.length);
    }
    for (int i = 0; i < wanted.length; i++) {
      if ((wanted[i] & held[i]) != 0) {
        return true;
      }
    }
    for (int i = 0; i < wanted.length; i++) {
      if (isAnyHeld(i, wanted[i] & ~looked[i])) {
        return true;
      }
    }
    return false;
  }

  private boolean isAnyHeld(int word, long unknown) {
    for (long left = unknown; left != 0; left &= left - 1) {
      long bit = Long.lowestOneBit(left);
      looked[word] |= bit;
      if (isHeld(readings.get(word * Long.SIZE + Long.numberOfTrailingZeros(bit)))) {
        held[word] |= bit;
        return true;
      }
    }
    return false;
  }

  private boolean isHeld(Reading reading) {
    return reading instanceof Reading.Records wanted
        ? records.holds(wanted)
        : parameters.contains(((Reading.Parameter) reading).name());
  }
}
