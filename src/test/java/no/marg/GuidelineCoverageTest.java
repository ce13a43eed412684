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
import java.util.stream.Stream;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Statement;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * Walks the register of the guideline's statements: each is implemented with its cases or not
 * computable with a reason; and writes docs/recommendations.md from what it finds.
 *
 * <p>{@code src/test/resources/catalogue} says how many worked cases the catalogue gives for each
 * statement, and lists, with reasons, those that can not be executed and the answers that can not
 * occur.
 */
class GuidelineCoverageTest {
  private static final Path PAGE = Path.of("docs/recommendations.md");
  private static final Path CATALOGUE = Path.of("src/test/resources/catalogue");

  private static final Pattern ID = Pattern.compile("^([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)\\b");
  private static final List<String> ANSWERS = List.of("true", "false", "unknown");

  /** The cases of a statement: how many rows, and the answers they expect. */
  private record Cases(int rows, Set<String> answers) {
    static final Cases NONE = new Cases(0, Set.of());
  }

  @Test
  void everyStatementHasItsRuleAndItsCases() throws IOException {
    Map<String, Cases> cases = casesById();
    Map<String, Map<String, Object>> exceptions = exceptions();
    Map<String, Integer> expected = expectedCases();
    List<String> gaps = new ArrayList<>();
    for (CatalogueEntry entry : TestGuideline.GUIDELINE.catalogue()) {
      Statement statement = entry.statement();
      if (statement == null) {
        if (entry.reason() == null) {
          gaps.add(entry.id() + ": no rule and no reason why it has none");
        }
        continue;
      }
      if (entry.reason() != null) {
        gaps.add(entry.id() + ": is implemented and listed as not computable");
      }
      if (isSupport(entry)) {
        continue;
      }
      if (statement.condition() == null) {
        gaps.add(entry.id() + ": has no condition");
      }
      if (statement.chapter().nb().isEmpty()) {
        gaps.add(entry.id() + ": cites no chapter");
      }
      Cases found = cases.getOrDefault(entry.id(), Cases.NONE);
      Map<String, Object> excused = exceptions.getOrDefault(entry.id(), Map.of());
      Set<String> impossible = answersExcused(excused);
      if (!entry.kind().equals("information")) {
        for (String answer : ANSWERS) {
          boolean has = found.answers().contains(answer) || isValue(found, answer);
          if (!has && !impossible.contains(answer)) {
            gaps.add(entry.id() + ": no case with the answer " + answer);
          }
        }
      }
      int executable = expected.getOrDefault(entry.id(), 0) - casesExcused(excused);
      if (found.rows() < executable) {
        gaps.add(entry.id() + ": " + found.rows() + " cases, the catalogue has " + executable);
      }
    }
    write(cases);
    assertThat(gaps).isEmpty();
  }

  @Test
  void whatIsExcusedIsRegisteredAndHasReasons() throws IOException {
    Set<String> registered =
        TestGuideline.GUIDELINE.catalogue().stream()
            .map(CatalogueEntry::id)
            .collect(Collectors.toSet());
    assertThat(registered).containsAll(exceptions().keySet());
    assertThat(expectedCases().keySet()).isEqualTo(registered);
  }

  @Test
  void everyTextIsThereInBothLanguages() {
    List<String> untranslated = new ArrayList<>();
    for (Statement statement : TestGuideline.GUIDELINE.statements()) {
      String place = statement.plan() + "#" + statement.actionId();
      if (statement.title().nb().equals(statement.title().en())) {
        untranslated.add(place + ": title");
      }
      if (!statement.description().nb().isEmpty()
          && statement.description().nb().equals(statement.description().en())) {
        untranslated.add(place + ": description");
      }
      for (Statement.Support support : statement.supports()) {
        if (support.text().nb().isEmpty() || support.text().nb().equals(support.text().en())) {
          untranslated.add(place + ": " + support.id());
        }
      }
    }
    assertThat(untranslated).isEmpty();
  }

  /** A plan that no strategy names is never asked. */
  @Test
  void everyRuleIsReachedFromThePathway() {
    Set<String> reached =
        TestGuideline.GUIDELINE.statementsOf("mm-pathway").stream()
            .map(statement -> statement.plan() + "#" + statement.actionId())
            .collect(Collectors.toSet());
    assertThat(TestGuideline.GUIDELINE.statements())
        .extracting(statement -> statement.plan() + "#" + statement.actionId())
        .allMatch(reached::contains);
  }

  private static boolean isSupport(CatalogueEntry entry) {
    return entry.statement() != null
        && !entry.statement().catalogueId().equals(entry.id())
        && entry.statement().supports().stream().anyMatch(s -> s.id().equals(entry.id()));
  }

