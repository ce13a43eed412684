package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.TestGuideline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits as the pages write them. */
class WordsTest {
  private static final Pattern THRESHOLD =
      Pattern.compile("StructureDefinition/threshold\",\\s*\"valueString\": \"([^\"]*)\"");

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "< 30 mL/min/1,73 m²; < 30 mL/min/1,73 m²; < 30 mL/min/1.73 m²",
        "≥ 100 / ≤ 0,01; ≥ 100 / ≤ 0,01; ≥ 100 / ≤ 0.01",
        "> 5.5 mg/L; > 5,5 mg/L; > 5.5 mg/L",
        "Δ > 2 g/dL; > 2 g/dL under denne; > 2 g/dL below this",
        "+ > 0,25 mmol/L; > 0,25 mmol/L over denne; > 0.25 mmol/L above this",
        "≥ 28 dager etter siste daratumumab; ≥ 28 dager etter siste daratumumab;"
            + " ≥ 28 days after the last daratumumab",
        "≥ 25 % og ≥ 5 g/L over laveste; ≥ 25 % og ≥ 5 g/L over laveste;"
            + " ≥ 25 % and ≥ 5 g/L above the lowest",
        "+ 3–6 mnd; + 3–6 mnd; + 3–6 months"
      })
  void aLimitIsInTheLanguageOfThePage(String limit, String nb, String en) {
    assertThat(words("nb").threshold(limit)).isEqualTo(nb);
    assertThat(words("en").threshold(limit)).isEqualTo(en);
  }

  @Test
  void noLimitOfTheGuidelineIsLeftInNorwegian() throws IOException {
    TreeSet<String> limits = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("fhir-resources"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        Matcher found = THRESHOLD.matcher(Files.readString(file));
        while (found.find()) {
          limits.add(found.group(1));
        }
      }
    }
    assertThat(limits).hasSizeGreaterThan(100);
    assertThat(limits.stream().map(words("en")::threshold))
        .noneMatch(
            limit ->
                limit.matches(
                    ".*([æøåÆØÅ]|\\d,\\d|\\b(dager?|siden|minst|eller|timer|etter|og|over"
                        + " laveste|mnd|laboratoriets|sensitivitet)\\b).*"));
  }

  private static Words words(String language) {
    return new Words(language, TestGuideline.GUIDELINE);
  }
}
