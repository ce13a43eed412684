package no.marg.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.jspecify.annotations.Nullable;

/** The choice of treatment: the row that applies, its inputs, and the regimens. */
final class Treatments {
  private static final String CHOICE =
      "(L\\d|PRIMREF|MAINT|CART|BISP|ALLO|PCL|PLASM|REIMB|NTX|VEN|OFFLABEL)-.*";
  private static final Set<String> KINDS =
      Set.of("recommendation", "schedule", "timing", "contraindication", "criterion");

  private static final Set<String> OUTSIDE = Set.of("igm-gammopathy", "waldenstrom");

  private final GuidelineEngine engine;
  private final Published published;
  private final Words words;
  private final Sentences sentences;
  private final List<Finding> findings;
  private final Map<String, ReportLine> report;
  private final NextCycles cycles;

  Treatments(
      GuidelineEngine engine,
      Published published,
      Words words,
      Sentences sentences,
      List<Finding> findings,
      Map<String, ReportLine> report) {
    this.engine = engine;
    this.published = published;
    this.words = words;
    this.sentences = sentences;
    this.findings = findings;
    this.report = report;
    this.cycles = new NextCycles(engine.guideline(), published);
  }

  View.Treatment treatment() {
    Published relapse = published.in("MMRelapse");
    Published first = published.in("MMFirstLine");
    String row = relapse.text("Line Selection Row");
    boolean firstLine = row == null && "1".equals(relapse.text("Next Line"));
    Published choice = row == null ? first : relapse;
    Set<String> recommended = new LinkedHashSet<>(choice.texts("Recommended Regimens"));
    recommended.addAll(first.texts("Maintenance Regimens"));
    Set<String> awaiting = new LinkedHashSet<>(choice.texts("Awaiting Reimbursement"));
    Map<String, View.Regimen> all = regimens();
    List<View.Advice> decisions = decisions();
    boolean isKnown = choice.isKnown("Recommended Regimens");
    return new View.Treatment(
        heading(relapse, row, firstLine, isKnown),
        row,
        inputs(relapse, first, firstLine),
        decisions,
        pick(all, recommended),
        pick(all, awaiting),
        all.values().stream()
            .filter(each -> !recommended.contains(each.id()) && !awaiting.contains(each.id()))
            .toList(),
        isKnown,
        isKnown && recommended.isEmpty() ? none(decisions) : "",
        !Boolean.TRUE.equals(
            published.in("MMNextCycle").yes("Antibodies Are Offered Without Rank")));
  }

  /**
   * Why no regimen is recommended: it is no "nothing to do" where the advice below is to change.
   */
  private String none(List<View.Advice> decisions) {
    String diagnosis = published.in("MMDiagnosis").text("Diagnosis");
    if (diagnosis != null && OUTSIDE.contains(diagnosis)) {
      return words.code(diagnosis)
          + words.of(
              " er utenfor dette handlingsprogrammet, som ikke sier noe om behandlingen.",
              " is outside this guideline, which says nothing on its treatment.");
    }
    if (decisions.stream()
        .anyMatch(each -> each.kind().equals("applies") && !each.indicator().equals("info"))) {
      return words.of(
          "Handlingsprogrammet peker ikke ut ett regime nå: følg rådet nedenfor.",
          "The guideline points to no one regimen now: follow the advice below.");
    }
    return words.of(
        "Handlingsprogrammet anbefaler ingen ny behandling ut fra det som er registrert.",
        "The guideline recommends no new treatment on what is recorded.");
  }

  private String heading(
      Published relapse, @Nullable String row, boolean firstLine, boolean isKnown) {
    String next = relapse.text("Next Line");
    if (firstLine) {
      return words.of("Førstelinjebehandling", "First-line treatment");
    }
    if (row != null && next != null) {
      return words.of("Valg av linje " + next, "Choice of line " + next);
    }
    return isKnown
        ? words.of(
            "Ingen ny linje skal velges ut fra det som er kjent",
            "No new line is to be chosen on what is known")
        : words.of(
            "Valg av behandling kan ikke avgjøres", "The choice of treatment cannot be decided");
  }

