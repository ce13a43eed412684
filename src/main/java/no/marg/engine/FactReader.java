package no.marg.engine;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import no.marg.chart.Chart;
import no.marg.chart.Unused;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Fact;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Input;
import no.marg.knowledge.Statement;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Interval;

/** Finds the facts behind a statement: those it rests on, and those that are missing. */
final class FactReader {
  private final Guideline guideline;
  private final Map<String, Statement> deriving = new HashMap<>();
  private final Set<String> criteria = new HashSet<>();

  /** By the object, not its content: the statements' own inputs, which are most of all asked. */
  private final Map<Input, Fact> facts = new IdentityHashMap<>();

  private final Map<String, String> valueSets = new ConcurrentHashMap<>();

  /** By the value of a fact that counts for so many days only: its newest record, however old. */
  private final Map<Definition, Optional<Definition>> ofAnyAge = new ConcurrentHashMap<>();

  FactReader(Guideline guideline) {
    this.guideline = guideline;
    for (CatalogueEntry entry : guideline.catalogue()) {
      if (entry.statement() != null) {
        deriving.put(entry.id(), entry.statement());
        if (entry.kind().equals("criterion")) {
          criteria.add(entry.id());
        }
      }
    }
    for (Statement statement : guideline.statements()) {
      statement.inputs().forEach(input -> facts.put(input, read(input)));
    }
  }

  /** The fact of an input, with the definition that this statement reads it by. */
  private Fact fact(Input input) {
    Fact known = facts.get(input);
    return known != null ? known : read(input);
  }

  private Fact read(Input input) {
    Fact fact = guideline.fact(input.id());
    if (input.value() == null) {
      return fact;
    }
    Definition result = new Definition(input.value().library(), input.value().name() + " Result");
    return new Fact(
        fact.id(),
        fact.name(),
        input.value(),
        guideline.libraries().has(result) ? result : fact.result(),
        fact.derivedBy(),
        fact.test(),
        fact.testRuledOutBy(),
        fact.answers());
  }

  /** Those whose test nothing in the record rules out, such as a contraindication. */
  List<Missing> orderable(List<Missing> missing, Evaluation evaluation) {
    return missing.stream().filter(each -> !isTestRuledOut(each.fact(), evaluation)).toList();
  }

  private boolean isTestRuledOut(Fact fact, Evaluation evaluation) {
    String id = fact.testRuledOutBy();
    Definition reason = id == null ? null : guideline.fact(id).value();
    return reason != null && evaluation.answer(reason).isTrue();
  }

  private @Nullable Statement source(Fact fact) {
    return fact.derivedBy() == null ? null : deriving.get(fact.derivedBy());
  }

  /** The known facts of a statement; those behind a derived fact when that one holds. */
  List<Evidence> evidence(Statement statement, Evaluation evaluation) {
    Map<String, Evidence> found = new LinkedHashMap<>();
    evidence(statement, evaluation, found, new HashSet<>());
    return List.copyOf(found.values());
  }

  private void evidence(
      Statement statement, Evaluation evaluation, Map<String, Evidence> found, Set<String> seen) {
    for (Input input : statement.inputs()) {
      if (input.decidedBy() != null || !seen.add(input.id())) {
        continue;
      }
      Fact fact = fact(input);
      Statement source = source(fact);
      if (source != null && source.condition() != null) {
        if (evaluation.answer(source.condition()).isTrue()) {
          if (isCriterion(fact) && restsOnRecords(source)) {
            found.put(fact.id(), new Evidence(fact, new FactValue.YesNo(true), null, null, ""));
          }
          evidence(source, evaluation, found, seen);
        }
        continue;
      }
      Evidence evidence = evidence(fact, input.threshold(), evaluation);
      if (evidence != null) {
        found.put(fact.id(), evidence);
      }
    }
  }

  private boolean isCriterion(Fact fact) {
    return criteria.contains(String.valueOf(fact.derivedBy()));
  }

