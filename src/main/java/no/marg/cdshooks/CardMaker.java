package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.chart.ResourceWriter;
import no.marg.chart.Unused;
import no.marg.engine.Evidence;
import no.marg.engine.Finding;
import no.marg.engine.Missing;
import no.marg.engine.Suggestion;
import no.marg.journal.CardFacts;
import no.marg.journal.CardRecord;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.jspecify.annotations.Nullable;

/** Turns findings into cards: ranked, one a topic, bounded in number. */
final class CardMaker {
  /** By time: the journal's index keeps what is written together in one place. */
  private static final NoArgGenerator CARD_IDS = Generators.timeBasedEpochGenerator();

  private static final String STATEMENTS = "no.marg.statements";
  private static final int SUMMARY_LIMIT = 139;

  private final Guideline guideline;
  private final ResourceWriter writer;
  private final int limit;
  private final @Nullable URI app;
  private final @Nullable URI guidelineUrl;
  private final List<CodeSystem.ConceptDefinitionComponent> overrideReasons;

  CardMaker(
      Guideline guideline, FhirContext fhir, CardSettings settings, @Nullable URI guidelineUrl) {
    this.guideline = guideline;
    this.writer = new ResourceWriter(fhir);
    this.limit = settings.limit();
    this.app = settings.app();
    this.guidelineUrl = guidelineUrl;
    this.overrideReasons =
        guideline
            .find("CodeSystem", "mm-override-reasons")
            .map(CodeSystem.class::cast)
            .map(CodeSystem::getConcept)
            .orElse(List.of());
  }

  /**
   * The cards of one answer.
   *
   * @param shown the cards to give
   * @param held what was held back since it was overridden before
   * @param remembered what the journal keeps of the cards to give
   */
  record Made(List<Card> shown, List<Repeats.Held> held, List<CardRecord> remembered) {
    /** The same for a client that knows {@code actionSelectionBehavior}. */
    Made withActionSelection() {
      return new Made(shown.stream().map(Card::withActionSelection).toList(), held, remembered);
    }
  }

  /**
   * The cards of one answer.
   *
   * @param gaps prefetch keys that are not all there, and why
   * @param language nb or en
   * @param baseUrl where this service is seen from outside, without trailing slash
   * @param repeats holds back what was overridden
   */
  Made cards(
      List<Finding> findings,
      Chart chart,
      Map<String, Gap> gaps,
      String language,
      String baseUrl,
      Repeats repeats) {
    Words words = new Words(language, guideline);
    Map<String, List<Finding>> topics = new LinkedHashMap<>();
    findings.stream()
        .sorted(Comparator.comparingInt(CardMaker::rank))
        .forEach(f -> topics.computeIfAbsent(f.statement().topic(), t -> new ArrayList<>()).add(f));
    Repeats.Sorted sorted =
        repeats.sort(
            topics.values().stream()
                .flatMap(CardMaker::apart)
                .map(topic -> draft(topic, words))
                .toList());
    List<Draft> drafts = sorted.shown();
    Card data = dataCard(chart, gaps, words);
    int room = data == null ? limit : limit - 1;
    // One place is for the titles of what does not fit.
    int whole = drafts.size() <= room ? drafts.size() : Math.max(room - 1, 0);
    List<Card> shown = new ArrayList<>();
    Map<Draft, List<Suggestion>> suggested = new LinkedHashMap<>();
    drafts
        .subList(0, whole)
        .forEach(draft -> suggested.put(draft, suggestions(draft, chart, words)));
    OfferedOnce once = new OfferedOnce(suggested);
    drafts
        .subList(0, whole)
        .forEach(draft -> shown.add(card(draft, once.of(draft), chart, words, baseUrl)));
    if (whole < drafts.size()) {
      shown.add(titles(drafts.subList(whole, drafts.size()), words));
    }
    if (data != null) {
      shown.add(data);
    }
    // Alone it would interrupt for nothing; the answer's extension tells it in any case.
    if (!sorted.held().isEmpty() && !shown.isEmpty()) {
      shown.add(heldCard(sorted.held(), words));
    }
    String guidelineAddress =
        guidelineUrl == null ? baseUrl + "/guideline/?lang=" + language : guidelineUrl.toString();
    shown.replaceAll(card -> card.from(guidelineAddress, baseUrl + IconController.PATH));
    return new Made(
        shown,
        sorted.held(),
        shown.stream().map(card -> remembered(card, sorted.facts().get(card.uuid()))).toList());
  }

