package no.marg.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import org.jspecify.annotations.Nullable;

/** What the patient has and where in the course they are, from the published results. */
final class Summary {
  private final GuidelineEngine engine;
  private final Published published;
  private final Words words;
  private final Map<String, ReportLine> report;
  private final List<View.Line> lines = new ArrayList<>();

  Summary(
      GuidelineEngine engine, Published published, Words words, Map<String, ReportLine> report) {
    this.engine = engine;
    this.published = published;
    this.words = words;
    this.report = report;
  }

  List<View.Line> lines() {
    String diagnosis = diagnosis();
    boolean isMyeloma = "multiple-myeloma".equals(diagnosis);
    if (diagnosis == null || !isMyeloma) {
      workup();
    }
    if (isMyeloma) {
      stage();
      risk();
    }
    if (diagnosis == null || isMyeloma) {
      course(isMyeloma);
    }
    return lines;
  }

  private @Nullable String diagnosis() {
    Published found = published.in("MMDiagnosis");
    String code = found.text("Diagnosis");
    List<String> notes = new ArrayList<>();
    isotype(notes);
    if (Boolean.TRUE.equals(found.yes("Plasma Cell Leukaemia"))) {
      notes.add(words.of("plasmacelleleukemi", "plasma cell leukaemia"));
    }
    lines.add(
        new View.Line(
            "diagnosis",
            words.of("Diagnose", "Diagnosis"),
            code == null ? null : words.code(code),
            String.join(" · ", notes),
            code == null ? names(found.texts("Missing For Diagnosis")) : List.of(),
            explaining(code)));
    return code;
  }

  private static @Nullable String explaining(@Nullable String diagnosis) {
    if (diagnosis == null) {
      return "DX-MM-1";
    }
    return switch (diagnosis) {
      case "multiple-myeloma" -> "DX-MM-1";
      case "smouldering-myeloma" -> "DX-SMM-3";
      case "mgus", "mgus-presumed" -> "DX-MGUS-4";
      case "solitary-plasmacytoma-bone", "solitary-plasmacytoma-soft-tissue" -> "DX-PLAS-4";
      default -> null;
    };
  }

  private void isotype(List<String> notes) {
    var value = engine.guideline().fact("m-protein-isotype").value();
    if (value != null) {
      String code = published.in(value.library()).text(value.name());
      if (code != null) {
        notes.add(words.code(code));
      }
    }
  }

  private void workup() {
    Published found = published.in("MMWorkup");
    List<String> outstanding =
        names(found.texts("Outstanding Work-up")).stream().map(Summary::examination).toList();
    String level = found.text("Work-up Level");
    String shown =
        level == null
            ? null
            : switch (level) {
              case "low" -> words.of("Lavrisikoutredning", "Low-risk work-up");
              case "high" -> words.of("Høyrisikoutredning", "High-risk work-up");
              default -> words.of("Full utredning", "Full work-up");
            };
    lines.add(
        new View.Line(
            "workup",
            words.of("Utredning", "Work-up"),
            shown,
            outstanding.isEmpty()
                ? shown == null ? "" : words.of("ingenting gjenstår", "nothing outstanding")
                : words.of("gjenstår: ", "outstanding: ") + String.join(", ", outstanding),
            List.of(),
            "WU-HIGH-6"));
  }

  /** What is outstanding is the examination, not the date by which it is recognised. */
  private static String examination(String name) {
    return name.replaceFirst("^(dato for|date of( the)?) ", "");
  }

  private void stage() {
    Published found = published.in("MMStaging");
    String iss = found.text("ISS Stage");
    String riss = found.text("R-ISS Stage");
    String unknown = words.of("ukjent", "unknown");
    lines.add(
        new View.Line(
            "stage",
            words.of("Stadium", "Stage"),
            iss == null && riss == null
                ? null
                : "ISS "
                    + (iss == null ? unknown : iss)
                    + " · R-ISS "
                    + (riss == null ? unknown : riss),
            "",
            missingOf(List.of("ST-ISS-1", "ST-RISS-1"), iss == null || riss == null),
            "ST-ISS-" + ("III".equals(iss) ? 3 : "II".equals(iss) ? 2 : 1)));
  }

  private void risk() {
    Published found = published.in("MMStaging");
    Boolean high = found.yes("High Risk");
    String features =
        found.texts("Known High Risk Features").stream()
            .map(this::title)
            .collect(Collectors.joining(" · "));
    lines.add(
        new View.Line(
            "risk",
            words.of("Risiko", "Risk"),
            high == null
                ? null
                : high
                    ? words.of("Høyrisiko", "High risk")
                    : words.of("Ikke høyrisiko", "Not high risk"),
            features,
            missingOf(
                List.of("ST-HR-1", "ST-HR-2", "ST-HR-3", "ST-HR-4", "ST-HR-5", "ST-HR-6"),
                high == null),
            "ST-HR-7"));
  }

