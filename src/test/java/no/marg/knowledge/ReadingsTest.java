package no.marg.knowledge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A reading of docs/interpretations.md that names a statement is named on a card of that statement,
 * so that who reads the card can look up what was decided and why.
 */
class ReadingsTest {
  private static final Pattern READING = Pattern.compile("AMB-[A-Z0-9-]+");
  private static final Pattern STATEMENT = Pattern.compile("[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+");

  /** A reading and a statement whose row it stands in. */
  private record Row(String reading, String statement) {}

  @Test
  void everyReadingOfAStatementIsNamedOnItsCard() throws IOException {
    List<Row> rows = rows();
    assertThat(rows).hasSizeGreaterThan(80);
    List<Row> unnamed = new ArrayList<>();
    List<JsonNode> actions = actions();
    for (Row row : rows) {
      Pattern word = Pattern.compile(Pattern.quote(row.reading()) + "(?![A-Z0-9-])");
      boolean isNamed =
          actions.stream()
              .filter(action -> cites(action, row.statement()))
              .anyMatch(action -> word.matcher(action.toString()).find());
      if (!isNamed) {
        unnamed.add(row);
      }
    }
    assertThat(unnamed).isEmpty();
  }

  private static boolean cites(JsonNode action, String statement) {
    return action
        .path("documentation")
        .valueStream()
        .anyMatch(
            each ->
                each.path("type").asString("").equals("citation")
                    && each.path("label").asString("").equals(statement));
  }

  private static List<Row> rows() throws IOException {
    Set<String> registered = new HashSet<>();
    json(Path.of("fhir-resources/codesystem/mm-recommendations.json"))
        .get("concept")
        .forEach(concept -> registered.add(concept.get("code").asString()));
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("docs/interpretations.md"))) {
      String[] cells = line.split(" \\| ");
      if (!line.startsWith("|") || cells.length < 4) {
        continue;
      }
      int bracket = cells[0].indexOf('(');
      String where = cells[1] + (bracket < 0 ? "" : " " + cells[0].substring(bracket));
      for (String reading : found(READING, cells[0])) {
        for (String statement : found(STATEMENT, where)) {
          if (registered.contains(statement)) {
            rows.add(new Row(reading, statement));
          }
        }
      }
    }
    return rows;
  }

  private static List<String> found(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static List<JsonNode> actions() throws IOException {
    List<JsonNode> actions = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("fhir-resources/plandefinition"))) {
      for (Path file : files.toList()) {
        json(file).path("action").forEach(actions::add);
      }
    }
    return actions;
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }
}
