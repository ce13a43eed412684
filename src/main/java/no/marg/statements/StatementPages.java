package no.marg.statements;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Input;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.springframework.web.util.HtmlUtils;

/**
 * The pages as HTML. They know nothing of patients and need no script. Addresses are relative, so
 * that they hold behind any proxy.
 */
final class StatementPages {
  private final Guideline guideline;
  private final Readings readings;
  private final boolean guarded;
  private final Map<String, CatalogueEntry> entries = new LinkedHashMap<>();
  private final Map<String, List<Statement>> rules = new HashMap<>();
  private final Map<String, Map<String, Text>> supported = new HashMap<>();
  private final Map<String, String> indexes = new ConcurrentHashMap<>();

  /**
   * Pages about a guideline.
   *
   * @param guarded whether the FHIR end point asks for a token
   */
  StatementPages(Guideline guideline, Readings readings, boolean guarded) {
    this.guideline = guideline;
    this.readings = readings;
    this.guarded = guarded;
    guideline.catalogue().forEach(entry -> entries.put(entry.id(), entry));
    for (Statement rule : guideline.statements()) {
      rules.computeIfAbsent(rule.catalogueId(), id -> new ArrayList<>()).add(rule);
      for (Statement.Support support : rule.supports()) {
        supported
            .computeIfAbsent(support.id(), id -> new LinkedHashMap<>())
            .putIfAbsent(rule.catalogueId(), rule.title());
      }
    }
  }

  /** All statements by chapter. */
  String index(String language) {
    return indexes.computeIfAbsent(language, this::madeIndex);
  }

  private String madeIndex(String language) {
    PageWords words = new PageWords(language, guideline);
    Map<Text, List<CatalogueEntry>> chapters = new LinkedHashMap<>();
    entries
        .values()
        .forEach(
            entry -> chapters.computeIfAbsent(entry.chapter(), c -> new ArrayList<>()).add(entry));
    String title = words.of("Handlingsprogrammets utsagn", "Statements of the guideline");
    Html html = new Html();
    html.tag("h1", title);
    html.tag("p", words.source());
    html.open("nav class=\"chapters\" aria-label=\"" + words.of("Kapitler", "Chapters") + "\"")
        .open("ul");
    int number = 0;
    for (Text chapter : chapters.keySet()) {
      html.open("li").link("#k" + ++number, words.of(chapter)).close("li");
    }
    html.close("ul").close("nav");
    number = 0;
    for (Map.Entry<Text, List<CatalogueEntry>> chapter : chapters.entrySet()) {
      html.open("section aria-labelledby=\"k" + ++number + "\"");
      html.open("h2 id=\"k" + number + "\"").text(words.of(chapter.getKey())).close("h2");
      html.open("ul");
      for (CatalogueEntry entry : chapter.getValue()) {
        html.open("li").link(entry.id() + "?lang=" + language, entry.id()).text(" ");
        line(entry, words, html);
        html.close("li");
      }
      html.close("ul").close("section");
    }
    return page(title, html, words);
  }

  /** One statement; empty when the guideline has none of that id. */
  Optional<String> statement(String id, String language) {
    CatalogueEntry entry = entries.get(id);
    if (entry == null) {
      return Optional.empty();
    }
    PageWords words = new PageWords(language, guideline);
    List<Statement> own = rules.getOrDefault(id, List.of());
    String chapter = words.of(own.isEmpty() ? entry.chapter() : own.get(0).chapter());
    Html html = new Html();
    html.open("p class=\"path\"")
        .link("./?lang=" + language, words.of("Alle utsagn", "All statements"));
    html.text(" › " + chapter).close("p");
    html.open("h1").open("span class=\"id\"").text(id).close("span").text(" ");
    line(entry, words, html);
    html.close("h1").open("dl");
    html.tag("dt", words.of("Kapittel", "Chapter")).tag("dd", chapter);
    html.tag("dt", words.of("Slag", "Kind")).tag("dd", words.kind(entry.kind()));
    html.tag("dt", words.of("Kilde", "Source")).tag("dd", words.source());
    html.tag("dt", words.of("Utsagnet (gjengitt på engelsk)", "The statement")).open("dd");
    english(entry.text().en(), words, html);
    html.close("dd").close("dl");
    if (entry.reason() != null) {
      html.tag("h2", words.of("Kan ikke beregnes", "Can not be computed")).open("p");
      english(entry.reason(), words, html);
      html.close("p");
    }
    rules(own, words, html);
    readings(readings.of(id, own), words, html);
    supports(id, own, words, html);
    technical(id, own, words, html);
    return Optional.of(page(id + " – " + chapter, html, words));
  }

  /** Says that there is no such statement, without repeating what was asked for. */
  String unknown(String language) {
    PageWords words = new PageWords(language, guideline);
    String title = words.of("Utsagnet finnes ikke", "There is no such statement");
    Html html = new Html();
    html.tag("h1", title).open("p");
    html.link("./?lang=" + language, words.of("Alle utsagn", "All statements")).close("p");
    return page(title, html, words);
  }

