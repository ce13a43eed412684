package no.marg.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import no.marg.CasesForTests;
import no.marg.CasesForTests.Question;
import no.marg.TestGuideline;
import no.marg.knowledge.CqlLibraries;
import no.marg.knowledge.Definition;
import org.hl7.elm.r1.VersionedIdentifier;
import org.junit.jupiter.api.Test;

/** What is answered without evaluating is what evaluating would answer. */
class EmptyRecordTest {
  /** Every so many cases; a prime, so that all files and answers are met. */
  private static final int EVERY = Integer.getInteger("alone.every", 31);

  @Test
  void everyDefinitionAnswersAsForThePatientAlone() throws Exception {
    List<Definition> definitions = definitions();
    List<Question> questions = CasesForTests.questions();
    List<String> different = new ArrayList<>();
    int known = 0;
    for (int i = 0; i < questions.size(); i += EVERY) {
      Question question = questions.get(i);
      Evaluator.Evaluation evaluation =
          TestGuideline.ENGINE.evaluation(question.chart(), question.parameters());
      Function<Definition, Answer> alone = evaluation.alone();
      for (Definition definition : definitions) {
        Answer answer = evaluation.answer(definition);
        Answer own = alone.apply(definition);
        known += own.orNull() == null ? 0 : 1;
        if (answer instanceof Answer.Failure != own instanceof Answer.Failure
            || !PreparedCqlTest.same(answer.orNull(), own.orNull())) {
          different.add(question.source() + " → " + definition + ": " + answer + " / " + own);
        }
      }
    }
    assertThat(known).isGreaterThan(50_000);
    assertThat(different).isEmpty();
  }

  private static List<Definition> definitions() {
    CqlLibraries libraries = TestGuideline.GUIDELINE.libraries();
    List<Definition> all = new ArrayList<>();
    for (VersionedIdentifier library : libraries.compiled().keySet()) {
      String id = String.valueOf(library.getId());
      libraries.definitionsOf(id).forEach(name -> all.add(new Definition(id, name)));
    }
    return all;
  }
}
