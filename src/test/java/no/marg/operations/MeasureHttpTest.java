package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.chart.ChartReader;
import no.marg.engine.Verdict;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.ListResource;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.MeasureReport;
import org.hl7.fhir.r4.model.MeasureReport.MeasureReportType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.json.JsonMapper;

/** Quality indicators over HTTP: for one patient and for a population, and how they refuse. */
@RunningMarg
class MeasureHttpTest {
  private static final String ISS = "/fhir/Measure/mm-iss-known/$evaluate-measure";
  private static final String YEAR = "?periodStart=2026-01-01&periodEnd=2026-12-31";

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  static Stream<String> measures() {
    return TestGuideline.GUIDELINE.all("Measure").stream()
        .map(measure -> measure.getIdElement().getIdPart());
  }

  // ---- one patient ----

  @Test
  void aReportForOnePatientSaysWhatHoldsForIt() {
    TestRecord patient =
        TestRecord.of("p1", "1966-01-01")
            .fact("diagnosis-statement", "multiple-myeloma")
            .result("1952-1", "6 mg/L");
    MeasureReport report =
        evaluate("mm-iss-known", year().subject("p1").data(patient.resources()).parameters());
    assertThat(report.getType()).isEqualTo(MeasureReportType.INDIVIDUAL);
    assertThat(report.getSubject().getReference()).isEqualTo("Patient/p1");
    assertThat(report.getMeasure()).isEqualTo(Guideline.BASE + "/Measure/mm-iss-known|1.3.0");
    assertThat(report.getPeriod().getStartElement().asStringValue()).isEqualTo("2026-01-01");
    assertThat(report.getPeriod().getEndElement().asStringValue()).isEqualTo("2026-12-31");
    assertThat(counts(report))
        .containsExactlyEntriesOf(
            ordered(
                "initial-population", 1,
                "denominator", 1,
                "numerator", 1,
                "denominator-undecided", 0,
                "numerator-undecided", 0));
    assertThat(report.getGroupFirstRep().getMeasureScore().getValue()).isEqualByComparingTo("1");
  }

  /** Nothing is known: undecided, and neither outside nor not done. */
  @Test
  void ofAPatientWithoutDataNothingIsDecided() {
    Http.Answer answer = http.get(ISS + YEAR + "&subject=Patient/p1");
    assertThat(answer.status()).isEqualTo(200);
    MeasureReport report = answer.as(MeasureReport.class);
    assertThat(counts(report))
        .containsEntry("denominator", 0)
        .containsEntry("numerator", 0)
        .containsEntry("denominator-undecided", 1);
    assertThat(report.getGroupFirstRep().hasMeasureScore()).isFalse();
  }

  /** What was not read is not what was not done. */
  @Test
  void resultsThatWereNotReadLeaveTheNumeratorUndecidedAndTheScoreAlone() {
    TestRecord patient =
        TestRecord.of("p1", "1966-01-01").fact("diagnosis-statement", "multiple-myeloma");
    Call call = year().subject("p1").data(patient.resources());
    MeasureReport read = evaluate("mm-fish-taken", call.parameters());
    assertThat(counts(read)).containsEntry("numerator", 0).containsEntry("numerator-undecided", 0);
    assertThat(read.getGroupFirstRep().getMeasureScore().getValue()).isEqualByComparingTo("0");
    MeasureReport unread =
        evaluate("mm-fish-taken", call.text("unreadSource", "myelomaHistory").parameters());
    assertThat(counts(unread))
        .containsEntry("denominator", 1)
        .containsEntry("numerator", 0)
        .containsEntry("numerator-undecided", 1);
    assertThat(unread.getGroupFirstRep().hasMeasureScore()).isFalse();
  }

