package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards and threats name tests that exist. */
class ClinicalSafetyTest {
  private static final Pattern CLASS = Pattern.compile("\\b[A-Z][A-Za-z]+(Test|Rules)\\b");

  @ParameterizedTest
  @ValueSource(strings = {"docs/clinical-safety.md", "docs/threat-model.md"})
  void theTestsNamedExist(String page) throws IOException {
    Set<String> named = new TreeSet<>();
    Matcher name = CLASS.matcher(Files.readString(Path.of(page)));
    while (name.find()) {
      named.add(name.group());
    }
    assertThat(named).hasSizeGreaterThan(8);
    assertThat(classes()).containsAll(named);
  }

  @Test
  void everyHazardHasASeverityAMeasureAndATest() throws IOException {
    List<String> ids = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("docs/clinical-safety.md"))) {
      if (line.startsWith("| H-")) {
        String[] cells = line.split("\\|");
        assertThat(cells).as(line).hasSize(7);
        ids.add(cells[1].strip());
        assertThat(cells[3].strip()).as(line).isIn("high", "medium", "low");
        assertThat(cells[5].strip()).as(line).isNotEmpty();
        assertThat(CLASS.matcher(cells[6]).find()).as(line).isTrue();
      }
    }
    assertThat(ids).hasSizeGreaterThan(10).doesNotHaveDuplicates().isSorted();
  }

  private static Set<String> classes() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".java"))
          .map(file -> file.replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }
}
