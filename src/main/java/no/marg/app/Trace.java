package no.marg.app;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Library;
import org.jspecify.annotations.Nullable;

/**
 * How a statement came to its verdict for this patient.
 *
 * @param id catalogue id
 * @param kind kind of the catalogue
 * @param text the statement as the catalogue words it; empty when that is in English only, the page
 *     is not, and the rule has a sentence
 * @param verdict as in {@code $guideline-report}
 * @param reason why it is not computable, or what the guideline leaves open; empty otherwise
 * @param title sentence of the rule; empty when no rule implements it
 * @param plan PlanDefinition of the rule; empty without
 * @param logic the rule in CQL; null without one
 */
record Trace(
    String id,
    String kind,
    String text,
    String chapter,
    String source,
    String version,
    String verdict,
    String reason,
    String title,
    String description,
    List<View.Shown> facts,
    List<View.Lack> missing,
    List<String> reasons,
    String plan,
    @Nullable Logic logic) {

  /**
   * A CQL definition.
   *
   * @param text as written, with the comment that stands before it
   * @param uses the definitions it names
   */
  record Logic(String library, String name, String text, List<Definition> uses) {}

  private static final Pattern INCLUDE =
      Pattern.compile("(?m)^include\\s+(\\w+)(?:\\s+version\\s+'[^']*')?(?:\\s+called\\s+(\\w+))?");
  private static final Pattern NAMED = Pattern.compile("(?:(\\w+)\\.)?\"([^\"]+)\"");

  static Trace of(ReportLine line, Words words, Sentences sentences, Guideline guideline) {
    Statement statement = line.entry().statement();
    return new Trace(
        line.entry().id(),
        line.entry().kind(),
        isForeign(line.entry().text(), words) && statement != null
            ? ""
            : words.of(line.entry().text()),
        words.of(statement == null ? line.entry().chapter() : statement.chapter()),
        words.of(
            "Handlingsprogram for myelomatose, versjon 1.3 (februar 2026)",
            "Norwegian guideline for multiple myeloma, version 1.3 (February 2026)"),
        guideline.version(),
        line.verdict().code(),
        reason(line.verdict(), words),
        statement == null ? "" : words.of(statement.title()),
        statement == null ? "" : words.of(statement.description()),
        sentences.facts(line.evidence()),
        sentences.lacks(line.verdict()),
        statement == null
            ? List.of()
            : statement.supports().stream().map(support -> words.of(support.text())).toList(),
        statement == null ? "" : "PlanDefinition/" + statement.plan(),
        statement == null || statement.condition() == null
            ? null
            : logic(guideline, statement.condition()));
  }

  private static String reason(Verdict verdict, Words words) {
    if (verdict instanceof Verdict.Undecided undecided && undecided.leftOpen() != null) {
      return words.of(undecided.leftOpen());
    }
    return verdict instanceof Verdict.NotComputable none ? none.reason() : "";
  }

  private static boolean isForeign(Text text, Words words) {
    return !words.language().equals("en") && text.nb().equals(text.en());
  }

  /** The text of a definition; null when the library is not stored with its source. */
  static @Nullable Logic logic(Guideline guideline, Definition definition) {
    String source = source(guideline, definition.library());
    if (source == null || !guideline.libraries().has(definition)) {
      return null;
    }
    int at = source.indexOf("\ndefine \"" + definition.name() + "\":");
    if (at < 0) {
      return null;
    }
    int end = source.length();
    Matcher next = Pattern.compile("\n(define |/\\*|//)").matcher(source);
    if (next.find(at + 2)) {
      end = next.start();
    }
    String text = source.substring(start(source, at + 1), end).strip();
    return new Logic(
        definition.library(), definition.name(), text, uses(source, text, definition, guideline));
  }

  /** Where the comment begins that ends right before the definition; the definition without one. */
  private static int start(String source, int define) {
    String before = source.substring(0, define).stripTrailing();
    if (before.endsWith("*/")) {
      return before.lastIndexOf("/*");
    }
    int at = define;
    while (true) {
      int line = source.lastIndexOf('\n', at - 2) + 1;
      if (line >= at || !source.startsWith("//", line)) {
        return at;
      }
      at = line;
    }
  }

  private static List<Definition> uses(
      String source, String text, Definition self, Guideline guideline) {
    Map<String, String> aliases = new HashMap<>();
    Matcher includes = INCLUDE.matcher(source);
    while (includes.find()) {
      aliases.put(
          includes.group(2) == null ? includes.group(1) : includes.group(2), includes.group(1));
    }
    Set<Definition> uses = new LinkedHashSet<>();
    Matcher named = NAMED.matcher(text.replaceAll("(?s)/\\*.*?\\*/", ""));
    while (named.find()) {
      String library =
          named.group(1) == null
              ? self.library()
              : aliases.getOrDefault(named.group(1), named.group(1));
      Definition used = new Definition(library, named.group(2));
      if (!used.equals(self) && guideline.libraries().has(used)) {
        uses.add(used);
      }
    }
    return new ArrayList<>(uses);
  }

  private static @Nullable String source(Guideline guideline, String library) {
    return guideline.find("Library", library).map(Library.class::cast).stream()
        .flatMap(found -> found.getContent().stream())
        .filter(content -> "text/cql".equals(content.getContentType()) && content.hasData())
        .map(content -> new String(content.getData(), StandardCharsets.UTF_8))
        .findFirst()
        .orElse(null);
  }
}
