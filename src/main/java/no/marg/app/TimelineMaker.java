package no.marg.app;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import no.marg.chart.Chart;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/** Results over time as the chart holds them: in the guideline's unit, and only what counts. */
final class TimelineMaker {
  /** Panel, value set, and names of what is drawn. */
  private record Drawn(String panel, String valueSet, String nb, String en) {}

  private static final List<Drawn> DRAWN =
      List.of(
          new Drawn("m-protein", "mm-serum-m-protein", "M-komponent i serum", "Serum M-protein"),
          new Drawn("flc", "mm-serum-flc-kappa", "Fri kappa", "Free kappa"),
          new Drawn("flc", "mm-serum-flc-lambda", "Fri lambda", "Free lambda"),
          new Drawn("hb", "mm-hemoglobin", "Hemoglobin", "Haemoglobin"),
          new Drawn("kidney", "mm-creatinine", "Kreatinin", "Creatinine"),
          new Drawn("egfr", "mm-egfr", "eGFR", "eGFR"),
          new Drawn(
              "calcium",
              "mm-calcium-albumin-corrected",
              "Albuminkorrigert kalsium",
              "Corrected calcium"));

  private final Published published;
  private final Chart chart;
  private final Words words;

  TimelineMaker(Published published, Chart chart, Words words) {
    this.published = published;
    this.chart = chart;
    this.words = words;
  }

  View.Timeline timeline() {
    List<View.Series> series = new ArrayList<>();
    for (Drawn drawn : DRAWN) {
      View.Series one = series(drawn);
      if (one != null) {
        series.add(one);
      }
    }
    return new View.Timeline(series, bands(), marks());
  }

  private View.@Nullable Series series(Drawn drawn) {
    Map<LocalDate, View.Point> points = new TreeMap<>();
    String unit = "";
    for (Resource resource :
        chart.inValueSet("Observation", Guideline.BASE + "/ValueSet/" + drawn.valueSet())) {
      LocalDate day = Chart.dayOf(resource);
      if (day == null || !(resource instanceof Observation observation)) {
        continue;
      }
      String reference = Chart.referenceOf(resource);
      Quantity bound = null;
      String shown = "";
      if (observation.getValue() instanceof Quantity quantity && quantity.hasValue()) {
        bound = quantity;
        shown =
            (quantity.hasComparator() ? quantity.getComparator().toCode() + " " : "")
                + words.number(quantity.getValue());
      } else if (observation.getValue() instanceof Range range && range.hasHigh()) {
        bound = range.getHigh();
        shown =
            (range.hasLow() ? words.number(range.getLow().getValue()) + "–" : "≤ ")
                + words.number(range.getHigh().getValue());
      }
      if (bound != null && bound.getValue() != null) {
        String code = bound.getCode() == null ? "" : bound.getCode();
        unit = words.unit(code);
        View.Point point =
            new View.Point(
                day.toString(), bound.getValue().doubleValue(), shown + " " + unit, reference);
        points.merge(day, point, (one, other) -> joined(one, other, drawn.panel()));
      }
    }
    return points.isEmpty()
        ? null
        : new View.Series(
            drawn.valueSet().replace("mm-", ""),
            drawn.panel(),
            words.of(drawn.nb(), drawn.en()),
            unit.strip(),
            List.copyOf(points.values()));
  }

  /** Several M-components of one day are parts; of other results the newest of the day is drawn. */
  private View.Point joined(View.Point one, View.Point other, String panel) {
    if (!panel.equals("m-protein")) {
      return one;
    }
    BigDecimal sum = BigDecimal.valueOf(one.value()).add(BigDecimal.valueOf(other.value()));
    return new View.Point(
        one.day(), sum.doubleValue(), one.shown() + " + " + other.shown(), one.reference());
  }

  private List<View.Band> bands() {
    List<View.Band> bands = new ArrayList<>();
    for (Resource resource : chart.withCategory("CarePlan", Guideline.FACTS, "treatment-line")) {
      if (resource instanceof CarePlan plan && plan.getPeriod().hasStart() && hasBegun(plan)) {
        var number = plan.getExtensionByUrl(Guideline.BASE + "/StructureDefinition/line-number");
        Integer line =
            number == null || number.getValue() == null
                ? null
                : Integer.valueOf(number.getValue().primitiveValue());
        bands.add(
            new View.Band(
                line,
                plan.hasTitle()
                    ? Words.brief(plan.getTitle())
                    : words.of("Behandlingslinje", "Line of therapy"),
                day(plan.getPeriod().getStartElement().getValueAsString()),
                plan.getPeriod().hasEnd()
                    ? day(plan.getPeriod().getEndElement().getValueAsString())
                    : null));
      }
    }
    bands.sort(Comparator.comparing(View.Band::start));
    return bands;
  }

  private boolean hasBegun(CarePlan line) {
    LocalDate first = Chart.dayOf(line);
    return first != null && !first.isAfter(chart.evaluationDate());
  }

  private static String day(String date) {
    String day = date.length() > 10 ? date.substring(0, 10) : date;
    return day.length() == 4 ? day + "-01-01" : day.length() == 7 ? day + "-01" : day;
  }

  private List<View.Mark> marks() {
    Map<String, View.Mark> marks = new LinkedHashMap<>();
    Published data = published.in("MMData");
    data.texts("HMAS Days")
        .forEach(
            day ->
                put(
                    marks,
                    new View.Mark(day(day), "transplant", words.of("HMAS", "Transplant"), "")));
    Published history = published.in("MMHistory");
    history
        .texts("All Progression Days")
        .forEach(
            day ->
                put(
                    marks,
                    new View.Mark(
                        day(day), "progression", words.of("Progresjon", "Progression"), "")));
    for (Resource resource : chart.withCode("Observation", Guideline.FACTS, "imwg-response")) {
      LocalDate day = Chart.dayOf(resource);
      if (day != null
          && resource instanceof Observation observation
          && observation.hasValueCodeableConcept()) {
        Coding coding = observation.getValueCodeableConcept().getCodingFirstRep();
        put(
            marks,
            new View.Mark(
                day.toString(),
                "response",
                coding.hasCode() ? category(coding.getCode()) : "",
                Chart.referenceOf(resource)));
      }
    }
    return marks.values().stream().sorted(Comparator.comparing(View.Mark::day)).toList();
  }

  /** The code of a response as clinicians write it. */
  private static String category(String code) {
    return switch (code) {
      case "scr", "sCR" -> "sCR";
      case "mrd-negative", "MRD-negative" -> "MRD–";
      default -> code.toUpperCase(java.util.Locale.ROOT);
    };
  }

  private static void put(Map<String, View.Mark> marks, View.Mark mark) {
    marks.putIfAbsent(mark.day() + mark.kind() + mark.title(), mark);
  }
}
