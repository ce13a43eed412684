package no.marg.engine;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import no.marg.knowledge.Definition;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.runtime.Code;

/** One patient's evaluation: what the record holds nothing for is answered without evaluating. */
final class PatientRun extends Run {
  private final ChartRetriever records;
  private final Function<PreparedDefinition, @Nullable Object> shared;
  private final Function<Definition, @Nullable Object> whole;

  /**
   * An evaluation.
   *
   * @param shared the answer of a definition that needs no evaluation, as {@link Run} keeps it;
   *     null for one that does
   * @param whole evaluates a definition that is not prepared
   */
  PatientRun(
      CqlEngine engine,
      ChartModelResolver model,
      Map<String, Object> given,
      int definitions,
      ChartRetriever records,
      Function<PreparedDefinition, @Nullable Object> shared,
      Function<Definition, @Nullable Object> whole) {
    super(engine, model, given, definitions);
    this.records = records;
    this.shared = shared;
    this.whole = whole;
  }

  @Override
  Object first(PreparedDefinition definition) {
    Object known = shared.apply(definition);
    return known != null ? known : super.first(definition);
  }

  @Override
  Iterable<Object> records(Reading.Records wanted) {
    return records.of(wanted);
  }

  @Override
  Iterable<Object> records(Reading.Records all, List<Code> codes) {
    return records.of(new Reading.Records(all.number(), all.type(), all.path(), codes, null));
  }

  @Override
  @Nullable Object byTheEngine(Definition definition) {
    return whole.apply(definition);
  }
}
