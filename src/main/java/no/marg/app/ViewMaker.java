package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.time.Period;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.chart.Chart;
import no.marg.chart.Unused;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Service;
import no.marg.knowledge.Statement;
import no.marg.smart.Launch;
import no.marg.smart.Scopes;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.HumanName;
import org.hl7.fhir.r4.model.Patient;
import org.jspecify.annotations.Nullable;

/** Makes the view of one chart in one language. Belongs to one request. */
final class ViewMaker {
  private static final List<String> CRITERIA =
      List.of(
          "DX-MM-2",
          "DX-MM-3",
          "DX-CRAB-C",
          "DX-CRAB-R",
          "DX-CRAB-A",
          "DX-CRAB-B",
          "DX-SLIM-1",
          "DX-SLIM-2",
          "DX-SLIM-3");
  private static final Map<String, List<String>> PUBLISHED =
      Map.of(
          "MMDiagnosis",
          List.of("Diagnosis", "Missing For Diagnosis", "Plasma Cell Leukaemia"),
          "MMWorkup",
          List.of("Work-up Level", "Outstanding Work-up"),
          "MMStaging",
          List.of("ISS Stage", "R-ISS Stage", "High Risk", "Known High Risk Features"),
          "MMHistory",
          List.of("Lines", "On Treatment", "All Progression Days", "Cycle Number"),
          "MMCourses",
          List.of("Drugs On Treatment"),
          "MMNextCycle",
          List.of("Regimen To Continue", "Antibodies Are Offered Without Rank"),
          "MMResponse",
          List.of("Response Category"),
          "MMData",
          List.of("HMAS Days"),
          "MMFirstLine",
          List.of(
              "HMAS Candidate",
              "Recommended Regimens",
              "Awaiting Reimbursement",
              "Maintenance Regimens"),
          "MMRelapse",
          List.of(
              "Next Line",
              "Relapse",
              "Line Selection Row",
              "Exposed To",
              "Refractory To",
              "Refractory Unknown",
              "Intolerant To",
              "Recommended Regimens",
              "Awaiting Reimbursement"));

  private final GuidelineEngine engine;
  private final Service service;
  private final Chart chart;
  private final Words words;
  private final FactForm form;
  private final Sentences sentences;
  private final List<Finding> findings;
  private final Map<String, ReportLine> report = new LinkedHashMap<>();
  private final Published published;

  ViewMaker(
      GuidelineEngine engine,
      Service service,
      Chart chart,
      Words words,
      FactForm form,
      FhirContext fhir,
      Scopes scopes) {
    this.engine = engine;
    this.service = service;
    this.chart = chart;
    this.words = words;
    this.form = form;
    this.sentences = new Sentences(words, form, fhir, scopes);
    GuidelineEngine.Whole whole = engine.whole(service, chart, published(engine));
    this.findings = whole.findings();
    whole.report().forEach(line -> report.put(line.entry().id(), line));
    this.published = Published.of(whole.results());
  }

  /** The published results that the pages are made from. */
  private static List<Definition> published(GuidelineEngine engine) {
    List<Definition> definitions = new ArrayList<>();
    PUBLISHED.forEach(
        (library, names) -> names.forEach(name -> definitions.add(new Definition(library, name))));
    NextCycles.definitions(engine.guideline()).values().forEach(definitions::addAll);
    Definition isotype = engine.guideline().fact("m-protein-isotype").value();
    if (isotype != null) {
      definitions.add(isotype);
    }
    return definitions;
  }

  View view(Launch launch, List<View.Entered> entered) {
    List<View.Advice> now = now();
    List<View.Criterion> criteria = criteria();
    return new View(
        patient(launch),
        words.of(
            "Handlingsprogram for myelomatose, versjon 1.3 (februar 2026)",
            "Norwegian guideline for multiple myeloma, version 1.3 (February 2026)"),
        words.date(chart.evaluationDate()),
        chart.evaluationDate().toString(),
        launch.demo(),
        launch.scopes().canWrite("Observation"),
        launch.intent(),
        launch.appContext(),
        gaps(),
        new Summary(engine, published, words, report).lines(),
        criteria,
        now,
        new TimelineMaker(published, chart, words).timeline(),
        new Treatments(engine, published, words, sentences, findings, report).treatment(),
        supportive(),
        missing(criteria),
        entered);
  }

