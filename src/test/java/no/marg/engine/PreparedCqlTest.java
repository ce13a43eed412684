package no.marg.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import no.marg.CasesForTests;
import no.marg.CasesForTests.Question;
import no.marg.TestGuideline;
import no.marg.knowledge.Definition;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.r4.model.Base;
import org.junit.jupiter.api.Test;
import org.opencds.cqf.cql.engine.runtime.Tuple;

/** The unmodified CQL engine as a second opinion on prepared CQL, over the cases. */
class PreparedCqlTest {
  /** Every so many cases; a prime, so that all files and answers are met. */
  private static final int EVERY = Integer.getInteger("prepared.every", 7);

  /**
   * One that is left to the engine takes it hundreds of milliseconds with all that it refers to.
   */
  @Test
  void everyDefinitionIsPrepared() {
    assertThat(TestGuideline.ENGINE.leftToTheEngine()).isEmpty();
  }

  @Test
  void theEngineGivesTheSameAnswers() throws Exception {
    List<Question> questions = CasesForTests.questions();
    List<String> different = new ArrayList<>();
    int asked = 0;
    for (int i = 0; i < questions.size(); i += EVERY) {
      Question question = questions.get(i);
      Evaluator.Evaluation evaluation =
          TestGuideline.ENGINE.evaluation(question.chart(), question.parameters());
      for (Definition definition : question.definitions()) {
        asked++;
        Answer prepared = evaluation.answer(definition);
        Object engine;
        try {
          engine = evaluation.byTheEngine(definition);
        } catch (RuntimeException e) {
          engine = prepared instanceof Answer.Failure ? null : e;
        }
        if (!same(prepared.orNull(), engine)) {
          different.add(question.source() + " → " + definition + ": " + prepared + " / " + engine);
        }
      }
    }
    assertThat(asked).isGreaterThan(50);
    assertThat(different).isEmpty();
  }

  static boolean same(Object left, Object right) {
    if (left instanceof Iterable<?> some && right instanceof Iterable<?> others) {
      var one = some.iterator();
      var other = others.iterator();
      while (one.hasNext() && other.hasNext()) {
        if (!same(one.next(), other.next())) {
          return false;
        }
      }
      return !one.hasNext() && !other.hasNext();
    }
    if (left instanceof Tuple one && right instanceof Tuple other) {
      Map<String, Object> others = other.getElements();
      return one.getElements().keySet().equals(others.keySet())
          && one.getElements().entrySet().stream()
              .allMatch(entry -> same(entry.getValue(), others.get(entry.getKey())));
    }
    if (left instanceof IBase && right instanceof IBase) {
      return ((Base) left).equalsDeep((Base) right);
    }
    return Objects.equals(left, right) || String.valueOf(left).equals(String.valueOf(right));
  }
}