  /** Whether a derived fact is a criterion of its own, such as CRAB A, and not only a step. */
  private boolean restsOnRecords(Statement statement) {
    return statement.inputs().stream().anyMatch(input -> source(fact(input)) == null);
  }

  private static @Nullable Evidence evidence(Fact fact, String threshold, Evaluation evaluation) {
    if (fact.value() == null) {
      return null;
    }
    FactValue value = FactValue.of(evaluation.answer(fact.value()).orNull());
    if (value == null) {
      return null;
    }
    Resource record = record(fact, evaluation);
    return new Evidence(
        fact,
        value,
        record == null ? null : Chart.dayOf(record),
        record == null ? null : Chart.referenceOf(record),
        threshold);
  }

  private static @Nullable Resource record(Fact fact, Evaluation evaluation) {
    if (fact.result() == null) {
      return null;
    }
    Object result = evaluation.answer(fact.result()).orNull();
    if (result instanceof Iterable<?> list) {
      var all = list.iterator();
      result = all.hasNext() ? all.next() : null;
    }
    return result instanceof Resource resource ? resource : null;
  }

  /** The facts that would decide a statement and are not known. */
  List<Missing> missing(Statement statement, Evaluation evaluation) {
    return missing(statement.inputs(), evaluation);
  }

  /** Those of the facts that are not known. */
  List<Missing> missing(List<Input> inputs, Evaluation evaluation) {
    Map<String, Missing> found = new LinkedHashMap<>();
    Map<String, Missing> derived = new LinkedHashMap<>();
    missing(inputs, evaluation, found, derived, new HashSet<>());
    if (found.isEmpty()) {
      // All that it is derived from is known and leaves it open: a clinician's word would decide.
      found.putAll(derived);
    }
    if (found.isEmpty()) {
      // Everything is known, but some of it too coarsely to decide.
      inputs.stream()
          .filter(input -> input.decidedBy() == null)
          .map(input -> coarse(fact(input), evaluation))
          .filter(Objects::nonNull)
          .forEach(each -> found.put(each.fact().id(), each));
    }
    return List.copyOf(found.values());
  }

  private static @Nullable Missing coarse(Fact fact, Evaluation evaluation) {
    if (fact.value() == null) {
      return null;
    }
    Object answer = evaluation.answer(fact.value()).orNull();
    FactValue value = FactValue.of(answer);
    boolean isCoarse =
        value instanceof FactValue.Measured measured
            ? !measured.isExact()
            // A count within bounds, such as the number of a line.
            : value == null && answer instanceof Interval;
    if (!isCoarse) {
      return null;
    }
    Resource record = record(fact, evaluation);
    return new Missing(fact, null, value, record == null ? null : Chart.dayOf(record), false);
  }

  private void missing(
      List<Input> inputs,
      Evaluation evaluation,
      Map<String, Missing> found,
      Map<String, Missing> derived,
      Set<String> seen) {
    for (Input input : inputs) {
      if (input.decidedBy() != null) {
        if (evaluation.answer(input.decidedBy()).orNull() == null) {
          found.putIfAbsent(input.id(), missing(fact(input), evaluation));
        }
        continue;
      }
      if (!seen.add(input.id())) {
        continue;
      }
      Fact fact = fact(input);
      Statement source = source(fact);
      Definition value = fact.value();
      boolean hasValue = value != null;
      if (value != null && evaluation.answer(value).orNull() != null) {
        continue;
      }
      if (source == null || source.condition() == null || (hasValue && isItsOwn(source, fact))) {
        found.put(fact.id(), missing(fact, evaluation));
      } else if (evaluation.answer(source.condition()).orNull() == null) {
        missing(source.inputs(), evaluation, found, derived, seen);
        if (hasValue) {
          derived.put(fact.id(), missing(fact, evaluation));
        }
      }
    }
  }

  /** Whether the statement that gives a fact has nothing else to name than the fact itself. */
  private static boolean isItsOwn(Statement source, Fact fact) {
    return source.inputs().stream().anyMatch(input -> input.id().equals(fact.id()));
  }