  private static CardRecord remembered(Card card, @Nullable CardFacts facts) {
    return new CardRecord(
        UUID.fromString(card.uuid()),
        statements(card),
        card.suggestions().stream().map(each -> UUID.fromString(each.uuid())).toList(),
        facts);
  }

  /** The ids of the statements on a card; empty for a card about the answer. */
  static List<String> statements(Card card) {
    return card.extension().get(STATEMENTS) instanceof List<?> ids
        ? ids.stream().map(String::valueOf).toList()
        : List.of();
  }

  private static Card heldCard(List<Repeats.Held> held, Words words) {
    String detail =
        held.stream()
            .map(
                each ->
                    "- "
                        + each.draft().summary()
                        + words.of(" – gjentas ikke før ", " – not repeated before ")
                        + words.date(each.until().toLocalDate()))
            .collect(Collectors.joining("\n"));
    return plain(
        words.of(
            held.size() + " råd er satt til side før og gjentas ikke: opplysningene er uendret",
            held.size() + " piece(s) of advice were set aside before: the facts are unchanged"),
        detail,
        words);
  }

  /**
   * The findings of a topic by card. What at most one may be taken of stands apart from other
   * suggestions, since that holds for a card as a whole.
   */
  private static Stream<List<Finding>> apart(List<Finding> topic) {
    List<Finding> alternatives = topic.stream().filter(CardMaker::isAlternative).toList();
    List<Finding> others = topic.stream().filter(each -> !isAlternative(each)).toList();
    return alternatives.isEmpty() || others.stream().allMatch(each -> each.suggestions().isEmpty())
        ? Stream.of(topic)
        : Stream.of(alternatives, others)
            .sorted(Comparator.comparingInt(each -> rank(each.get(0))));
  }

  private static boolean isDeletion(Suggestion suggestion) {
    return suggestion.actions().stream().allMatch(each -> each.kind() == Suggestion.Kind.DELETE);
  }

  /** What it deletes: twice the same on one card is one offer, whatever the reason. */
  private static List<String> deleted(Suggestion suggestion) {
    return suggestion.actions().stream()
        .map(each -> String.valueOf(each.resourceId()))
        .sorted()
        .toList();
  }

  static boolean isAlternative(Finding finding) {
    return finding.statement().alternatives() && !finding.suggestions().isEmpty();
  }

  private static int rank(Finding finding) {
    int severity =
        switch (indicator(finding)) {
          case "critical" -> 0;
          case "warning" -> finding.statement().priority().equals("asap") ? 1 : 2;
          default -> 3;
        };
    return severity * 2 + (finding.kind() == Finding.Kind.APPLIES ? 0 : 1);
  }

  private static String indicator(Finding finding) {
    if (finding.kind() == Finding.Kind.FAILED) {
      return "warning";
    }
    return switch (finding.statement().priority()) {
      case "stat" -> "critical";
      case "urgent", "asap" -> "warning";
      default -> "info";
    };
  }

  private static Draft draft(List<Finding> topic, Words words) {
    Finding first = topic.get(0);
    return new Draft(
        CARD_IDS.generate().toString(), summary(first, words), indicator(first), topic);
  }

  /** What a card would offer by itself. */
  private static List<Suggestion> suggestions(Draft draft, Chart chart, Words words) {
    Map<String, Suggestion> offered = new LinkedHashMap<>();
    Set<List<String>> deleted = new LinkedHashSet<>();
    for (Finding finding : draft.findings()) {
      for (Suggestion suggestion : finding.suggestions()) {
        if (!suggestion.actions().isEmpty()
            && !wouldLose(suggestion, chart)
            && (!isDeletion(suggestion) || deleted.add(deleted(suggestion)))) {
          offered.putIfAbsent(words.of(suggestion.label()), suggestion);
        }
      }
    }
    return List.copyOf(offered.values());
  }

