package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Statement;
import org.junit.jupiter.api.Test;

/**
 * Walks the register of the guideline's statements: each is implemented, not computable with a
 * reason, or open; and writes docs/recommendations.md from what it finds.
 */
class GuidelineCoverageTest {
  private static final Path PAGE = Path.of("docs/recommendations.md");
  private static final Pattern ID = Pattern.compile("^([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\\b");

  @Test
  void everyImplementedStatementHasItsRuleAndItsCases() throws IOException {
    Map<String, Set<String>> cases = caseAnswersById();
    List<String> gaps = new ArrayList<>();
    for (CatalogueEntry entry : TestGuideline.GUIDELINE.catalogue()) {
      Statement statement = entry.statement();
      if (statement == null) {
        continue;
      }
      if (statement.condition() == null) {
        gaps.add(entry.id() + ": has no condition");
      }
      if (statement.chapter().nb().isEmpty()) {
        gaps.add(entry.id() + ": cites no chapter");
      }
      if (entry.reason() != null) {
        gaps.add(entry.id() + ": is implemented and listed as not computable");
      }
      if (!entry.kind().equals("information") && !cases.containsKey(entry.id())) {
        gaps.add(entry.id() + ": has no case");
      }
    }
    write(cases);
    assertThat(gaps).isEmpty();
  }

  @Test
  void casesNameOnlyStatementsOfTheGuideline() throws IOException {
    Set<String> registered =
        TestGuideline.GUIDELINE.catalogue().stream()
            .map(CatalogueEntry::id)
            .collect(Collectors.toSet());
    assertThat(registered).containsAll(caseAnswersById().keySet());
  }

  /**
   * Which of true, false and unknown the cases of a statement expect, by the id their name begins
   * with.
   */
  private static Map<String, Set<String>> caseAnswersById() throws IOException {
    Map<String, Set<String>> answers = new TreeMap<>();
    for (CqlCase row : CqlCasesTest.cases().toList()) {
      String name = row.source().substring(row.source().indexOf(": ") + 2);
      Matcher id = ID.matcher(name);
      if (id.find()) {
        Set<String> found = answers.computeIfAbsent(id.group(1), key -> new java.util.TreeSet<>());
        row.expected()
            .values()
            .forEach(value -> found.add(value == null ? "unknown" : String.valueOf(value)));
      }
    }
    return answers;
  }

  private static void write(Map<String, Set<String>> cases) throws IOException {
    List<CatalogueEntry> all = TestGuideline.GUIDELINE.catalogue();
    long implemented = all.stream().filter(entry -> entry.statement() != null).count();
    long excluded = all.stream().filter(entry -> entry.reason() != null).count();
    StringBuilder page = new StringBuilder();
    page.append("# The statements of the guideline\n\n")
        .append("Written by GuidelineCoverageTest from the artifacts and cases; do not edit.\n\n")
        .append("| | |\n| --- | --- |\n| statements | ")
        .append(all.size())
        .append(" |\n| implemented | ")
        .append(implemented)
        .append(" |\n| not computable, with reason | ")
        .append(excluded)
        .append(" |\n| open: no rule yet | ")
        .append(all.size() - implemented - excluded)
        .append(" |\n");
    Map<String, List<CatalogueEntry>> chapters = new LinkedHashMap<>();
    all.forEach(e -> chapters.computeIfAbsent(e.chapter(), key -> new ArrayList<>()).add(e));
    chapters.forEach(
        (chapter, entries) -> {
          page.append("\n## ").append(chapter).append("\n\n");
          page.append("| id | kind | definition | plan | hooks | cases | status |\n");
          page.append("| --- | --- | --- | --- | --- | --- | --- |\n");
          entries.forEach(entry -> page.append(row(entry, cases)));
        });
    Files.writeString(PAGE, page.toString());
  }

  private static String row(CatalogueEntry entry, Map<String, Set<String>> cases) {
    Statement statement = entry.statement();
    if (statement == null) {
      String status = entry.reason() == null ? "open" : "not computable: " + entry.reason();
      return "| " + entry.id() + " | " + entry.kind() + " | | | | | " + status + " |\n";
    }
    Set<String> hooks =
        TestGuideline.GUIDELINE.statements().stream()
            .filter(each -> each.catalogueId().equals(entry.id()))
            .flatMap(each -> each.hooks().stream())
            .collect(Collectors.toCollection(java.util.TreeSet::new));
    Set<String> answers = cases.getOrDefault(entry.id(), Set.of());
    String kinds =
        List.of("true", "false", "unknown").stream()
            .filter(answers::contains)
            .collect(Collectors.joining(", "));
    return "| "
        + String.join(
            " | ",
            entry.id(),
            entry.kind(),
            statement.condition() == null
                ? ""
                : statement.condition().library() + " \"" + statement.condition().name() + "\"",
            statement.plan(),
            String.join(", ", hooks),
            answers.isEmpty() ? "" : kinds.isEmpty() ? "values" : kinds,
            "implemented")
        + " |\n";
  }
}
