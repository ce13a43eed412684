package no.marg.chart;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the chart must know of the terminology to read a record. Implemented by the engine. */
public interface ReadingRules {

  /**
   * How results of one concept are read.
   *
   * @param concept name of the concept; results of one concept and time are repeats of each other
   * @param unit the unit that facts are given in (UCUM)
   * @param factors accepted UCUM unit to the factor that gives {@code unit}
   * @param low lowest plausible value; null without limit
   * @param high highest plausible value; null without limit
   * @param unitless whether a value without unit is read as {@code unit}
   * @param severalPerTime whether several results of one time are parts and not repeats
   */
  record Measure(
      String concept,
      String unit,
      Map<String, BigDecimal> factors,
      @Nullable BigDecimal low,
      @Nullable BigDecimal high,
      boolean unitless,
      boolean severalPerTime) {}

  /** The URI under which a code system is known here. */
  String canonicalSystem(String system);

  /** The UCUM code of a unit given as text; null when the text is no known unit. */
  @Nullable String ucum(String text);

  /** URLs of the value sets that hold a code. */
  Set<String> valueSetsOf(String system, String code);

  /** How results with this code are read; null when they are no measured quantity. */
  @Nullable Measure measure(String system, String code);
}