  private Card card(
      Draft draft, OfferedOnce.Offers offers, Chart chart, Words words, String baseUrl) {
    List<Finding> topic = draft.findings();
    Finding first = topic.get(0);
    Statement statement = first.statement();
    StringBuilder detail = new StringBuilder();
    Set<String> told = new LinkedHashSet<>();
    for (Finding finding : topic) {
      describe(finding, finding != first, chart, words, detail, told);
    }
    elsewhere(offers.elsewhere(), words, detail);
    List<Suggestion> offered = offers.suggestions();
    boolean atMostOne = topic.stream().anyMatch(CardMaker::isAlternative);
    // Of several that the guideline puts side by side none is the recommended one.
    boolean isRanked = !atMostOne || offered.stream().filter(Suggestion::recommended).count() < 2;
    List<Card.Suggestion> suggestions =
        offered.stream().map(each -> suggestion(each, isRanked, words)).toList();
    Map<String, Object> extension = new LinkedHashMap<>();
    List<String> orders =
        topic.stream()
            .flatMap(finding -> finding.orders().stream())
            .map(Chart::referenceOf)
            .distinct()
            .toList();
    if (!orders.isEmpty()) {
      extension.put("no.marg.orders", orders);
    }
    extension.put(STATEMENTS, draft.statements());
    return new Card(
        draft.uuid(),
        draft.summary(),
        detail.toString().strip(),
        draft.indicator(),
        source(statement, words),
        suggestions,
        suggestions.isEmpty() ? null : atMostOne ? "at-most-one" : "any",
        overrideReasons(words),
        links(statement, words, baseUrl),
        extension);
  }

  /** To the rule, and to the finding in the app where a record can launch it. */
  private List<Card.Link> links(Statement statement, Words words, String baseUrl) {
    Card.Link rule =
        new Card.Link(
            words.of("Regel ", "Rule ")
                + statement.catalogueId()
                + ": "
                + chapter(statement, words),
            baseUrl
                + "/guideline/"
                + statement.catalogueId()
                + "?lang="
                + words.language()
                + "#"
                + statement.actionId(),
            "absolute",
            null);
    return app == null
        ? List.of(rule)
        : List.of(
            rule,
            new Card.Link(
                words.of("Se funnet i appen", "See the finding in the app"),
                app.toString(),
                "smart",
                statement.catalogueId()));
  }

  /**
   * Whether it touches an order that could not be read whole or has no id: a change sends the whole
   * order back, and what could not be read of it would be gone.
   */
  private static boolean wouldLose(Suggestion suggestion, Chart chart) {
    return suggestion.actions().stream()
        .filter(action -> action.kind() != Suggestion.Kind.CREATE)
        .map(
            action ->
                action.resource() == null
                    ? action.resourceId()
                    : Chart.referenceOf(action.resource()))
        .anyMatch(
            target ->
                target == null
                    || !target.contains("/")
                    || chart
                        .originalOrder(target)
                        .filter(order -> order.getUserData(HookRequestReader.NOT_WHOLE) == null)
                        .isEmpty());
  }

  private static String summary(Finding finding, Words words) {
    String title = words.of(finding.title());
    if (finding.kind() == Finding.Kind.FAILED) {
      title = words.of("Kunne ikke vurderes: ", "Could not be assessed: ") + title;
    }
    return shorten(title);
  }

  /** Cut between words, if it must be cut at all. */
  private static String shorten(String text) {
    if (text.codePointCount(0, text.length()) <= SUMMARY_LIMIT) {
      return text;
    }
    String head = text.substring(0, text.offsetByCodePoints(0, SUMMARY_LIMIT - 1));
    int space = head.lastIndexOf(' ');
    return (space > 0 ? head.substring(0, space) : head) + "…";
  }

