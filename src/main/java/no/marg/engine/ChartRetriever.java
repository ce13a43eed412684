package no.marg.engine;

import java.util.ArrayList;
import java.util.Collections;
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
    return Collections.unmodifiableList(find(dataType, codePath, codes, valueSet));
  }

  /** The records of a kind, newest first. */
  List<Object> of(Reading.Records wanted) {
    return Collections.unmodifiableList(
        find(wanted.type(), wanted.path(), wanted.codes(), wanted.valueSet()));
  }

  /** Whether there is a record of a kind. */
  boolean holds(Reading.Records wanted) {
    String valueSet = wanted.valueSet();
    if (chart.all(wanted.type()).isEmpty()) {
      return false;
    } else if (valueSet != null) {
      return !chart.inValueSet(wanted.type(), valueSet).isEmpty();
    }
    List<Code> codes = wanted.codes();
    return codes == null
        || codes.stream().anyMatch(code -> !withCode(wanted.type(), wanted.path(), code).isEmpty());
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
    List<List<Resource>> found = new ArrayList<>(1);
    for (Code code : codes) {
      found.add(withCode(type, codePath, code));
    }
    if (found.size() == 1) {
      return found.get(0);
    }
    Set<Resource> any = new LinkedHashSet<>();
    found.forEach(any::addAll);
    // In the chart's order, whatever the order of the codes.
    return chart.all(type).stream().filter(any::contains).toList();
  }

  private List<Resource> withCode(String type, @Nullable String codePath, Code code) {
    boolean category = "category".equals(codePath) && !type.equals("CarePlan");
    String system = code.getSystem();
    String value = String.valueOf(code.getCode());
    return category || system == null
        ? chart.withCategory(type, system, value)
        : chart.withCode(type, system, value);
  }
}
