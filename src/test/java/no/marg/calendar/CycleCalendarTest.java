package no.marg.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.StringReader;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.IntStream;
import net.fortuna.ical4j.data.CalendarBuilder;
import net.fortuna.ical4j.model.Calendar;
import net.fortuna.ical4j.model.component.VEvent;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.calendar.CycleCalendar.Row;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The calendar of a cycle: the days and doses of the orders, on a page and in a calendar file. */
@RunningMarg
class CycleCalendarTest {
  private static final LocalDate START = LocalDate.of(2026, 3, 2);

  @LocalServerPort private int port;

  @Test
  void hasTheDaysAsNumbersAndDates() {
    CycleCalendar cycle = CycleCalendar.of(apply("vrd-induction", 1, reference()), "nb");
    Row bortezomib = row(cycle, "bortezomib");
    assertThat(bortezomib.days()).containsExactly(1, 8, 15);
    assertThat(bortezomib.dates()).containsExactly(START, START.plusDays(7), START.plusDays(14));
    assertThat(bortezomib.ordered()).isEqualTo("1,3 mg/m²");
    assertThat(bortezomib.calculated()).isEqualTo("2,4 mg");
    assertThat(bortezomib.route()).isEqualTo("subkutant");
    Row lenalidomide = row(cycle, "lenalidomid");
    assertThat(lenalidomide.days()).isEqualTo(IntStream.rangeClosed(1, 21).boxed().toList());
    assertThat(row(cycle, "valaciklovir").timesPerDay()).isEqualTo(2);
    assertThat(cycle.problems()).isEmpty();
    assertThat(cycle.notes()).singleElement().asString().contains("Tromboserisiko");
  }

  @Test
  void aCourseInTwoPartsHasTwoRows() {
    CycleCalendar cycle = CycleCalendar.of(apply("bpd", 1, reference()), "nb");
    assertThat(rows(cycle, "pomalidomid"))
        .extracting(row -> row.days().get(0), row -> row.days().size())
        .containsExactly(tuple(1, 21), tuple(29, 21));
  }

  @Test
  void highDoseMelphalanCountsFromTheReinfusion() {
    CycleCalendar cycle = CycleCalendar.of(apply("high-dose-melphalan", 1, reference()), "nb");
    Row melphalan = row(cycle, "melfalan");
    assertThat(melphalan.days()).containsExactly(-1);
    assertThat(melphalan.dates()).containsExactly(START.minusDays(1));
    Row cells = row(cycle, "Reinfusjon av autologe stamceller");
    assertThat(cells.days()).containsExactly(0);
    assertThat(cells.ordered()).isEqualTo("≥ 140 × 10⁶");
  }

  @Test
  void anAlternativeIsMarkedAndNotInTheFile() throws Exception {
    CycleCalendar cycle = CycleCalendar.of(apply("teclistamab", 3, reference()), "nb");
    assertThat(rows(cycle, "teklistamab"))
        .extracting(Row::ordered, Row::isAlternative)
        .containsExactly(tuple("1,5 mg/kg", false), tuple("3 mg/kg", true));
    assertThat(summaries(parsed(ICalendar.of(cycle, Instant.EPOCH, "nb"))))
        .anyMatch(summary -> summary.contains("1,5 mg/kg = 105 mg"))
        .noneMatch(summary -> summary.contains("3 mg/kg"));
  }

  @Test
  void aCourseWithoutEndHasOnlyItsFirstDay() {
    Row gcsf =
        row(
            CycleCalendar.of(apply("cyclophosphamide-mobilisation", 1, reference()), "nb"),
            "G-CSF");
    assertThat(gcsf.isOpen()).isTrue();
    assertThat(gcsf.days()).containsExactly(7);
  }