  private void describe(
      Finding finding,
      boolean further,
      Chart chart,
      Words words,
      StringBuilder detail,
      Set<String> told) {
    if (further) {
      detail.append("**").append(words.of(finding.title())).append("**\n\n");
    }
    if (finding.kind() == Finding.Kind.FAILED) {
      detail
          .append(
              words.of(
                  "Regelen feilet teknisk og er ikke vurdert. Vurder selv.",
                  "The rule failed technically and was not assessed. Please assess it yourself."))
          .append("\n\n");
    }
    String description = words.of(finding.statement().description());
    if (!description.isBlank() && told.add(description)) {
      detail.append(description).append("\n\n");
    }
    if (!finding.orders().isEmpty()) {
      detail
          .append("**")
          .append(words.of("Gjelder ordinasjonen", "Concerns the order"))
          .append(":** ")
          .append(
              finding.orders().stream()
                  .map(order -> Markdown.escape(orderName(order)))
                  .distinct()
                  .collect(Collectors.joining(", ")))
          .append("\n\n");
    }
    table(
        finding.evidence().stream().filter(e -> told.add("e:" + e.fact().id())).toList(),
        words,
        detail);
    missing(
        finding.missing().stream().filter(m -> told.add("m:" + m.fact().id())).toList(),
        words,
        detail);
    if (finding.suggestions().stream().anyMatch(each -> wouldLose(each, chart))) {
      detail.append(
          words.of(
              "Ordinasjonen har innhold som ikke kan leses, så endringen må gjøres for hånd.\n\n",
              "The order holds something that can not be read; please change it by hand.\n\n"));
    }
    finding.suggestions().forEach(suggestion -> remarks(suggestion, words, detail, told));
    finding.suggestions().forEach(suggestion -> byHand(suggestion, words, detail, told));
    for (Statement.Support support : finding.statement().supports()) {
      if (told.add("s:" + support.id())) {
        detail
            .append(words.of("Begrunnelse: ", "Reason: "))
            .append(words.of(support.text()))
            .append(" (")
            .append(support.id())
            .append(")\n\n");
      }
    }
    String cited =
        words.of("Kilde: ", "Source: ")
            + chapter(finding.statement(), words)
            + " ("
            + finding.statement().catalogueId()
            + ")";
    if (told.add(cited)) {
      detail.append("*").append(cited).append("*\n\n");
    }
  }

  private static void table(List<Evidence> evidence, Words words, StringBuilder detail) {
    if (evidence.isEmpty()) {
      return;
    }
    boolean limits = evidence.stream().anyMatch(each -> !each.threshold().isEmpty());
    boolean dates = evidence.stream().anyMatch(each -> each.date() != null);
    detail
        .append(words.of("| Pasientens verdi | |", "| Patient's value | |"))
        .append(dates ? words.of(" Dato |", " Date |") : "")
        .append(limits ? words.of(" Grense |", " Limit |") : "")
        .append("\n| --- | --- |")
        .append(dates ? " --- |" : "")
        .append(limits ? " --- |" : "")
        .append('\n');
    for (Evidence each : evidence) {
      detail
          .append("| ")
          .append(words.of(each.fact().name()))
          .append(" | **")
          .append(words.value(each.fact(), each.value()))
          .append("** |");
      if (dates) {
        detail.append(' ').append(each.date() == null ? "" : words.date(each.date())).append(" |");
      }
      if (limits) {
        detail.append(' ').append(words.threshold(each.threshold())).append(" |");
      }
      detail.append('\n');
    }
    detail.append('\n');
  }

  private static void missing(List<Missing> missing, Words words, StringBuilder detail) {
    if (missing.isEmpty()) {
      return;
    }
    detail.append("**").append(words.of("Mangler", "Missing")).append(":**\n\n");
    for (Missing each : missing) {
      detail.append("- ").append(words.of(each.fact().name()));
      if (each.unreadable() != null) {
        detail
            .append(
                words.of(
                    " – nyeste svar kan ikke brukes: ", " – the newest result cannot be used: "))
            .append(words.reason(each.unreadable()));
      } else if (each.known() != null) {
        detail
            .append(words.of(" – kjent bare som ", " – known only as "))
            .append(words.value(each.fact(), each.known()));
      } else if (each.newest() != null) {
        detail
            .append(words.of(" – nyeste er fra ", " – the newest is from "))
            .append(words.date(each.newest()))
            .append(
                each.isTooOld()
                    ? words.of(" og er for gammel", " and is too old")
                    : words.of(" og avgjør ikke", " and does not decide"));
      }
      detail.append('\n');
    }
    detail.append('\n');
  }