  private View.Patient patient(Launch launch) {
    Patient patient = chart.patient().orElse(new Patient());
    HumanName name = patient.getNameFirstRep();
    String shown =
        name.hasFamily()
            ? name.getFamily() + ", " + name.getGivenAsSingleString()
            : name.hasText()
                ? name.getText()
                : chart.patient().isPresent()
                    ? words.of("Navn mangler", "No name")
                    : words.of("Pasienten ble ikke lest", "The patient was not read");
    String birth = patient.getBirthDateElement().getValueAsString();
    boolean isDay = birth != null && birth.length() == 10;
    LocalDate day = isDay ? LocalDate.parse(birth) : null;
    boolean deceased =
        patient.hasDeceased()
            && (!(patient.getDeceased() instanceof BooleanType dead) || dead.booleanValue());
    return new View.Patient(
        launch.needPatientBanner(),
        Words.brief(shown),
        day == null ? (birth == null ? "" : birth) : words.date(day),
        day == null ? null : Period.between(day, chart.evaluationDate()).getYears(),
        patient.hasGender()
            ? switch (patient.getGender()) {
              case MALE -> words.of("mann", "male");
              case FEMALE -> words.of("kvinne", "female");
              default -> "";
            }
            : "",
        patient.getIdentifierFirstRep().hasValue()
            ? Words.brief(patient.getIdentifierFirstRep().getValue())
            : "",
        deceased);
  }

  private View.Gaps gaps() {
    return new View.Gaps(
        chart.unreadSources().stream().sorted().map(words::source).toList(),
        chart.unused().stream()
            .filter(Unused::isTold)
            .map(
                unused ->
                    new View.Unusable(
                        unused.concept().isEmpty()
                            ? unused.reference()
                            : words.code(unused.concept()),
                        words.reason(unused),
                        unused.reference()))
            .toList(),
        chart.patient().isPresent());
  }

  /** The findings as the cards: ranked, one a topic. */
  List<View.Advice> now() {
    Map<String, List<Finding>> topics = new LinkedHashMap<>();
    findings.stream()
        .sorted(Comparator.comparingInt(ViewMaker::rank))
        .forEach(f -> topics.computeIfAbsent(f.statement().topic(), t -> new ArrayList<>()).add(f));
    List<View.Advice> now = new ArrayList<>();
    for (List<Finding> topic : topics.values()) {
      View.Advice first = sentences.of(topic.get(0));
      List<View.Advice> also = topic.stream().skip(1).map(sentences::of).toList();
      now.add(
          new View.Advice(
              first.id(),
              first.statement(),
              first.indicator(),
              first.kind(),
              first.title(),
              first.description(),
              first.chapter(),
              first.facts(),
              first.missing(),
              first.reasons(),
              first.offers(),
              also));
    }
    return now;
  }

  private static int rank(Finding finding) {
    int severity = Sentences.rank(Sentences.indicator(finding));
    return severity * 2 + (finding.kind() == Finding.Kind.APPLIES ? 0 : 1);
  }

  private List<View.Criterion> criteria() {
    List<View.Criterion> criteria = new ArrayList<>();
    for (String id : CRITERIA) {
      ReportLine line = report.get(id);
      if (line != null && line.entry().statement() != null) {
        criteria.add(
            new View.Criterion(
                id,
                words.of(line.entry().statement().title()),
                line.verdict().code(),
                sentences.facts(line.evidence()),
                sentences.lacks(line.verdict())));
      }
    }
    return criteria;
  }

  /** Facts that would decide something, the most useful first. */
  private List<View.Lack> missing(List<View.Criterion> criteria) {
    Map<String, View.Lack> lacks = new LinkedHashMap<>();
    Map<String, Set<String>> decides = new HashMap<>();
    Map<String, Integer> weights = new HashMap<>();
    for (Finding finding : findings) {
      int weight = 3 - Math.min(2, rank(finding) / 2);
      finding
          .missing()
          .forEach(
              missing ->
                  add(
                      sentences.lack(missing),
                      words.of(finding.title()),
                      weight,
                      lacks,
                      decides,
                      weights));
    }
    boolean diagnosed = published.in("MMDiagnosis").isKnown("Diagnosis");
    if (!diagnosed) {
      criteria.forEach(
          criterion ->
              criterion
                  .missing()
                  .forEach(lack -> add(lack, criterion.title(), 1, lacks, decides, weights)));
    }
    return lacks.values().stream()
        .sorted(Comparator.comparingInt(lack -> -weights.getOrDefault(lack.id(), 0)))
        .map(
            lack ->
                new View.Lack(
                    lack.id(),
                    lack.name(),
                    lack.why(),
                    lack.form(),
                    lack.test(),
                    List.copyOf(decides.getOrDefault(lack.id(), Set.of()))))
        .toList();
  }