  @Test
  void whatCannotBeDosedIsAProblemAndNoRow() {
    CycleCalendar cycle =
        CycleCalendar.of(
            apply(
                "vrd-induction", 1, TestRecord.of("p1", "1966-01-01").egfr("90 mL/min/{1.73_m2}")),
            "nb");
    assertThat(rows(cycle, "bortezomib")).isEmpty();
    assertThat(cycle.problems())
        .singleElement()
        .asString()
        .startsWith("Bortezomib: dosen kan ikke beregnes");
  }

  @Test
  void aCycleThatIsNotWholeHasNoFile() {
    CarePlan applied =
        apply("vrd-induction", 1, TestRecord.of("p1", "1966-01-01").egfr("90 mL/min/{1.73_m2}"));
    assertThat(post(applied, "text/calendar").status()).isEqualTo(422);
    assertThat(post(applied, "application/json").status()).isEqualTo(200);
  }

  @Test
  void aRhythmThatIsNotDailyHasItsFirstDayAndItsWords() throws Exception {
    Parameters step = new Parameters();
    step.addParameter().setName("CycleStart").setValue(new DateType(START.toString()));
    step.addParameter().setName("Phase").setValue(new StringType("step-up"));
    CycleCalendar cycle =
        CycleCalendar.of(
            TestGuideline.ENGINE.apply("teclistamab", reference().chart(), step), "nb");
    Row prophylaxis = row(cycle, "trimetoprim-sulfametoksazol");
    assertThat(prophylaxis.isOpen()).isTrue();
    assertThat(prophylaxis.dates()).containsExactly(START);
    assertThat(summaries(parsed(ICalendar.of(cycle, Instant.EPOCH, "nb"))))
        .anyMatch(summary -> summary.contains("tre ganger i uken"));
  }

  @Test
  void aFileHoldsNeitherWeightNorHeightAndNoEventOfAnotherFile() throws Exception {
    CycleCalendar cycle = CycleCalendar.of(apply("vrd-induction", 1, reference()), "nb");
    String file = ICalendar.of(cycle, Instant.EPOCH, "nb");
    assertThat(file).doesNotContain("70 kg").doesNotContain("175 cm");
    List<String> uids = uids(parsed(file));
    assertThat(uids(parsed(ICalendar.of(cycle, Instant.EPOCH, "nb"))))
        .doesNotContainAnyElementsOf(uids);
  }

  @Test
  void aDateThatIsNoDayIsRefused() {
    String text =
        TestGuideline.FHIR
            .newJsonParser()
            .encodeResourceToString(apply("vrd-induction", 1, reference()));
    for (String date : List.of("2026-03", "9999-03-02")) {
      String bad = text.replace("\"2026-03-22\"", "\"" + date + "\"");
      assertThat(bad).isNotEqualTo(text);
      Http.Answer answer =
          new Http(port).post("/calendar", bad, Http.FHIR_JSON, "Accept", "application/json");
      assertThat(answer.status()).as(date).isEqualTo(400);
    }
  }

  private static List<String> uids(Calendar calendar) {
    return calendar.<VEvent>getComponents("VEVENT").stream()
        .map(event -> event.getUid().orElseThrow().getValue())
        .toList();
  }