  private static void remarks(
      Suggestion suggestion, Words words, StringBuilder detail, Set<String> told) {
    String label = words.of(suggestion.label());
    if (suggestion.remarks().isEmpty() || !told.add("r:" + label)) {
      return;
    }
    detail.append("**").append(label).append("**");
    if (suggestion.actions().isEmpty()) {
      detail.append(words.of(" – kan ikke bestilles samlet", " – cannot be ordered as a whole"));
    }
    detail.append(":\n\n");
    suggestion
        .remarks()
        .forEach(remark -> detail.append("- ").append(words.of(remark)).append('\n'));
    detail.append('\n');
  }

  /**
   * What a suggestion does where the words of the statement can not say it: a clinician whose
   * record can not take it must be able to do the same.
   */
  private static void byHand(
      Suggestion suggestion, Words words, StringBuilder detail, Set<String> told) {
    String label = words.of(suggestion.label());
    if (!suggestion.computed() || suggestion.actions().isEmpty() || !told.add("h:" + label)) {
      return;
    }
    detail.append("**").append(words.of("For hånd", "By hand")).append(":** ");
    detail.append(Markdown.escape(label)).append("\n\n");
    for (Suggestion.Action action : suggestion.actions()) {
      Resource resource = action.resource();
      // The words of a change may hold some of the record; new orders hold the guideline's alone.
      String done =
          resource != null && action.kind() == Suggestion.Kind.CREATE
              ? orderName(Text.in(words.language(), resource))
              : Markdown.escape(words.of(action.description()));
      if (!done.equals(Markdown.escape(label))) {
        detail.append("- ").append(done).append('\n');
      }
    }
    detail.append('\n');
  }

  /** What another card of the answer offers, so that it is missed on this one by nobody. */
  private static void elsewhere(
      Map<Suggestion, String> elsewhere, Words words, StringBuilder detail) {
    elsewhere.forEach(
        (suggestion, place) ->
            detail
                .append(words.of("**Tilbys på et annet kort:** ", "**Offered on another card:** "))
                .append(words.of(suggestion.label()))
                .append(" – ")
                .append(place)
                .append("\n\n"));
  }

  /** How a clinician knows the order: its drug or test, as the record writes it. */
  private static String orderName(Resource order) {
    CodeableConcept concept =
        order instanceof MedicationRequest request && request.hasMedicationCodeableConcept()
            ? request.getMedicationCodeableConcept()
            : order instanceof ServiceRequest request ? request.getCode() : null;
    String name = null;
    if (concept != null) {
      name =
          concept.hasText()
              ? concept.getText()
              : concept.getCoding().stream()
                  .map(coding -> coding.getDisplay())
                  .filter(display -> display != null)
                  .findFirst()
                  .orElse(null);
    }
    String text =
        order instanceof MedicationRequest request
            ? request.getDosageInstruction().stream()
                .map(Dosage::getText)
                .filter(each -> each != null)
                .collect(Collectors.joining("; "))
            : "";
    if (name == null) {
      return Chart.referenceOf(order);
    }
    if (text.isEmpty()) {
      return name;
    }
    // Words that begin with the drug need not name it twice.
    return text.regionMatches(true, 0, name, 0, name.length()) ? text : name + ", " + text;
  }

  private Card.Source source(Statement statement, Words words) {
    return new Card.Source(
        sourceLabel(words),
        null,
        null,
        new Card.Coding(
            Guideline.RECOMMENDATIONS, statement.catalogueId(), chapter(statement, words)));
  }