  /**
   * What the statement comes to in one line: the title of its first rule, else its own sentence.
   */
  private void line(CatalogueEntry entry, PageWords words, Html html) {
    Statement first =
        rules.getOrDefault(entry.id(), List.of()).stream()
            .filter(rule -> !rule.undecided())
            .findFirst()
            .orElse(null);
    if (first == null) {
      english(entry.text().en(), words, html);
    } else {
      html.text(words.of(first.title()));
    }
  }

  private static void rules(List<Statement> own, PageWords words, Html html) {
    if (own.isEmpty()) {
      return;
    }
    html.tag("h2", words.of("Slik er det gjort til regel", "How it is made a rule"));
    for (List<Statement> same : alike(own)) {
      Statement rule = same.get(0);
      html.open("section class=\"rule" + (rule.undecided() ? " undecided" : "") + "\"");
      // Several plans may hold the same action; a card's link leads to each.
      same.stream()
          .map(Statement::actionId)
          .distinct()
          .forEach(id -> html.open("span id=\"" + Html.escaped(id) + "\"").close("span"));
      html.tag("h3", words.of(rule.title()));
      html.open("p class=\"mark\"")
          .text(
              rule.undecided()
                  ? words.of("Vises når opplysninger mangler", "Shown when information is missing")
                  : words.urgency(rule.priority()))
          .close("p");
      if (!words.of(rule.description()).isBlank()) {
        html.tag("p", words.of(rule.description()));
      }
      facts(rule, words, html);
      html.open("dl");
      List<String> hooks =
          same.stream()
              .flatMap(each -> each.hooks().stream())
              .distinct()
              .sorted()
              .map(words::hook)
              .toList();
      html.tag("dt", words.of("Vises når", "Shown when"))
          .tag(
              "dd",
              hooks.isEmpty()
                  ? words.of("bare i appen og rapporten", "only in the app and the report")
                  : String.join(", ", hooks));
      html.tag("dt", words.of("Definisjon", "Definition")).open("dd");
      if (rule.condition() == null) {
        html.text(words.of("gjelder alltid", "always applies"));
      } else {
        html.tag("code", name(rule.condition()));
      }
      html.close("dd").close("dl").close("section");
    }
  }

  /** Actions with the same words and condition, in the order in which they stand. */
  private static Collection<List<Statement>> alike(List<Statement> own) {
    return own.stream()
        .sorted(java.util.Comparator.comparing(Statement::undecided))
        .collect(
            Collectors.groupingBy(
                rule ->
                    List.of(
                        rule.title(),
                        rule.description(),
                        rule.condition() == null ? "" : name(rule.condition())),
                LinkedHashMap::new,
                Collectors.toList()))
        .values();
  }

  private static String name(Definition definition) {
    return definition.library() + ".\"" + definition.name() + "\"";
  }

  /** The facts a rule rests on, each with its limit. */
  private static void facts(Statement rule, PageWords words, Html html) {
    if (rule.inputs().isEmpty()) {
      return;
    }
    html.open("table").open("caption").text(words.of("Bygger på", "Rests on")).close("caption");
    html.open("thead").open("tr");
    html.tag("th scope=\"col\"", words.of("Opplysning", "Fact"));
    html.tag("th scope=\"col\"", words.of("Grense", "Limit")).close("tr").close("thead");
    html.open("tbody");
    for (Input input : rule.inputs()) {
      html.open("tr").tag("td", words.fact(input.id()));
      html.tag("td", input.threshold().isEmpty() ? "–" : words.threshold(input.threshold()));
      html.close("tr");
    }
    html.close("tbody").close("table");
  }

  private static void readings(List<Reading> found, PageWords words, Html html) {
    if (found.isEmpty()) {
      return;
    }
    html.tag("h2", words.of("Lesemåte", "Reading"));
    html.tag(
        "p",
        words.of(
            "Der teksten lar noe stå åpent, er den lest slik. Lesemåtene er skrevet på engelsk.",
            "Where the text leaves something open, this is how it is read."));
    for (Reading reading : found) {
      html.open("section class=\"reading\"");
      html.tag("h3", reading.ids().isEmpty() ? "–" : String.join(", ", reading.ids()));
      html.open("dl");
      reading(words.of("Gjelder", "Where"), reading.where(), words, html);
      reading(words.of("Teksten sier", "The text says"), reading.text(), words, html);
      reading(words.of("Lest som", "Read as"), reading.reading(), words, html);
      reading(words.of("Fordi", "Because"), reading.reason(), words, html);
      reading(words.of("Tryggere valg", "Safer branch"), reading.safe(), words, html);
      html.close("dl").close("section");
    }
  }

