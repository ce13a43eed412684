package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.TestGuideline;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.engine.Verdict;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;

/**
 * What a part of the record that was not read does to the statements: for every demo patient, with
 * and without the orders drafted for them, what each statement says without one key, and without
 * all, beside what it says with the whole record.
 *
 * <p>To say nothing is right. To say the opposite is not, but where {@code
 * catalogue/unread-sources.yaml} gives the reason; there {@code lost} is what applied and then is
 * said not to apply, {@code invented} what did not apply and then is said to.
 */
class UnreadSourcesTest {
  private static final Path LIST = Path.of("src/test/resources/catalogue/unread-sources.yaml");
  private static final DemoRecords RECORDS =
      DemoRecords.load(TestGuideline.FHIR, DateShift.WRITTEN_FOR);

  @Test
  void whatWasNotReadTurnsNoAnswerIntoItsOpposite() throws IOException {
    UnreadSources.Turns turns = new UnreadSources.Turns();
    for (DemoEntry patient : RECORDS.all("Patient")) {
      sweep(patient, List.of(), patient.id(), turns);
      for (DemoRecords.Order order : RECORDS.orders()) {
        if (order.patient().equals(patient.id())) {
          List<Resource> drafts =
              order.bundle().getEntry().stream().map(entry -> entry.getResource()).toList();
          sweep(patient, drafts, order.id(), turns);
        }
      }
    }
    assertThat(turns.notAsIn(LIST)).as(LIST.toString()).isEmpty();
  }

  private static void sweep(
      DemoEntry patient, List<Resource> drafts, String name, UnreadSources.Turns turns) {
    UnreadSources.Keyed record = record(patient);
    Map<String, Verdict> whole = report(patient, record, drafts, Set.of());
    UnreadSources.parts()
        .forEach(
            (part, keys) ->
                report(patient, record, drafts, keys)
                    .forEach(
                        (id, verdict) ->
                            turns.note(id, part, answer(whole.get(id)), answer(verdict), name)));
  }

  private static Boolean answer(Verdict verdict) {
    return verdict instanceof Verdict.Applies
        ? Boolean.TRUE
        : verdict instanceof Verdict.DoesNotApply ? Boolean.FALSE : null;
  }

  private static UnreadSources.Keyed record(DemoEntry patient) {
    return UnreadSources.Keyed.of(UnreadSources.record(RECORDS, patient)).broughtByAKey();
  }

  private static Map<String, Verdict> report(
      DemoEntry patient, UnreadSources.Keyed keyed, List<Resource> drafts, Set<String> unread) {
    List<Resource> record = new ArrayList<>(List.of(patient.resource()));
    record.addAll(keyed.without(unread));
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source(patient.id(), RECORDS.day(), record, drafts, unread),
            ChartReader.OtherPatient.REFUSE);
    Map<String, Verdict> verdicts = new HashMap<>();
    TestGuideline.ENGINE
        .report(chart, null)
        .forEach(line -> verdicts.put(line.entry().id(), line.verdict()));
    return verdicts;
  }
}
