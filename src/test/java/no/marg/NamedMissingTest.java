package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import org.junit.jupiter.api.Test;

/**
 * An unknown without a name helps nobody: for the record of every case row that was read as a
 * whole, a statement that {@code $guideline-report} leaves undecided names what is missing, or
 * {@code catalogue/undecided-without-name.yaml} gives the reason why it names nothing. Where a part
 * of the record was not read, that is what is missing, and the services say so themselves.
 */
class NamedMissingTest {
  @Test
  void whatIsUndecidedNamesWhatIsMissing() throws IOException {
    Map<String, String> reasons = Reasons.of("undecided-without-name.yaml");
    Map<String, String> nameless = nameless();
    Map<String, String> unexplained = new TreeMap<>(nameless);
    unexplained.keySet().removeAll(reasons.keySet());
    assertThat(unexplained).as("statement to the first row found").isEmpty();
    assertThat(nameless).containsOnlyKeys(reasons.keySet());
    assertThat(reasons.values()).allMatch(reason -> reason.length() > 20);
  }

  /** Id of the statement to a case row that leaves it undecided without a name. */
  private static Map<String, String> nameless() throws IOException {
    Map<String, String> nameless = new ConcurrentHashMap<>();
    CqlCasesTest.cases().toList().parallelStream()
        .filter(row -> row.unread().isEmpty())
        .forEach(
            row -> {
              for (ReportLine line :
                  TestGuideline.ENGINE.report(
                      CaseRecord.chart(row), CqlCasesTest.parameters(row))) {
                if (line.verdict() instanceof Verdict.Undecided undecided
                    && undecided.missing().isEmpty()) {
                  nameless.putIfAbsent(line.entry().id(), row.source());
                }
              }
            });
    return nameless;
  }
}