  @Test
  void theDeadAreExcludedFromFollowUpAndNotFromWhatWasToBeTaken() {
    for (String diagnosis : List.of("mgus", "multiple-myeloma")) {
      TestRecord record = TestRecord.of("p1", "1966-01-01").fact("diagnosis-statement", diagnosis);
      ((Patient) record.resources().get(0)).setDeceased(new BooleanType(true));
      Call call = year().subject("p1").data(record.resources());
      if (diagnosis.equals("mgus")) {
        assertThat(counts(evaluate("mm-mgus-control", call.parameters())))
            .containsEntry("denominator", 1)
            .containsEntry("denominator-exclusion", 1)
            .containsEntry("numerator", 0)
            .containsEntry("numerator-undecided", 0);
      } else {
        MeasureReport report = evaluate("mm-iss-known", call.parameters());
        assertThat(counts(report))
            .containsEntry("denominator", 1)
            .doesNotContainKey("denominator-exclusion");
        assertThat(report.getGroupFirstRep().getMeasureScore().getValue())
            .isEqualByComparingTo("0");
      }
    }
  }

  // ---- a population ----

  @ParameterizedTest
  @MethodSource("measures")
  void theCountsOfAllPersonasAreThoseOfEachPersona(String measure) {
    Map<String, List<Resource>> personas = personas();
    MeasureReport summary = evaluate(measure, year().data(all(personas)).parameters());
    assertThat(summary.getType()).isEqualTo(MeasureReportType.SUMMARY);
    assertThat(summary.hasSubject()).isFalse();
    Map<String, Integer> sum = new LinkedHashMap<>();
    Map<String, Set<String>> members = new LinkedHashMap<>();
    personas.forEach(
        (id, resources) ->
            counts(evaluate(measure, year().subject(id).data(resources).parameters()))
                .forEach(
                    (code, count) -> {
                      assertThat(count).isBetween(0, 1);
                      sum.merge(code, count, Integer::sum);
                      members.computeIfAbsent(code, none -> new HashSet<>());
                      if (count == 1) {
                        members.get(code).add(id);
                      }
                    }));
    assertThat(counts(summary)).isEqualTo(sum);
    assertThat(sum.get("denominator")).as("somebody is concerned").isPositive();
    assertThat(sum.get("denominator-undecided")).as("somebody is undecided").isPositive();
    // Nobody is counted twice, and whoever is counted as done is one whom it concerns.
    assertThat(members.get("denominator")).containsAll(members.get("numerator"));
    assertThat(members.get("denominator")).containsAll(members.get("numerator-undecided"));
    assertThat(members.get("denominator-undecided"))
        .noneMatch(members.get("denominator")::contains);
    assertThat(members.get("numerator-undecided")).noneMatch(members.get("numerator")::contains);
    int decided =
        sum.get("denominator")
            - sum.getOrDefault("denominator-exclusion", 0)
            - sum.get("numerator-undecided");
    assertThat(summary.getGroupFirstRep().getMeasureScore().getValue().doubleValue())
        .isCloseTo(
            sum.get("numerator") / (double) decided, org.assertj.core.api.Assertions.within(5e-5));
    MeasureReport list =
        evaluate(
            measure, year().text("reportType", "subject-list").data(all(personas)).parameters());
    assertThat(list.getType()).isEqualTo(MeasureReportType.SUBJECTLIST);
    members.forEach((code, ids) -> assertThat(listed(list, code)).as(code).isEqualTo(ids));
  }

  /** What docs/operations/fhir.md shows. */
  @Test
  void theDocumentedCallHasTheDocumentedAnswer() throws IOException {
    String call = Files.readString(Path.of("docs/examples/evaluate-measure-iss.json"));
    MeasureReport report = http.post(ISS, call, Http.FHIR_JSON).as(MeasureReport.class);
    StringBuilder answer = new StringBuilder("The answer counts ");
    counts(report).forEach((code, count) -> answer.append(code + " " + count + ", "));
    answer.append(
        "with a `measureScore` of "
            + report.getGroupFirstRep().getMeasureScore().getValue().toPlainString());
    assertThat(Files.readString(Path.of("docs/operations/fhir.md"))).contains(answer);
  }

