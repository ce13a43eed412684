package no.marg.operations;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.engine.Truth;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.ListResource;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.Measure.MeasureGroupComponent;
import org.hl7.fhir.r4.model.Measure.MeasureGroupPopulationComponent;
import org.hl7.fhir.r4.model.MeasureReport;
import org.hl7.fhir.r4.model.MeasureReport.MeasureReportGroupComponent;
import org.hl7.fhir.r4.model.MeasureReport.MeasureReportType;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;

/**
 * Who belongs to which population of a measure. Whom the record can not place, and whose record
 * could not be evaluated, is in the populations for the undecided.
 */
final class MeasureCount {
  /** Extension of a report: the day on which the records were judged. */
  static final String EVALUATED = Guideline.BASE + "/StructureDefinition/evaluation-date";

  private final Measure measure;
  private final MeasureGroupComponent group;
  private final String library;
  private final List<String> subjects = new ArrayList<>();
  private final Map<String, Set<String>> members = new LinkedHashMap<>();

  MeasureCount(Measure measure, String library) {
    this.measure = measure;
    this.group = measure.getGroupFirstRep();
    this.library = library;
    group
        .getPopulation()
        .forEach(population -> members.put(code(population), new LinkedHashSet<>()));
  }

  /** Counts a patient, by what the criteria of the populations gave. */
  void add(String patientId, Map<Definition, Truth> truths) {
    subjects.add(patientId);
    for (MeasureGroupPopulationComponent population : group.getPopulation()) {
      String code = code(population);
      Truth truth =
          truths.getOrDefault(
              new Definition(library, population.getCriteria().getExpression()), Truth.FAILED);
      if (truth == Truth.TRUE || (truth == Truth.FAILED && isUndecided(code, patientId))) {
        in(code).add(patientId);
      }
    }
  }

  /** A patient who may not belong to the denominator is undecided there, and there alone. */
  private boolean isUndecided(String code, String patientId) {
    return code.equals("denominator-undecided")
        || (code.equals("numerator-undecided") && in("denominator").contains(patientId));
  }

  MeasureReport report(MeasureReportType type, ReportPeriod period, LocalDate today) {
    MeasureReport report = new MeasureReport();
    report.addExtension(EVALUATED, new DateType(period.evaluated().toString()));
    report.setStatus(MeasureReport.MeasureReportStatus.COMPLETE).setType(type);
    report.setMeasure(measure.getUrl() + "|" + measure.getVersion());
    report.setDateElement(new DateTimeType(today.toString()));
    report.setPeriod(
        new Period()
            .setStartElement(new DateTimeType(period.start().toString()))
            .setEndElement(new DateTimeType(period.end().toString())));
    report.setImprovementNotation(measure.getImprovementNotation().copy());
    if (type == MeasureReportType.INDIVIDUAL) {
      report.setSubject(new Reference("Patient/" + subjects.get(0)));
    }
    MeasureReportGroupComponent counted = report.addGroup();
    counted.setId(group.getId());
    for (MeasureGroupPopulationComponent population : group.getPopulation()) {
      String code = code(population);
      var part = counted.addPopulation().setCode(population.getCode().copy());
      part.setCount(in(code).size());
      if (type == MeasureReportType.SUBJECTLIST) {
        report.addContained(list(code));
        part.setSubjectResults(new Reference("#" + code));
      }
    }
    int decided = size("denominator") - size("denominator-exclusion") - size("numerator-undecided");
    if (decided > 0) {
      counted.setMeasureScore(
          new Quantity()
              .setValue(
                  BigDecimal.valueOf(size("numerator"))
                      .divide(BigDecimal.valueOf(decided), 4, RoundingMode.HALF_UP)));
    }
    return report;
  }

  private ListResource list(String code) {
    ListResource list = new ListResource();
    list.setId(code);
    list.setStatus(ListResource.ListStatus.CURRENT).setMode(ListResource.ListMode.SNAPSHOT);
    in(code).forEach(id -> list.addEntry().setItem(new Reference("Patient/" + id)));
    return list;
  }

  private Set<String> in(String code) {
    return members.computeIfAbsent(code, none -> new LinkedHashSet<>());
  }

  private int size(String code) {
    return in(code).size();
  }

  private static String code(MeasureGroupPopulationComponent population) {
    return population.getCode().getCodingFirstRep().getCode();
  }
}
