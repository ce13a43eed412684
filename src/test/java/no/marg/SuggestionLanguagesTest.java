package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.chart.ResourceWriter;
import no.marg.engine.Finding;
import no.marg.engine.Suggestion;
import no.marg.knowledge.Service;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;

/**
 * What a suggestion writes, it has in both languages, and its JSON is what HAPI makes of it: for
 * every case and every demo patient.
 */
class SuggestionLanguagesTest {
  private static final ResourceWriter WRITER = new ResourceWriter(TestGuideline.FHIR);

  private final ReaderTexts read = new ReaderTexts();

  /** The statements whose suggestions were seen, with what they do. */
  private final Set<String> made = new TreeSet<>();

  @Test
  void everyTextOfASuggestionForACaseHasBothLanguages() throws IOException {
    Set<Object> records = new HashSet<>();
    try (Stream<CqlCase> cases = CqlCasesTest.cases()) {
      cases
          .filter(row -> records.add(List.of(row.record(), row.evaluated(), row.unread())))
          .forEach(row -> read(CaseRecord.chart(row)));
    }
    assertThat(made).hasSizeGreaterThan(230);
    assertThat(read.single()).isEmpty();
  }

  @Test
  void everyTextOfASuggestionForADemoPatientHasBothLanguages() throws IOException {
    PersonasTest.personas().forEach(persona -> read(chart(persona, List.of())));
    PersonasTest.orders()
        .forEach(
            order ->
                read(
                    chart(
                        PersonasTest.personaOf(order),
                        PersonasTest.resources("/demo/orders/" + order + ".json"))));
    assertThat(made).hasSizeGreaterThan(50);
    assertThat(read.single()).isEmpty();
  }

  private static Chart chart(String persona, List<Resource> drafts) {
    return TestGuideline.ENGINE.chart(
        new ChartReader.Source(
            persona,
            LocalDate.of(2026, 2, 15),
            PersonasTest.record(persona),
            new ArrayList<>(drafts),
            Set.of()),
        ChartReader.OtherPatient.REPORT);
  }

  private void read(Chart chart) {
    for (Service service : TestGuideline.GUIDELINE.services().values()) {
      for (Finding finding : TestGuideline.ENGINE.advise(service, chart, Map.of()).findings()) {
        for (Suggestion suggestion : finding.suggestions()) {
          suggestion.actions().forEach(action -> read(action, finding.statement().actionId()));
        }
      }
    }
  }

  private void read(Suggestion.Action action, String statement) {
    made.add(statement + " " + action.kind());
    Resource resource = action.resource();
    if (resource != null) {
      Resource english = Text.in("en", resource);
      assertThat(WRITER.write(english))
          .isEqualTo(TestGuideline.FHIR.newJsonParser().encodeResourceToString(english));
    }
    if (action.kind() == Suggestion.Kind.CREATE && resource != null) {
      read.walk(resource, statement);
    } else if (resource instanceof MedicationRequest order) {
      for (Dosage dosage : order.getDosageInstruction()) {
        readChanged(dosage.getTextElement(), statement);
        readChanged(dosage.getPatientInstructionElement(), statement);
      }
    }
  }

  /** The writer's own words, with another dose in them, stay in the writer's language. */
  private void readChanged(StringType words, String statement) {
    Text text = Text.of(words);
    if (!words.hasExtension() || !text.nb().equals(text.en())) {
      read.walk(new Dosage().setTextElement(words), statement);
    }
  }
}
