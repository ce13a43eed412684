package no.marg.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Statement;
import org.jspecify.annotations.Nullable;

/**
 * The statements that may have something to say, with their gates and conditions looked up once for
 * all patients.
 */
final class Candidates {
  private final List<Statement> statements;
  private final List<Question> gates;
  private final List<Candidate> all;

  private Candidates(List<Statement> statements, List<Question> gates, List<Candidate> all) {
    this.statements = statements;
    this.gates = gates;
    this.all = all;
  }

  /** A definition, made ready to run; {@code prepared} is null when there is none of that name. */
  record Question(Definition definition, @Nullable PreparedDefinition prepared) {
    Answer ask(Evaluation evaluation) {
      return evaluation.answer(definition, prepared);
    }
  }

  /**
   * A statement.
   *
   * @param gates places of its gates among all gates
   * @param condition null when it always applies
   */
  record Candidate(Statement statement, int[] gates, @Nullable Question condition) {}

  static Candidates of(
      List<Statement> statements, Function<Definition, @Nullable PreparedDefinition> find) {
    List<Question> gates = new ArrayList<>();
    Map<Definition, Integer> places = new HashMap<>();
    List<Candidate> all = new ArrayList<>(statements.size());
    for (Statement statement : statements) {
      int[] own = new int[statement.gates().size()];
      for (int i = 0; i < own.length; i++) {
        Definition gate = statement.gates().get(i);
        own[i] =
            places.computeIfAbsent(
                gate,
                any -> {
                  gates.add(new Question(gate, find.apply(gate)));
                  return gates.size() - 1;
                });
      }
      Definition condition = statement.condition();
      all.add(
          new Candidate(
              statement,
              own,
              condition == null ? null : new Question(condition, find.apply(condition))));
    }
    return new Candidates(statements, gates, all);
  }

  /** Whether it was made of this very list. */
  boolean isOf(List<Statement> given) {
    return given == statements;
  }

  /**
   * Those whose gates leave them something to say: a gate that is false says that they have not.
   */
  List<Candidate> open(Evaluation evaluation) {
    boolean[] shut = new boolean[gates.size()];
    for (int i = 0; i < shut.length; i++) {
      shut[i] = gates.get(i).ask(evaluation).isFalse();
    }
    List<Candidate> open = new ArrayList<>(all.size());
    for (Candidate candidate : all) {
      if (!isShut(candidate, shut)) {
        open.add(candidate);
      }
    }
    return open;
  }

  private static boolean isShut(Candidate candidate, boolean[] shut) {
    for (int gate : candidate.gates()) {
      if (shut[gate]) {
        return true;
      }
    }
    return false;
  }
}
