package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.demo.UnreadSources;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Statement;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;

/**
 * What a part of the record that was not read does to the definitions: for the record of every case
 * row, what a definition that it expects true or false answers without one prefetch key, and
 * without all.
 *
 * <p>To say nothing is right. To say the opposite is not, but where {@code
 * catalogue/unread-cases.yaml} gives the reason; there {@code lost} is what was true and then is
 * false, {@code invented} what was false and then is true. Whether an unknown is worth a card of
 * its own is not asked: to be silent then is no answer.
 */
class UnreadCasesTest {
  private static final Path LIST = Path.of("src/test/resources/catalogue/unread-cases.yaml");

  /** What tells whether an unknown is worth a card of its own; it says nothing of the patient. */
  private static final Set<Definition> ASKS =
      Stream.concat(
              TestGuideline.GUIDELINE.statements().stream()
                  .filter(Statement::undecided)
                  .map(Statement::condition)
                  .filter(Objects::nonNull),
              TestGuideline.GUIDELINE.all("Measure").stream()
                  .flatMap(
                      measure ->
                          TestGuideline.GUIDELINE
                              .neededFor("Measure/" + measure.getIdElement().getIdPart())
                              .stream())
                  .filter(definition -> definition.name().endsWith(" Is Undecided")))
          .collect(Collectors.toUnmodifiableSet());

  @Test
  void whatWasNotReadTurnsNoAnswerIntoItsOpposite() throws IOException {
    UnreadSources.Turns turns = new UnreadSources.Turns();
    CqlCasesTest.cases().toList().parallelStream()
        .filter(row -> row.unread().isEmpty())
        .forEach(row -> sweep(row, turns));
    assertThat(String.join("\n", turns.notAsIn(LIST))).as(LIST.toString()).isEmpty();
  }

  private static void sweep(CqlCase row, UnreadSources.Turns turns) {
    List<String> asked =
        row.expected().entrySet().stream()
            .filter(entry -> entry.getValue() instanceof Boolean)
            .map(Map.Entry::getKey)
            .filter(name -> !ASKS.contains(new Definition(row.library(), name)))
            .toList();
    if (asked.isEmpty()) {
      return;
    }
    UnreadSources.Keyed record = UnreadSources.Keyed.of(CaseRecord.of(row).resources());
    Map<String, Boolean> whole = answers(row, asked, record, Set.of());
    UnreadSources.parts()
        .forEach(
            (part, keys) -> {
              Map<String, Boolean> without = answers(row, asked, record, keys);
              for (String name : asked) {
                turns.note(
                    row.library() + "." + name,
                    part,
                    whole.get(name),
                    without.get(name),
                    row.source());
              }
            });
  }

  private static Map<String, Boolean> answers(
      CqlCase row, List<String> asked, UnreadSources.Keyed record, Set<String> unread) {
    List<Resource> left = record.without(unread);
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source(CaseRecord.PATIENT, row.evaluated(), left, List.of(), unread),
            ChartReader.OtherPatient.REPORT);
    Parameters answers =
        TestGuideline.ENGINE.evaluate(row.library(), asked, chart, CqlCasesTest.parameters(row));
    Map<String, Boolean> byName = new HashMap<>();
    answers
        .getParameter()
        .forEach(
            parameter -> {
              if (parameter.getValue() instanceof BooleanType answer) {
                byName.put(parameter.getName(), answer.getValue());
              }
            });
    return byName;
  }
}