  private static void reading(String label, String text, PageWords words, Html html) {
    html.tag("dt", label).open("dd");
    english(text, words, html);
    html.close("dd");
  }

  /** What gives its reasons and, for a sentence that gives reasons, what it stands behind. */
  private void supports(String id, List<Statement> own, PageWords words, Html html) {
    Map<String, Text> reasons = new LinkedHashMap<>();
    own.forEach(rule -> rule.supports().forEach(s -> reasons.putIfAbsent(s.id(), s.text())));
    list(words.of("Begrunnelse", "Reasons"), reasons, words, html);
    Map<String, Text> behind = new LinkedHashMap<>(supported.getOrDefault(id, Map.of()));
    behind.remove(id);
    list(words.of("Begrunner", "Gives reasons for"), behind, words, html);
  }

  private static void list(String title, Map<String, Text> items, PageWords words, Html html) {
    if (items.isEmpty()) {
      return;
    }
    html.tag("h2", title).open("ul");
    items.forEach(
        (id, text) ->
            html.open("li")
                .link(id + "?lang=" + words.language(), id)
                .text(" " + words.of(text))
                .close("li"));
    html.close("ul");
  }

  private void technical(String id, List<Statement> own, PageWords words, Html html) {
    html.tag("h2", words.of("For dem som integrerer", "For integrators"));
    if (guarded) {
      html.tag(
          "p",
          words.of(
              "Adressene under krever journalsystemets tilgang.",
              "The addresses below need the access of a record system."));
    }
    html.open("ul");
    own.stream()
        .map(Statement::plan)
        .distinct()
        .forEach(plan -> json("PlanDefinition/" + plan, words, html));
    own.stream()
        .map(Statement::condition)
        .filter(Objects::nonNull)
        .map(Definition::library)
        .distinct()
        .forEach(library -> json("Library/" + library, words, html));
    json("CodeSystem/mm-recommendations", words, html);
    html.close("ul");
    html.open("p class=\"quiet\"")
        .text(words.of("Versjon av reglene: ", "Version of the rules: ") + guideline.version())
        .text(" · " + Guideline.RECOMMENDATIONS + "#" + id)
        .close("p");
  }

  private static void json(String reference, PageWords words, Html html) {
    html.open("li")
        .link("../fhir/" + reference, reference)
        .text(words.of(" (FHIR, JSON)", " (FHIR, JSON)"))
        .close("li");
  }

  /** A text that is in English alone, marked so on a Norwegian page. */
  private static void english(String text, PageWords words, Html html) {
    if (words.isEnglish()) {
      html.text(text);
    } else {
      html.open("span lang=\"en\"").text(text).close("span");
    }
  }

  private static String page(String title, Html content, PageWords words) {
    String other = words.of("en", "nb");
    Html html = new Html();
    html.raw("<!doctype html>\n<html lang=\"" + words.language() + "\">\n<head>\n");
    html.raw("<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.tag("title", title + " – Marg");
    html.raw("<link rel=\"icon\" href=\"../icon/marg.png\" type=\"image/png\">\n");
    html.raw("<link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n");
    html.open("a class=\"skip\" href=\"#content\"")
        .text(words.of("Til innholdet", "To the content"))
        .close("a");
    html.open("header").open("p class=\"name\"");
    html.link("./?lang=" + words.language(), "Marg");
    html.text(words.of(" – handlingsprogram for myelomatose", " – guideline for multiple myeloma"));
    html.close("p");
    html.tag(
        "p class=\"boundary\"",
        words.of(
            "Ikke for klinisk bruk før godkjenning. Råd til helsepersonell.",
            "Not for clinical use until approved. Advice to professionals."));
    html.open("p").raw("<a href=\"?lang=" + other + "\" lang=\"" + other + "\">");
    html.text(words.of("English", "Norsk")).close("a").close("p").close("header");
    html.open("main id=\"content\" tabindex=\"-1\"").raw(content.toString()).close("main");
    return html.raw("</body>\n</html>\n").toString();
  }

  /** Writes elements; every text and address is escaped. */
  private static final class Html {
    private final StringBuilder out = new StringBuilder();

    static String escaped(String text) {
      return HtmlUtils.htmlEscape(text, "UTF-8");
    }

    Html raw(String markup) {
      out.append(markup);
      return this;
    }

    /** An element's name with its attributes, which are ours. */
    Html open(String element) {
      return raw("<" + element + ">");
    }

    Html close(String element) {
      return raw("</" + element + ">\n");
    }

    Html text(String text) {
      return raw(escaped(text));
    }

    Html tag(String element, String text) {
      return open(element).text(text).close(element.split(" ", 2)[0]);
    }

    Html link(String address, String text) {
      return raw("<a href=\"" + escaped(address) + "\">").text(text).raw("</a>");
    }

    @Override
    public String toString() {
      return out.toString();
    }
  }
}