  private void course(boolean isMyeloma) {
    Published history = published.in("MMHistory");
    Published relapse = published.in("MMRelapse");
    Published response = published.in("MMResponse");
    List<Map<String, List<String>>> started = history.tuples("Lines");
    String next = relapse.text("Next Line");
    boolean untreated = history.isKnown("Lines") && started.isEmpty();
    if (untreated) {
      lines.add(
          new View.Line(
              "course",
              words.of("Behandling", "Treatment"),
              words.of("Ingen registrert", "None recorded"),
              "",
              List.of(),
              "L1-GEN-1"));
      if (isMyeloma) {
        candidate();
      }
      return;
    }
    Map<String, List<String>> last =
        started.stream().max(Comparator.comparing(line -> first(line, "start"))).orElse(Map.of());
    Boolean on = history.yes("On Treatment");
    String recorded = first(last, "number");
    String number = recorded.isEmpty() ? String.valueOf(started.size()) : recorded;
    boolean sameLine = number.equals(next);
    String running =
        on == null
            ? words.of("ukjent om den pågår", "unknown whether it runs")
            : on
                ? words.of("pågår", "running")
                : sameLine
                    ? words.of("ingen behandling pågår", "no treatment runs")
                    : words.of("avsluttet", "ended");
    lines.add(
        new View.Line(
            "course",
            words.of("Behandling", "Treatment"),
            started.isEmpty()
                ? null
                : words.of("Linje ", "Line ")
                    + number
                    + ", "
                    + running
                    + (next == null || sameLine
                        ? ""
                        : words.of(" – neste er linje ", " – next is line ") + next),
            given(last.getOrDefault("drugs", List.of()), on),
            List.of(),
            null));
    String category = response.text("Response Category");
    String kind = relapse.text("Relapse");
    lines.add(
        new View.Line(
            "response",
            words.of("Respons", "Response"),
            category == null ? null : words.code(category),
            kind == null || kind.equals("none") ? "" : words.code(kind),
            List.of(),
            "PD".equals(category) ? "RESP-PD-1" : null));
    lines.add(
        new View.Line(
            "refractory",
            words.of("Refraktær mot", "Refractory to"),
            relapse.texts("Refractory To").isEmpty()
                ? relapse.isKnown("Refractory To") && relapse.texts("Refractory Unknown").isEmpty()
                    ? words.of("ingen", "none")
                    : null
                : drugs(relapse.texts("Refractory To")),
            relapse.texts("Refractory Unknown").isEmpty()
                ? ""
                : words.of("ukjent for: ", "unknown for: ")
                    + drugs(relapse.texts("Refractory Unknown")),
            List.of(),
            "L2-DEF-REFR-1"));
    if (!relapse.texts("Intolerant To").isEmpty()) {
      lines.add(
          new View.Line(
              "intolerant",
              words.of("Intolerant for", "Intolerant to"),
              drugs(relapse.texts("Intolerant To")),
              "",
              List.of(),
              null));
    }
  }

  /** The drugs that are given now where these are not all of the line: years later few remain. */
  private String given(List<String> ofLine, @Nullable Boolean on) {
    List<String> now = published.in("MMCourses").texts("Drugs On Treatment");
    return Boolean.TRUE.equals(on) && !now.isEmpty() && !Set.copyOf(now).equals(Set.copyOf(ofLine))
        ? words.of("gis nå: ", "given now: ") + drugs(now)
        : drugs(ofLine);
  }

  private String drugs(List<String> drugs) {
    return drugs.stream()
        .map(drug -> words.code(drug).toLowerCase(java.util.Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static String first(Map<String, List<String>> tuple, String name) {
    return tuple.getOrDefault(name, List.of()).stream().findFirst().orElse("");
  }

  private void candidate() {
    Boolean candidate = published.in("MMFirstLine").yes("HMAS Candidate");
    lines.add(
        new View.Line(
            "hmas",
            words.of("HMAS", "Transplant (HMAS)"),
            candidate == null
                ? null
                : candidate
                    ? words.of("Kandidat for HMAS", "Candidate for HMAS")
                    : words.of("Ikke kandidat for HMAS", "Not a candidate for HMAS"),
            "",
            missingOf(List.of("L1-GEN-1"), candidate == null),
            "L1-GEN-1"));
  }

  private List<String> missingOf(List<String> statements, boolean wanted) {
    if (!wanted) {
      return List.of();
    }
    return statements.stream()
        .map(report::get)
        .filter(line -> line != null && line.verdict() instanceof Verdict.Undecided)
        .flatMap(line -> ((Verdict.Undecided) line.verdict()).missing().stream())
        .map(missing -> words.of(missing.fact().name()))
        .distinct()
        .toList();
  }

  private List<String> names(List<String> inputs) {
    return inputs.stream()
        .map(input -> words.of(engine.guideline().fact(input).name()))
        .distinct()
        .toList();
  }

  private String title(String statement) {
    ReportLine line = report.get(statement);
    return line == null || line.entry().statement() == null
        ? statement
        : words.of(line.entry().statement().title());
  }
}