  /** An indicator and a card agree on who has the disease, and on what is missing. */
  @Test
  void whoIsCountedIsWhoTheCardsAreAbout() {
    Map<String, List<Resource>> personas = personas();
    Call call = year().text("reportType", "subject-list").data(all(personas));
    MeasureReport iss = evaluate("mm-iss-known", call.parameters());
    MeasureReport mgus = evaluate("mm-mgus-control", call.parameters());
    MeasureReport smouldering = evaluate("mm-smouldering-control", call.parameters());
    Set<String> late = new HashSet<>(listed(mgus, "denominator"));
    late.removeAll(listed(mgus, "numerator"));
    late.removeAll(listed(mgus, "numerator-undecided"));
    Set<String> lateSmouldering = new HashSet<>(listed(smouldering, "denominator"));
    lateSmouldering.removeAll(listed(smouldering, "numerator"));
    lateSmouldering.removeAll(listed(smouldering, "numerator-undecided"));
    Set<String> due = new HashSet<>();
    Set<String> dueSmouldering = new HashSet<>();
    Set<String> staged = new HashSet<>();
    personas.forEach(
        (id, resources) -> {
          Map<String, Verdict> verdicts = verdicts(id, resources);
          if (verdicts.get("FU-MGUS-1") instanceof Verdict.Applies) {
            due.add(id);
          }
          if (verdicts.get("FU-SMM-1") instanceof Verdict.Applies) {
            dueSmouldering.add(id);
          }
          if (verdicts.get("ST-GEN-1") instanceof Verdict.Applies) {
            staged.add(id);
          }
        });
    // ST-GEN-1: myeloma requiring treatment whose ISS can be told.
    assertThat(staged).isNotEmpty().isEqualTo(listed(iss, "numerator"));
    assertThat(due).isNotEmpty().containsAll(late);
    assertThat(dueSmouldering).isNotEmpty().containsAll(lateSmouldering);
    assertThat(listed(mgus, "denominator"))
        .doesNotContainAnyElementsOf(listed(iss, "denominator"))
        .doesNotContainAnyElementsOf(listed(smouldering, "denominator"));
  }

  /** Two hospitals may use one id for two patients. */
  @Test
  void aPatientInTwoBundlesIsRefusedAndTwoPatientsInTwoAreTwo() {
    List<Resource> one = TestRecord.of("p1", "1966-01-01").resources();
    List<Resource> other =
        TestRecord.of("p2", "1950-01-01")
            .fact("diagnosis-statement", "multiple-myeloma")
            .resources();
    assertThat(
            counts(evaluate("mm-iss-known", year().data(one).data(other).parameters()))
                .get("denominator"))
        .isEqualTo(1);
    assertRefused(http.post(ISS, year().data(one).data(one).parameters()), 400, "two Bundles");
  }

  /** Else somebody's results would be lost without a word. */
  @Test
  void aResultOfSomebodyWhoIsNotInTheDataIsRefused() {
    Observation foreign = new Observation();
    foreign.setStatus(Observation.ObservationStatus.FINAL);
    foreign.setSubject(new Reference("Patient/other"));
    foreign.setCode(
        new CodeableConcept().addCoding(new Coding("http://loinc.org", "1952-1", null)));
    foreign.setEffective(new DateTimeType("2026-02-10"));
    List<Resource> data = new ArrayList<>(TestRecord.of("p1", "1966-01-01").resources());
    data.add(foreign);
    assertRefused(http.post(ISS, year().data(data).parameters()), 400, "not in the data");
    assertRefused(
        http.post(
            ISS,
            year().subject("p1").data(TestRecord.of("p2", "1966-01-01").resources()).parameters()),
        400,
        "another patient");
  }

  // ---- the day ----

  /** While the period runs, nobody is late for a control that is not due yet. */
  @Test
  void aPeriodThatStillRunsIsJudgedToday() {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").fact("diagnosis-statement", "mgus");
    Call call = year().subject("p1").data(patient.resources());
    MeasureReport report = evaluate("mm-mgus-control", call.parameters());
    assertThat(evaluated(report)).isEqualTo("2026-02-15");
    assertThat(counts(report)).containsEntry("numerator", 1);
    MeasureReport later =
        evaluate(
            "mm-mgus-control",
            year().subject("p1").data(patient.resources()).date("2026-12-01").parameters());
    assertThat(evaluated(later)).isEqualTo("2026-12-01");
    assertThat(counts(later)).containsEntry("denominator", 1).containsEntry("numerator", 0);
  }

