package no.marg.statements;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import no.marg.knowledge.Statement;

/** The readings of docs/interpretations.md, which the build puts beside the artifacts. */
final class Readings {
  private static final String FILE = "/statements/interpretations.md";
  private static final Pattern NAME = Pattern.compile("[A-Z0-9]+(?:-[A-Za-z0-9]+)+");
  private static final int COLUMNS = 6;

  private final List<Reading> all;

  private Readings(List<Reading> all) {
    this.all = List.copyOf(all);
  }

  static Readings load() throws IOException {
    try (InputStream in = Readings.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IOException(FILE + " is not on the class path");
      }
      return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Reads the tables; what else stands in the text is left out. */
  static Readings read(String markdown) {
    List<Reading> all = new ArrayList<>();
    String chapter = "";
    for (String line : markdown.lines().toList()) {
      if (line.startsWith("## ")) {
        chapter = line.substring(3);
      }
      String[] cells = line.strip().split("\\s*\\|\\s*", -1);
      // A row begins and ends with a bar.
      if (cells.length != COLUMNS + 2 || cells[1].equals("id") || cells[1].startsWith("---")) {
        continue;
      }
      all.add(
          new Reading(
              NAME.matcher(cells[1]).results().map(found -> found.group()).toList(),
              chapter,
              // A statement may stand in brackets behind the name.
              cells[2] + (cells[1].contains("(") ? " " + cells[1] : ""),
              cells[3],
              cells[4],
              cells[5],
              cells[6]));
    }
    return new Readings(all);
  }

  /** All of them, in the order of the file. */
  List<Reading> all() {
    return all;
  }

  /**
   * The readings that decided a statement: those its rules name, and those that name or are called
   * by it. Where a name stands under several headings, those of the rules' own libraries count.
   */
  List<Reading> of(String catalogueId, List<Statement> rules) {
    Set<String> named =
        rules.stream()
            .flatMap(
                rule ->
                    NAME.matcher(rule.title().nb() + " " + rule.description().nb())
                        .results()
                        .map(found -> found.group()))
            .collect(Collectors.toSet());
    List<Pattern> libraries =
        rules.stream()
            .filter(rule -> rule.condition() != null)
            .map(rule -> rule.condition().library())
            .distinct()
            .map(library -> Pattern.compile("\\b" + Pattern.quote(library) + "\\b"))
            .toList();
    List<Reading> byName =
        all.stream().filter(each -> each.ids().stream().anyMatch(named::contains)).toList();
    Set<String> ownNames =
        byName.stream()
            .filter(each -> stands(each, libraries))
            .flatMap(each -> each.ids().stream())
            .collect(Collectors.toSet());
    return all.stream()
        .filter(
            each ->
                each.ids().contains(catalogueId)
                    || NAME.matcher(each.where())
                        .results()
                        .anyMatch(found -> found.group().equals(catalogueId))
                    || (byName.contains(each)
                        && (stands(each, libraries)
                            || each.ids().stream().noneMatch(ownNames::contains))))
        .toList();
  }

  private static boolean stands(Reading reading, List<Pattern> libraries) {
    return libraries.stream().anyMatch(library -> library.matcher(reading.chapter()).find());
  }
}