  private static void add(
      View.Lack lack,
      String decided,
      int weight,
      Map<String, View.Lack> lacks,
      Map<String, Set<String>> decides,
      Map<String, Integer> weights) {
    lacks.putIfAbsent(lack.id(), lack);
    decides.computeIfAbsent(lack.id(), any -> new LinkedHashSet<>()).add(decided);
    weights.merge(lack.id(), weight, Integer::sum);
  }

  private enum Care {
    VACCINES("Vaksiner", "Vaccines"),
    INFECTION("Forebygging av infeksjon", "Infection prophylaxis"),
    BONE("Skjelett og tenner", "Bone and teeth"),
    OTHER(
        "Trombose, anemi, nyrer og akutte problemer", "Thrombosis, anaemia, kidneys, emergencies"),
    FOLLOW_UP("Oppfølging", "Follow-up");

    private final String nb;
    private final String en;

    Care(String nb, String en) {
      this.nb = nb;
      this.en = en;
    }

    static @Nullable Care of(String id) {
      if (id.startsWith("VAC-")) {
        return VACCINES;
      } else if (id.startsWith("INF-")) {
        return INFECTION;
      } else if (id.matches("SUP-(BISPHOS|DENOS|DENTAL|CAVITD)-.*")) {
        return BONE;
      } else if (id.matches("(SUP|ANEM|HYPERCA|REN|RENAL|EMERG|CRS)-.*")) {
        return OTHER;
      }
      return id.matches("(FU|RESP|IMG|MRD)-.*") ? FOLLOW_UP : null;
    }
  }

  private static final Set<String> ADVICE =
      Set.of("recommendation", "dose", "schedule", "timing", "contraindication", "follow-up");

  private List<View.Section> supportive() {
    Map<Care, List<View.Advice>> items = new LinkedHashMap<>();
    Map<Care, List<View.Open>> undecided = new LinkedHashMap<>();
    Map<Care, List<View.Open>> notNow = new LinkedHashMap<>();
    for (Care care : Care.values()) {
      items.put(care, new ArrayList<>());
      undecided.put(care, new ArrayList<>());
      notNow.put(care, new ArrayList<>());
    }
    Set<String> told = new LinkedHashSet<>();
    for (Finding finding : findings) {
      Care care = Care.of(finding.statement().catalogueId());
      if (care != null) {
        told.add(finding.statement().catalogueId());
        items.getOrDefault(care, new ArrayList<>()).add(sentences.of(finding));
      }
    }
    report.forEach(
        (id, line) -> {
          Care care = Care.of(id);
          Statement statement = line.entry().statement();
          if (care == null
              || statement == null
              || told.contains(id)
              || !ADVICE.contains(line.entry().kind())) {
            return;
          }
          if (line.verdict() instanceof Verdict.Applies && care != Care.OTHER) {
            items.getOrDefault(care, new ArrayList<>()).add(sentences.of(line, statement));
          } else if (line.verdict() instanceof Verdict.Undecided) {
            undecided
                .getOrDefault(care, new ArrayList<>())
                .add(
                    new View.Open(
                        id,
                        words.of(statement.title()),
                        sentences.lacks(line.verdict()).stream()
                            .map(View.Lack::name)
                            .distinct()
                            .toList()));
          } else if (line.verdict() instanceof Verdict.DoesNotApply) {
            notNow
                .getOrDefault(care, new ArrayList<>())
                .add(new View.Open(id, words.of(statement.title()), List.of()));
          }
        });
    List<View.Section> sections = new ArrayList<>();
    items.forEach(
        (care, list) ->
            sections.add(
                new View.Section(
                    care.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    words.of(care.nb, care.en),
                    list,
                    undecided.getOrDefault(care, List.of()),
                    notNow.getOrDefault(care, List.of()))));
    return sections;
  }
}