  @Test
  void aPeriodThatIsOverIsJudgedOnItsLastDay() {
    TestRecord patient =
        TestRecord.of("p1", "1966-01-01").fact("diagnosis-statement", "multiple-myeloma");
    Call call =
        new Call()
            .text("periodStart", "2025")
            .text("periodEnd", "2025-12")
            .subject("p1")
            .data(patient.resources());
    MeasureReport report = evaluate("mm-iss-known", call.parameters());
    assertThat(evaluated(report)).isEqualTo("2025-12-31");
    assertThat(report.getPeriod().getStartElement().asStringValue()).isEqualTo("2025-01-01");
    // The diagnosis was stated in February.
    assertThat(counts(report)).containsEntry("denominator", 0);
  }

  // ---- refusals ----

  @Test
  void anUnknownMeasureIsNotFound() {
    assertRefused(
        http.get("/fhir/Measure/mm-none/$evaluate-measure" + YEAR + "&subject=p1"), 404, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?subject=p1",
        "?periodStart=2026-01-01&subject=p1",
        "?periodEnd=2026-12-31&subject=p1",
        "?periodStart=2026-12-31&periodEnd=2026-01-01&subject=p1",
        "?periodStart=2027-01-01&periodEnd=2027-12-31&subject=p1",
        "?periodStart=january&periodEnd=2026-12-31&subject=p1",
        "?periodStart=2026-01-01&periodEnd=2026-02-30&subject=p1",
        YEAR + "&subject=p1&evaluationDate=2025-12-31",
        YEAR + "&subject=p1&evaluationDate=2027-01-01",
        YEAR + "&subject=p1&reportType=colour",
        YEAR + "&reportType=subject",
        YEAR,
        YEAR + "&subject=p1&subject=p2",
        YEAR + "&subject=Practitioner/p1",
        YEAR + "&subject=p1&practitioner=x"
      })
  void aCallThatCanNotBeAnsweredIsRefused(String query) {
    assertRefused(http.get(ISS + query), 400, "");
  }

  // ---- artifacts ----

  @ParameterizedTest
  @MethodSource("measures")
  void aMeasureIsReadFoundAndPackaged(String id) {
    Measure measure = http.get("/fhir/Measure/" + id).as(Measure.class);
    assertThat(measure.getUrl()).isEqualTo(Guideline.BASE + "/Measure/" + id);
    assertThat(measure.getRelatedArtifact())
        .filteredOn(related -> related.hasLabel())
        .singleElement()
        .satisfies(
            cited ->
                assertThat(TestGuideline.GUIDELINE.catalogue())
                    .anyMatch(entry -> entry.id().equals(cited.getLabel())));
    assertThat(http.get("/fhir/Measure?url=" + measure.getUrl()).as(Bundle.class).getTotal())
        .isEqualTo(1);
    Set<String> packaged = new HashSet<>();
    http.get("/fhir/Measure/" + id + "/$package")
        .as(Bundle.class)
        .getEntry()
        .forEach(entry -> packaged.add(entry.getRequest().getUrl()));
    assertThat(packaged)
        .contains(
            "Measure/" + id,
            "Library/MMQuality",
            "Library/MMData",
            "CodeSystem/mm-measure-populations");
    assertThat(http.get("/fhir/Measure/" + id + "/$data-requirements").status()).isEqualTo(200);
  }

  @Test
  void metadataNamesMeasuresAndTheirOperation() {
    CapabilityStatement statement = http.get("/fhir/metadata").as(CapabilityStatement.class);
    assertThat(statement.getRestFirstRep().getResource())
        .filteredOn(resource -> resource.getType().equals("Measure"))
        .singleElement()
        .satisfies(
            resource ->
                assertThat(resource.getOperation())
                    .anyMatch(
                        operation ->
                            operation.getName().equals("evaluate-measure")
                                && operation
                                    .getDefinition()
                                    .endsWith("/Measure-evaluate-measure")));
  }