  /** A statement that gives a value, such as a stage, is decided whenever it gives one. */
  private static boolean isValue(Cases cases, String answer) {
    return !answer.equals("unknown")
        && cases.answers().stream().anyMatch(each -> !ANSWERS.contains(each));
  }

  private static Set<String> answersExcused(Map<String, Object> excused) {
    return excused.get("answers") instanceof Map<?, ?> answers
        ? answers.keySet().stream().map(String::valueOf).collect(Collectors.toSet())
        : Set.of();
  }

  private static int casesExcused(Map<String, Object> excused) {
    return excused.get("cases") instanceof List<?> cases ? cases.size() : 0;
  }

  /** Id to what can not be executed ({@code cases}) and what can not occur ({@code answers}). */
  private static Map<String, Map<String, Object>> exceptions() throws IOException {
    Map<String, Map<String, Object>> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(CATALOGUE)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        Map<String, Map<String, Object>> content = new Yaml().load(Files.readString(file));
        for (String part : List.of("cases", "answers")) {
          Map<String, Object> listed = content.get(part);
          if (listed != null) {
            listed.forEach(
                (id, each) -> {
                  assertThat(String.valueOf(each)).as(file + " " + id).hasSizeGreaterThan(15);
                  all.computeIfAbsent(id, key -> new TreeMap<>()).put(part, each);
                });
          }
        }
      }
    }
    return all;
  }

  private static Map<String, Integer> expectedCases() throws IOException {
    Map<String, Integer> expected = new TreeMap<>();
    for (String line : Files.readAllLines(CATALOGUE.resolve("cases-per-statement.csv"))) {
      if (!line.startsWith("#") && !line.startsWith("id,")) {
        int comma = line.indexOf(',');
        expected.put(line.substring(0, comma), Integer.valueOf(line.substring(comma + 1)));
      }
    }
    return expected;
  }

  @Test
  void casesNameOnlyStatementsOfTheGuideline() throws IOException {
    Set<String> registered =
        TestGuideline.GUIDELINE.catalogue().stream()
            .map(CatalogueEntry::id)
            .collect(Collectors.toSet());
    Set<String> rows = Set.copyOf(Files.readAllLines(CATALOGUE.resolve("line-selection-rows.txt")));
    assertThat(casesById().keySet())
        .allMatch(id -> registered.contains(id) || rows.contains(id) || id.startsWith("AMB-"));
  }

  /** The cases of each statement, by the ids their name begins with. */
  private static Map<String, Cases> casesById() throws IOException {
    Map<String, Integer> rows = new TreeMap<>();
    Map<String, Set<String>> answers = new TreeMap<>();
    for (CqlCase row : CqlCasesTest.cases().toList()) {
      String name = row.source().substring(row.source().indexOf(": ") + 2);
      Matcher id = ID.matcher(name);
      if (id.find()) {
        rows.merge(id.group(1), 1, Integer::sum);
        Set<String> found = answers.computeIfAbsent(id.group(1), key -> new java.util.TreeSet<>());
        row.expected()
            .values()
            .forEach(value -> found.add(value == null ? "unknown" : String.valueOf(value)));
      }
    }
    Map<String, Cases> cases = new TreeMap<>();
    rows.forEach((id, count) -> cases.put(id, new Cases(count, answers.get(id))));
    return cases;
  }

  private static void write(Map<String, Cases> cases) throws IOException {
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
    all.forEach(e -> chapters.computeIfAbsent(e.chapter().nb(), key -> new ArrayList<>()).add(e));
    chapters.forEach(
        (chapter, entries) -> {
          page.append("\n## ").append(chapter).append("\n\n");
          page.append("| id | kind | definition | plan | hooks | cases | status |\n");
          page.append("| --- | --- | --- | --- | --- | --- | --- |\n");
          entries.forEach(entry -> page.append(row(entry, cases)));
        });
    Files.writeString(PAGE, page.toString());
  }

  private static String row(CatalogueEntry entry, Map<String, Cases> cases) {
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
    Cases found = cases.getOrDefault(entry.id(), Cases.NONE);
    String kinds =
        ANSWERS.stream().filter(found.answers()::contains).collect(Collectors.joining(", "));
    return "| "
        + String.join(
            " | ",
            entry.id(),
            entry.kind(),
            statement.condition() == null
                ? ""
                : statement.condition().library() + " \"" + statement.condition().name() + "\"",
            statement.plan(),
            isSupport(entry) ? "" : String.join(", ", hooks),
            found.rows() == 0 ? "" : found.rows() + (kinds.isEmpty() ? ": values" : ": " + kinds),
            isSupport(entry) ? "reason given with " + statement.catalogueId() : "implemented")
        + " |\n";
  }
}
