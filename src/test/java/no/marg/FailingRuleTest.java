package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import no.marg.chart.ChartReader;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import no.marg.knowledge.build.TranslateCql;
import org.hl7.fhir.r4.model.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A definition that fails leaves the hook standing and is shown. */
class FailingRuleTest {

  @Test
  @Conforms("CH-97")
  void anErrorInOneDefinitionLeavesTheOthers(@TempDir Path work) throws Exception {
    Guideline broken =
        brokenIn(
            work,
            "MMOrderRules",
            "define \"Lenalidomide Needs Close Monitoring\":",
            "define \"Lenalidomide Needs Close Monitoring\": Message(true, true, 'x', 'Error', 'x')\n"
                + "define \"Unbroken\":");
    GuidelineEngine engine =
        new GuidelineEngine(broken, TestGuideline.FHIR, new Parameters(), ZoneId.of("Europe/Oslo"));
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    var chart =
        engine.chart(
            new ChartReader.Source(
                "p1",
                TestRecord.EVALUATED,
                patient.resources(),
                List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")),
                Set.of()),
            ChartReader.OtherPatient.REPORT);
    var findings =
        engine
            .advise(broken.services().get("mm-order-sign"), chart, Map.of("Selections", List.of()))
            .findings();
    assertThat(findings)
        .filteredOn(finding -> finding.kind() == Finding.Kind.FAILED)
        .extracting(finding -> finding.statement().catalogueId())
        .containsExactly("REN-4");
    assertThat(findings)
        .filteredOn(finding -> finding.kind() == Finding.Kind.APPLIES)
        .extracting(finding -> finding.statement().catalogueId())
        .contains("REN-2");
  }

  private static Guideline brokenIn(Path work, String library, String from, String to)
      throws Exception {
    Path cql = Files.createDirectory(work.resolve("cql"));
    Path elm = Files.createDirectory(work.resolve("elm"));
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> files = Files.list(Path.of("cql"))) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        if (file.getFileName().toString().equals(library + ".cql")) {
          assertThat(text).contains(from);
          text = text.replace(from, to);
        }
        Files.writeString(cql.resolve(file.getFileName()), text);
        sources.put("cql/" + file.getFileName(), text);
      }
    }
    TranslateCql.main(new String[] {cql.toString(), elm.toString()});
    Map<String, String> translated = new TreeMap<>();
    try (Stream<Path> files = Files.list(elm)) {
      for (Path file : files.toList()) {
        translated.put("elm/" + file.getFileName(), read(file));
      }
    }
    return GuidelineLoader.load(
        TestGuideline.FHIR, new Artifacts(Artifacts.ofClasspath().fhir(), translated, sources));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