  // ---- making calls ----

  private static final class Call {
    private final Parameters parameters = new Parameters();

    Call text(String name, String value) {
      parameters.addParameter().setName(name).setValue(new StringType(value));
      return this;
    }

    Call subject(String id) {
      return text("subject", "Patient/" + id);
    }

    Call data(List<Resource> resources) {
      parameters.addParameter().setName("data").setResource(TestRecord.bundle(resources));
      return this;
    }

    Call date(String day) {
      Parameters inner = new Parameters();
      inner.addParameter().setName("Evaluation Date").setValue(new DateType(day));
      parameters.addParameter().setName("parameters").setResource(inner);
      return this;
    }

    Parameters parameters() {
      return parameters;
    }
  }

  private static Call year() {
    return new Call().text("periodStart", "2026-01-01").text("periodEnd", "2026-12-31");
  }

  private MeasureReport evaluate(String measure, Parameters call) {
    Http.Answer answer = http.post("/fhir/Measure/" + measure + "/$evaluate-measure", call);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.as(MeasureReport.class);
  }

  private static void assertRefused(Http.Answer answer, int status, String words) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.as(OperationOutcome.class).getIssueFirstRep().getDiagnostics())
        .isNotBlank()
        .contains(words);
  }

  private static Map<String, Integer> counts(MeasureReport report) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    report
        .getGroupFirstRep()
        .getPopulation()
        .forEach(each -> counts.put(each.getCode().getCodingFirstRep().getCode(), each.getCount()));
    return counts;
  }

  private static Map<String, Integer> ordered(Object... pairs) {
    Map<String, Integer> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], (Integer) pairs[i + 1]);
    }
    return map;
  }

  private static String evaluated(MeasureReport report) {
    return report.getExtensionByUrl(MeasureCount.EVALUATED).getValue().primitiveValue();
  }

  private static Set<String> listed(MeasureReport report, String population) {
    Set<String> ids = new HashSet<>();
    report
        .getGroupFirstRep()
        .getPopulation()
        .forEach(
            each -> {
              if (each.getCode().getCodingFirstRep().getCode().equals(population)) {
                ((ListResource) each.getSubjectResults().getResource())
                    .getEntry()
                    .forEach(
                        entry -> ids.add(entry.getItem().getReference().replace("Patient/", "")));
              }
            });
    return ids;
  }

  // ---- personas ----

  private static Map<String, List<Resource>> personas() {
    Map<String, List<Resource>> personas = new LinkedHashMap<>();
    JsonMapper.builder()
        .build()
        .readTree(read("index"))
        .forEach(
            persona -> {
              String id = persona.get("id").asString();
              personas.put(
                  id,
                  TestGuideline.FHIR
                      .newJsonParser()
                      .parseResource(Bundle.class, read(id))
                      .getEntry()
                      .stream()
                      .map(Bundle.BundleEntryComponent::getResource)
                      .toList());
            });
    assertThat(personas).hasSizeGreaterThan(25);
    return personas;
  }

  private static List<Resource> all(Map<String, List<Resource>> personas) {
    return personas.values().stream().flatMap(List::stream).toList();
  }

  private static Map<String, Verdict> verdicts(String id, List<Resource> resources) {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    TestGuideline.ENGINE
        .report(
            TestGuideline.ENGINE.chart(
                new ChartReader.Source(id, TestRecord.EVALUATED, resources, List.of(), Set.of()),
                ChartReader.OtherPatient.REPORT),
            null)
        .forEach(line -> verdicts.put(line.entry().id(), line.verdict()));
    return verdicts;
  }

  private static String read(String persona) {
    try (InputStream in =
        MeasureHttpTest.class.getResourceAsStream("/demo/personas/" + persona + ".json")) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
