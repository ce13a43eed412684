package no.marg.statements;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import no.marg.TestGuideline;
import no.marg.knowledge.Statement;
import org.junit.jupiter.api.Test;

class ReadingsTest {

  /** A row with a bar too many or too few would be left out without a word. */
  @Test
  void everyRowOfThePageIsRead() throws Exception {
    List<String> rows =
        Files.readAllLines(Path.of("docs/interpretations.md")).stream()
            .filter(line -> line.startsWith("|"))
            .filter(line -> !line.startsWith("| id |") && !line.matches("\\|\\s*---.*"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(300);
    assertThat(Readings.load().all()).hasSameSizeAs(rows);
  }

  @Test
  void ofOneNameUnderSeveralHeadingsTheRulesOwnCounts() {
    Readings readings =
        Readings.read(
            """
            ## Bone (MMSupportiveCare)
            | id | where | what the text says | reading | reason | safe branch |
            | --- | --- | --- | --- | --- | --- |
            | AMB-43 | bone | a | own | b | c |
            ## Infection (MMInfection)
            | AMB-43 | infection | a | other | b | c |
            | AMB-4 | infection | a | another name | b | c |
            | own | SUP-BISPHOS-6, x | a | names it | b | c |
            | own | SUP-BISPHOS-66 | a | names another | b | c |
            """);
    List<Statement> rules =
        TestGuideline.GUIDELINE.statements().stream()
            .filter(rule -> rule.catalogueId().equals("SUP-BISPHOS-6"))
            .toList();
    assertThat(readings.of("SUP-BISPHOS-6", rules))
        .extracting(Reading::reading)
        .containsExactly("own", "names it");
  }
}