  /** The value set of a test's codes; one text for each, whose hash is known. */
  private String valueSet(String test) {
    return valueSets.computeIfAbsent(test, any -> Guideline.BASE + "/ValueSet/mm-" + any);
  }

  private Missing missing(Fact fact, Evaluation evaluation) {
    Resource record = record(fact, evaluation);
    Resource old = record == null ? ofAnyAge(fact, evaluation) : null;
    if (old != null) {
      record = old;
    }
    if (record == null && fact.test() != null) {
      // A result may be there and be too old for the rule: say so.
      record =
          evaluation.chart().inValueSet("Observation", valueSet(fact.test())).stream()
              .findFirst()
              .orElse(null);
    }
    LocalDate day = record == null ? null : Chart.dayOf(record);
    String reference = record == null ? null : Chart.referenceOf(record);
    for (Unused unused : evaluation.chart().unused()) {
      // The newest record itself, or one that is not in the chart because it is only preliminary.
      boolean same =
          unused.reference().equals(reference)
              || (unused.reason() == Unused.Reason.PRELIMINARY
                  && fact.test() != null
                  && unused.concept().equals(fact.test()));
      if (same && unused.isUnreadable()) {
        return new Missing(fact, unused, null, day, false);
      }
    }
    return new Missing(fact, null, null, day, old != null && day != null);
  }

  /** The newest record of a fact that counts for so many days only; null of any other fact. */
  private @Nullable Resource ofAnyAge(Fact fact, Evaluation evaluation) {
    Definition value = fact.value();
    if (value == null) {
      return null;
    }
    Definition newest = ofAnyAge.computeIfAbsent(value, this::findOfAnyAge).orElse(null);
    return newest != null && evaluation.answer(newest).orNull() instanceof Resource resource
        ? resource
        : null;
  }

  private Optional<Definition> findOfAnyAge(Definition value) {
    return Optional.of(new Definition(value.library(), value.name() + " Result Of Any Age"))
        .filter(guideline.libraries()::has);
  }

  /**
   * A statement with the action that decides about it: its own, or one with which it applies too
   * where its own condition is false.
   */
  CatalogueEntry judging(CatalogueEntry entry, Evaluation evaluation) {
    Statement own = entry.statement();
    if (own == null || own.condition() == null || !evaluation.answer(own.condition()).isFalse()) {
      return entry;
    }
    Statement open = null;
    for (Statement other : entry.also()) {
      if (other.condition() == null || evaluation.answer(other.condition()).isTrue()) {
        return entry.by(other);
      }
      if (open == null && !evaluation.answer(other.condition()).isFalse()) {
        open = other;
      }
    }
    return open == null ? entry : entry.by(open);
  }

  /** The verdict on a statement of the guideline. */
  Verdict verdict(CatalogueEntry entry, Evaluation evaluation) {
    Statement statement = entry.statement();
    if (entry.reason() != null) {
      return new Verdict.NotComputable(entry.reason());
    }
    if (statement == null) {
      return new Verdict.NotComputable("No rule for this statement yet");
    }
    if (statement.condition() == null) {
      return new Verdict.Applies();
    }
    Object answer = evaluation.answer(statement.condition()).orNull();
    if (answer == null) {
      return undecided(entry, statement, evaluation);
    }
    return Boolean.TRUE.equals(answer) ? new Verdict.Applies() : new Verdict.DoesNotApply();
  }

  /** Where the text itself leaves it open, a word of the clinician decides: it is missing too. */
  private Verdict undecided(CatalogueEntry entry, Statement statement, Evaluation evaluation) {
    for (Statement open : entry.open()) {
      if (open.condition() != null && evaluation.answer(open.condition()).isTrue()) {
        List<Input> inputs = new ArrayList<>(statement.inputs());
        inputs.addAll(open.inputs());
        return new Verdict.Undecided(missing(inputs, evaluation), open.title());
      }
    }
    return new Verdict.Undecided(missing(statement, evaluation), null);
  }
}
