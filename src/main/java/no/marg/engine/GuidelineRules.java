package no.marg.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import no.marg.chart.ReadingRules;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Measurand;
import no.marg.knowledge.Terminology;
import org.jspecify.annotations.Nullable;

/** Gives the chart what it must know of the guideline's terminology. */
final class GuidelineRules implements ReadingRules {
  private final Terminology terminology;
  private final Map<String, Measure> byValueSet = new HashMap<>();
  private final Map<String, Measure> byLocalCode = new HashMap<>();

  GuidelineRules(Guideline guideline) {
    this.terminology = guideline.terminology();
    for (Measurand known : guideline.measures()) {
      Measure measure =
          new Measure(
              known.concept(),
              known.unit(),
              known.factors(),
              known.low(),
              known.high(),
              known.unitless(),
              known.severalPerTime());
      byLocalCode.put(known.concept(), measure);
      byValueSet.put(Guideline.BASE + "/ValueSet/mm-" + known.concept(), measure);
    }
  }

  @Override
  public String canonicalSystem(String system) {
    return terminology.canonicalSystem(system);
  }

  @Override
  public @Nullable String ucum(String text) {
    return terminology.ucum(text);
  }

  @Override
  public Set<String> valueSetsOf(String system, String code) {
    return terminology.valueSetsOf(system, code);
  }

  @Override
  public @Nullable Measure measure(String system, String code) {
    if (system.equals(Guideline.FACTS)) {
      return byLocalCode.get(code);
    }
    for (String valueSet : terminology.valueSetsOf(system, code)) {
      Measure measure = byValueSet.get(valueSet);
      if (measure != null) {
        return measure;
      }
    }
    return null;
  }
}