  /** The chapter a statement cites, or the guideline where it cites none. */
  private static String chapter(Statement statement, Words words) {
    String chapter = words.of(statement.chapter());
    return chapter.isBlank() ? sourceLabel(words) : chapter;
  }

  private static String sourceLabel(Words words) {
    return words.of(
        "Handlingsprogram for myelomatose, versjon 1.3 (februar 2026)",
        "Norwegian guideline for multiple myeloma, version 1.3 (February 2026)");
  }

  private Card.Suggestion suggestion(Suggestion suggestion, boolean isRanked, Words words) {
    return new Card.Suggestion(
        words.of(suggestion.label()),
        UUID.randomUUID().toString(),
        isRanked && suggestion.recommended() ? true : null,
        null,
        suggestion.actions().stream().map(action -> action(action, words)).toList());
  }

  private Card.Action action(Suggestion.Action action, Words words) {
    Resource resource = action.resource();
    if (resource != null) {
      resource =
          action.kind() == Suggestion.Kind.CREATE
              ? Text.in(words.language(), resource)
              : Text.changedIn(words.language(), resource);
    }
    return new Card.Action(
        switch (action.kind()) {
          case CREATE -> "create";
          case UPDATE -> "update";
          case DELETE -> "delete";
        },
        words.of(action.description()),
        resource == null ? null : writer.write(resource),
        action.resourceId());
  }

  private List<Card.Coding> overrideReasons(Words words) {
    return overrideReasons.stream()
        .map(
            reason ->
                new Card.Coding(
                    Guideline.BASE + "/CodeSystem/mm-override-reasons",
                    reason.getCode(),
                    words.language().equals("en") && reason.hasDesignation()
                        ? reason.getDesignationFirstRep().getValue()
                        : reason.getDisplay()))
        .toList();
  }

  /** What could not be used or was not read; null when there is nothing to say. */
  private @Nullable Card dataCard(Chart chart, Map<String, Gap> gaps, Words words) {
    List<Unused> unused = chart.unused().stream().filter(Unused::isTold).toList();
    if (unused.isEmpty() && gaps.isEmpty()) {
      return null;
    }
    StringBuilder detail = new StringBuilder();
    if (!gaps.isEmpty()) {
      detail
          .append("**")
          .append(words.of("Ikke lest fra journalen", "Not read from the record"))
          .append(":** ")
          .append(words.gaps(gaps))
          .append(
              words.of(
                  ". Det som mangler her, er regnet som ukjent.\n\n",
                  ". What is missing here counts as unknown.\n\n"));
    }
    if (!unused.isEmpty()) {
      detail
          .append("**")
          .append(words.of("Kunne ikke brukes", "Could not be used"))
          .append(":**\n\n");
      unused.stream()
          .limit(20)
          .forEach(
              each ->
                  detail
                      .append("- ")
                      .append(
                          each.concept().isEmpty()
                              ? Markdown.escape(each.reference())
                              : Markdown.escape(words.of(guideline.conceptName(each.concept()))))
                      .append(": ")
                      .append(words.reason(each))
                      .append('\n'));
      if (unused.size() > 20) {
        detail.append("- … +").append(unused.size() - 20).append('\n');
      }
    }
    String summary =
        unused.isEmpty()
            ? words.of("Deler av journalen er ikke lest", "Parts of the record were not read")
            : words.of(
                unused.size() + " opplysning(er) i journalen kunne ikke brukes",
                unused.size() + " item(s) in the record could not be used");
    return plain(summary, detail.toString().strip(), words);
  }

  private static Card titles(List<Draft> rest, Words words) {
    return plain(
        words.of(rest.size() + " flere råd", rest.size() + " more pieces of advice"),
        rest.stream().map(draft -> "- " + draft.summary()).collect(Collectors.joining("\n")),
        words);
  }

  private static Card plain(String summary, String detail, Words words) {
    return new Card(
        CARD_IDS.generate().toString(),
        summary,
        detail,
        "info",
        new Card.Source(sourceLabel(words), null, null, null),
        List.of(),
        null,
        List.of(),
        List.of(),
        Map.of());
  }
}
