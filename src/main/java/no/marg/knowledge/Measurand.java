package no.marg.knowledge;

import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How results of one concept are read.
 *
 * @param concept concept id
 * @param unit the guideline's unit (UCUM)
 * @param factors accepted UCUM unit to the factor that gives {@code unit}; holds {@code unit}
 *     itself
 * @param low lowest plausible value in {@code unit}; null without limit
 * @param high highest plausible value in {@code unit}; null without limit
 * @param unitless whether a value without any unit is read as {@code unit}
 * @param severalPerTime whether several results of one time are parts and not repeats
 */
public record Measurand(
    String concept,
    String unit,
    Map<String, BigDecimal> factors,
    @Nullable BigDecimal low,
    @Nullable BigDecimal high,
    boolean unitless,
    boolean severalPerTime) {}
