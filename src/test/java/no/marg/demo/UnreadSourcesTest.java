package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import no.marg.TestGuideline;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.engine.Verdict;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.yaml.snakeyaml.Yaml;

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
  private static final Map<String, String> QUERIES = queries();

  /** All keys together. */
  private static final String ALL = "all";

  @Test
  void whatWasNotReadTurnsNoAnswerIntoItsOpposite() throws IOException {
    // Direction, statement and key to the records in which it is so.
    Map<String, Set<String>> turns = new TreeMap<>();
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
    Map<String, String> listed = listed();
    List<String> wrong = new ArrayList<>();
    turns.forEach(
        (turn, records) -> {
          if (!listed.containsKey(turn)) {
            wrong.add(turn + " in " + records);
          }
        });
    listed.forEach(
        (turn, reason) -> {
          if (!turns.containsKey(turn)) {
            wrong.add(turn + ": is listed and does not happen");
          } else if (!reason.equals("open") && reason.length() < 20) {
            wrong.add(turn + ": gives no reason");
          }
        });
    assertThat(wrong).as(LIST.toString()).isEmpty();
  }

  private static void sweep(
      DemoEntry patient, List<Resource> drafts, String name, Map<String, Set<String>> turns) {
    Map<String, Collection<Resource>> found = new LinkedHashMap<>();
    QUERIES.forEach((key, query) -> found.put(key, search(query, patient.id())));
    Map<String, Verdict> whole = report(patient, found, drafts, Set.of());
    Map<String, Set<String>> unread = new LinkedHashMap<>();
    QUERIES.keySet().forEach(key -> unread.put(key, Set.of(key)));
    unread.put(ALL, QUERIES.keySet());
    unread.forEach(
        (key, keys) ->
            report(patient, found, drafts, keys)
                .forEach(
                    (id, verdict) -> {
                      String direction = direction(whole.get(id), verdict);
                      if (direction != null) {
                        turns
                            .computeIfAbsent(
                                direction + " " + id + " " + key, each -> new TreeSet<>())
                            .add(name);
                      }
                    }));
  }

  private static String direction(Verdict whole, Verdict verdict) {
    boolean applied = whole instanceof Verdict.Applies;
    boolean applies = verdict instanceof Verdict.Applies;
    if (applied && verdict instanceof Verdict.DoesNotApply) {
      return "lost";
    }
    return applies && whole instanceof Verdict.DoesNotApply ? "invented" : null;
  }

  private static Map<String, Verdict> report(
      DemoEntry patient,
      Map<String, Collection<Resource>> found,
      List<Resource> drafts,
      Set<String> unread) {
    // A result that two keys bring is there when one of them was read.
    Set<Resource> record = new LinkedHashSet<>(Set.of(patient.resource()));
    found.forEach(
        (key, resources) -> {
          if (!unread.contains(key)) {
            record.addAll(resources);
          }
        });
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source(
                patient.id(), RECORDS.day(), List.copyOf(record), drafts, unread),
            ChartReader.OtherPatient.REFUSE);
    Map<String, Verdict> verdicts = new HashMap<>();
    TestGuideline.ENGINE
        .report(chart, null)
        .forEach(line -> verdicts.put(line.entry().id(), line.verdict()));
    return verdicts;
  }

  private static Collection<Resource> search(String query, String patient) {
    String type = query.substring(0, query.indexOf('?'));
    MultiValueMap<String, String> parameters = new LinkedMultiValueMap<>();
    for (String parameter : query.substring(type.length() + 1).split("&")) {
      int is = parameter.indexOf('=');
      parameters.add(
          parameter.substring(0, is),
          parameter.substring(is + 1).replace("{{context.patientId}}", patient));
    }
    return RECORDS.all(type).stream()
        .filter(DemoSearch.of(parameters).filter())
        .map(DemoEntry::resource)
        .toList();
  }

  /** The queries of all services by key, without the patient's. */
  private static Map<String, String> queries() {
    Map<String, String> queries = new TreeMap<>();
    TestGuideline.GUIDELINE
        .services()
        .values()
        .forEach(service -> queries.putAll(service.prefetch()));
    queries.remove("patient");
    return queries;
  }

  /** Direction, statement and key to the reason. */
  private static Map<String, String> listed() throws IOException {
    Map<String, Map<String, Map<String, String>>> content = new Yaml().load(Files.readString(LIST));
    Map<String, String> listed = new TreeMap<>();
    content.forEach(
        (direction, statements) ->
            statements.forEach(
                (id, keys) ->
                    keys.forEach(
                        (key, reason) -> listed.put(direction + " " + id + " " + key, reason))));
    return listed;
  }
}