  @Test
  void daysThatFollowEachOtherAreOneEvent() throws Exception {
    Calendar calendar =
        parsed(
            ICalendar.of(
                CycleCalendar.of(apply("vrd-induction", 1, reference()), "nb"),
                Instant.parse("2026-02-15T11:00:00Z"),
                "nb"));
    List<VEvent> events = calendar.getComponents("VEVENT");
    assertThat(events)
        .filteredOn(event -> event.getSummary().getValue().startsWith("lenalidomid"))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getDateTimeStart().getDate()).isEqualTo(START);
              assertThat(event.getDateTimeEnd().getDate()).isEqualTo(START.plusDays(21));
            });
    assertThat(events)
        .filteredOn(event -> event.getSummary().getValue().startsWith("bortezomib"))
        .extracting(event -> event.getSummary().getValue())
        .hasSize(3)
        .containsOnly("bortezomib 1,3 mg/m² = 2,4 mg subkutant");
    assertThat(events).extracting(event -> event.getUid().orElseThrow()).doesNotHaveDuplicates();
    assertThat(calendar.validate().hasErrors()).isFalse();
    assertThat(calendar.toString()).doesNotContain("reference-patient");
  }

  @Test
  void isServedAsJsonAndAsAFile() {
    CarePlan applied = apply("bvd", 2, reference());
    Http.Answer json = post(applied, "application/json");
    assertThat(json.status()).isEqualTo(200);
    assertThat(json.body()).contains("\"ordered\":\"1,9 mg/kg\"", "\"calculated\":\"133 mg\"");
    Http.Answer file = post(applied, "text/calendar");
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.body()).startsWith("BEGIN:VCALENDAR\r\n").contains("SUMMARY:bortezomib");
    assertThat(post(new Patient(), "application/json").status()).isEqualTo(400);
  }

  @Test
  void isInEnglishForWhoAsks() throws Exception {
    CarePlan applied = apply("bvd", 2, reference());
    String text = TestGuideline.FHIR.newJsonParser().encodeResourceToString(applied);
    Http.Answer json =
        new Http(port)
            .post(
                "/calendar",
                text,
                Http.FHIR_JSON,
                "Accept",
                "application/json",
                "Accept-Language",
                "en");
    assertThat(json.body())
        .contains("\"name\":\"dexamethasone\"", "\"ordered\":\"1.9 mg/kg\"")
        .contains("on days 1, 8, 15, 22, 29, 36, 43 and 50", "\"route\":\"subcutaneous\"")
        .contains("Artificial tears without preservative")
        .doesNotContain("subkutant", "dag 1", "tårevæske");
    CycleCalendar open =
        CycleCalendar.of(apply("cyclophosphamide-mobilisation", 1, reference()), "en");
    assertThat(summaries(parsed(ICalendar.of(open, Instant.EPOCH, "en"))))
        .anyMatch(summary -> summary.startsWith("From today: G-CSF 480 µg from day 7"))
        .noneMatch(summary -> summary.contains("Fra i dag"));
    CycleCalendar undosed =
        CycleCalendar.of(apply("vrd-induction", 1, TestRecord.of("p1", "1966-01-01")), "en");
    assertThat(undosed.problems())
        .contains("Bortezomib: the dose cannot be computed. Missing: body weight, height");
  }

  private Http.Answer post(Resource body, String accepted) {
    String text = TestGuideline.FHIR.newJsonParser().encodeResourceToString(body);
    return new Http(port).post("/calendar", text, Http.FHIR_JSON, "Accept", accepted);
  }

  private static Calendar parsed(String text) throws Exception {
    return new CalendarBuilder().build(new StringReader(text));
  }

  private static List<String> summaries(Calendar calendar) {
    return calendar.<VEvent>getComponents("VEVENT").stream()
        .map(event -> event.getSummary().getValue())
        .toList();
  }

  private static Row row(CycleCalendar cycle, String name) {
    List<Row> rows = rows(cycle, name);
    assertThat(rows).as(name).hasSize(1);
    return rows.get(0);
  }

  private static List<Row> rows(CycleCalendar cycle, String name) {
    return cycle.rows().stream().filter(row -> row.name().equals(name)).toList();
  }

  private static TestRecord reference() {
    return TestRecord.of("reference-patient", "1966-01-01")
        .weight("70 kg")
        .height("175 cm")
        .egfr("90 mL/min/{1.73_m2}");
  }

  private static CarePlan apply(String regimen, int number, TestRecord patient) {
    Parameters cycle = new Parameters();
    cycle.addParameter().setName("CycleStart").setValue(new DateType(START.toString()));
    cycle.addParameter().setName("CycleNumber").setValue(new IntegerType(number));
    cycle.addParameter().setName("BSA Formula").setValue(new StringType("du-bois"));
    return TestGuideline.ENGINE.apply(regimen, patient.chart(), cycle);
  }
}
