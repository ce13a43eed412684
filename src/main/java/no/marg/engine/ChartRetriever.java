package no.marg.engine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import no.marg.chart.Chart;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.retrieve.RetrieveProvider;
import org.opencds.cqf.cql.engine.runtime.Code;
import org.opencds.cqf.cql.engine.runtime.Interval;

/** Answers the logic's retrieves from one chart, newest first. */
final class ChartRetriever implements RetrieveProvider {
  private final Chart chart;

  ChartRetriever(Chart chart) {
    this.chart = chart;
  }

  @Override
  public Iterable<Object> retrieve(
      @Nullable String context,
      @Nullable String contextPath,
      @Nullable Object contextValue,
      String dataType,
      @Nullable String templateId,
      @Nullable String codePath,
      @Nullable Iterable<Code> codes,
      @Nullable String valueSet,
      @Nullable String datePath,
      @Nullable String dateLowPath,
      @Nullable String dateHighPath,
      @Nullable Interval dateRange) {
    if (dateRange != null) {
      throw new IllegalArgumentException("Date filters belong in the logic, not in a retrieve");
    }
    return java.util.Collections.unmodifiableList(find(dataType, codePath, codes, valueSet));
  }

  private List<Resource> find(
      String type,
      @Nullable String codePath,
      @Nullable Iterable<Code> codes,
      @Nullable String valueSet) {
    if (valueSet != null) {
      return chart.inValueSet(type, valueSet);
    }
    if (codes == null) {
      return chart.all(type);
    }
    boolean category = "category".equals(codePath) && !type.equals("CarePlan");
    List<List<Resource>> found = new ArrayList<>(1);
    for (Code code : codes) {
      String system = code.getSystem();
      String value = String.valueOf(code.getCode());
      found.add(
          category || system == null
              ? chart.withCategory(type, system, value)
              : chart.withCode(type, system, value));
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    Set<Resource> any = new LinkedHashSet<>();
    found.forEach(any::addAll);
    // In the chart's order, whatever the order of the codes.
    return chart.all(type).stream().filter(any::contains).toList();
  }
}