  private List<View.Shown> inputs(Published relapse, Published first, boolean firstLine) {
    List<View.Shown> inputs = new ArrayList<>();
    if (firstLine) {
      Boolean candidate = first.yes("HMAS Candidate");
      inputs.add(
          shown(
              words.of("Kandidat for HMAS", "Candidate for HMAS"),
              candidate == null
                  ? words.of("ukjent", "unknown")
                  : candidate ? words.of("ja", "yes") : words.of("nei", "no")));
      return inputs;
    }
    if (relapse.texts("Exposed To").isEmpty() && relapse.text("Line Selection Row") == null) {
      return inputs;
    }
    inputs.add(shown(words.of("Brukt", "Used"), drugs(relapse, "Exposed To")));
    inputs.add(shown(words.of("Refraktær mot", "Refractory to"), drugs(relapse, "Refractory To")));
    if (!relapse.texts("Refractory Unknown").isEmpty()) {
      inputs.add(
          shown(
              words.of("Ukjent om refraktær mot", "Unknown whether refractory to"),
              drugs(relapse, "Refractory Unknown")));
    }
    inputs.add(shown(words.of("Intolerant for", "Intolerant to"), drugs(relapse, "Intolerant To")));
    return inputs;
  }

  private static View.Shown shown(String name, String value) {
    return new View.Shown("", name, value, "", "", "");
  }

  private String drugs(Published published, String name) {
    if (!published.isKnown(name)) {
      return words.of("ukjent", "unknown");
    }
    List<String> drugs = published.texts(name);
    return drugs.isEmpty()
        ? words.of("ingen kjente", "none known")
        : drugs.stream()
            .map(drug -> words.code(drug).toLowerCase(java.util.Locale.ROOT))
            .collect(Collectors.joining(", "));
  }

  private List<View.Advice> decisions() {
    List<View.Advice> decisions = new ArrayList<>();
    Set<String> told = new LinkedHashSet<>();
    for (Finding finding : findings) {
      if (finding.statement().catalogueId().matches(CHOICE)) {
        told.add(finding.statement().catalogueId());
        decisions.add(sentences.of(finding));
      }
    }
    report.forEach(
        (id, line) -> {
          Statement statement = line.entry().statement();
          if (statement != null
              && id.matches(CHOICE)
              && !told.contains(id)
              && KINDS.contains(line.entry().kind())
              && line.verdict() instanceof Verdict.Applies) {
            decisions.add(sentences.of(line, statement));
          }
        });
    // Stable: within a level the order is that of the guideline.
    decisions.sort(Comparator.comparingInt(each -> Sentences.rank(each.indicator())));
    return decisions;
  }

  private static List<View.Regimen> pick(Map<String, View.Regimen> all, Set<String> ids) {
    List<View.Regimen> picked = new ArrayList<>();
    for (String id : ids) {
      View.Regimen regimen = all.get(id);
      picked.add(
          regimen != null ? regimen : new View.Regimen(id, id, "", false, false, false, null));
    }
    return picked;
  }

  /** The order sets that are regimens, by title. */
  private Map<String, View.Regimen> regimens() {
    Map<String, View.Regimen> regimens = new LinkedHashMap<>();
    engine.guideline().all("PlanDefinition").stream()
        .map(PlanDefinition.class::cast)
        .filter(Treatments::isRegimen)
        .map(this::regimen)
        .sorted(Comparator.comparing(View.Regimen::title))
        .forEach(regimen -> regimens.put(regimen.id(), regimen));
    return regimens;
  }

  /** A regimen is an order set with its own library, or one that the guideline names in words. */
  private static boolean isRegimen(PlanDefinition plan) {
    return isDosed(plan) || plan.getAction().stream().anyMatch(Treatments::isInWords);
  }

  private static boolean isInWords(PlanDefinition.PlanDefinitionActionComponent action) {
    return action.hasDefinitionCanonicalType()
            && action.getDefinitionCanonicalType().getValue().contains("/regimen-text-")
        || action.getAction().stream().anyMatch(Treatments::isInWords);
  }

  private static boolean isDosed(PlanDefinition plan) {
    return plan.getLibrary().stream()
        .anyMatch(library -> library.getValue().contains("/Library/Regimen"));
  }

  private View.Regimen regimen(PlanDefinition plan) {
    String description = words.of(Text.of(plan.getDescriptionElement()));
    String id = plan.getIdElement().getIdPart();
    View.Next next = cycles.of(id);
    return new View.Regimen(
        id,
        words.of(Text.of(plan.getTitleElement())),
        status(description),
        isDosed(plan),
        plan.getAction().stream().anyMatch(action -> "step".equals(action.getId())),
        id.equals(published.in("MMNextCycle").text("Regimen To Continue"))
            && (next != null || published.in("MMHistory").text("Cycle Number") == null),
        next);
  }

  /** The sentence on reimbursement, which stands in the description of each regimen. */
  private static String status(String description) {
    int at = description.indexOf("Status: ");
    if (at < 0) {
      return "";
    }
    String rest = description.substring(at + "Status: ".length());
    int end = rest.indexOf(". ");
    return end < 0 ? rest : rest.substring(0, end + 1);
  }
}
