package no.marg;

import java.io.IOException;
import java.util.List;
import no.marg.chart.Chart;
import no.marg.knowledge.Definition;
import org.hl7.fhir.r4.model.Parameters;

/** The cases of {@code src/test/resources/cases} for tests of other packages. */
public final class CasesForTests {

  /**
   * What a case asks.
   *
   * @param source file and row
   */
  public record Question(
      String source, Chart chart, Parameters parameters, List<Definition> definitions) {}

  private CasesForTests() {}

  /** All cases, in the order of the files. */
  public static List<Question> questions() throws IOException {
    return CqlCasesTest.cases().map(CasesForTests::question).toList();
  }

  private static Question question(CqlCase row) {
    return new Question(
        row.source(),
        CaseRecord.chart(row),
        CqlCasesTest.parameters(row),
        row.expected().keySet().stream().map(name -> new Definition(row.library(), name)).toList());
  }
}
