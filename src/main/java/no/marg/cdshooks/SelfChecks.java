package no.marg.cdshooks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import no.marg.chart.Chart;
import no.marg.chart.Unused;
import no.marg.engine.RuleTrace;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Service;
import no.marg.knowledge.Statement;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/** The parts of a {@link SelfCheck}, made from what an ordinary call makes on its way. */
final class SelfChecks {
  private static final Pattern SYSTEM =
      Pattern.compile("(https?://[A-Za-z0-9.-]+(/[A-Za-z0-9._~-]+)*/?|urn:oid:[0-9.]+)");
  private static final Pattern CODE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]{0,17}");

  /** A number of a person: eleven digits in Norway. SNOMED CT has codes as long. */
  private static final Pattern PERSON = Pattern.compile("\\d{11}");

  private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9µ%/.*^{}\\[\\]_-]{1,20}");
  private static final String NOT_SHOWN = "(not shown)";
  private static final int MOST_CODES = 50;

  private SelfChecks() {}

  static List<SelfCheck.Key> keys(
      Service service, HookRequest request, @Nullable PatientData data) {
    List<SelfCheck.Key> keys = new ArrayList<>();
    for (String key : service.prefetch().keySet()) {
      Gap sent = request.gaps().get(key);
      Gap now = data == null ? sent : data.gaps().get(key);
      List<Resource> found =
          (data == null ? request.prefetch() : data.resources()).getOrDefault(key, List.of());
      String state;
      if (now == null) {
        state = sent != null ? "fetched" : found.isEmpty() ? "null" : "used";
      } else {
        state =
            switch (now) {
              case NOT_SENT -> "absent";
              case FIRST_PAGE, TOO_MUCH -> "incomplete";
              case CLIENT_FAILED, TIME, DENIED, NOT_READ -> "failed";
            };
      }
      keys.add(
          new SelfCheck.Key(
              key,
              state,
              now == null || now == Gap.NOT_SENT ? null : word(now.name()),
              found.size()));
    }
    return keys;
  }

  /** Codes of no value set; a text in the place of a code is counted and not shown. */
  static List<SelfCheck.UnknownCodes> unknownCodes(
      Iterable<? extends Resource> resources, Guideline guideline) {
    Map<String, Long> counts = new TreeMap<>();
    Map<String, Set<String>> codes = new TreeMap<>();
    for (Resource resource : resources) {
      for (CodeableConcept concept : Chart.conceptsOf(resource)) {
        boolean isKnown = concept.getCoding().stream().anyMatch(each -> isKnown(each, guideline));
        if (isKnown) {
          continue;
        }
        for (Coding coding : concept.getCoding()) {
          String system = shown(coding.getSystem(), SYSTEM, "(none)");
          String code = shown(coding.getCode(), CODE, "(none)");
          if (PERSON.matcher(code).matches() && !system.equals("http://snomed.info/sct")) {
            code = NOT_SHOWN;
          }
          counts.merge(system, 1L, Long::sum);
          codes.computeIfAbsent(system, any -> new TreeSet<>()).add(code);
        }
      }
    }
    List<SelfCheck.UnknownCodes> found = new ArrayList<>();
    counts.forEach(
        (system, count) ->
            found.add(
                new SelfCheck.UnknownCodes(
                    system,
                    count,
                    codes.getOrDefault(system, Set.of()).stream().limit(MOST_CODES).toList())));
    return found;
  }

  private static boolean isKnown(Coding coding, Guideline guideline) {
    String system = coding.getSystem();
    String code = coding.getCode();
    if (system == null || code == null) {
      return false;
    }
    String canonical = guideline.terminology().canonicalSystem(system);
    return canonical.equals(Guideline.FACTS)
        || !guideline.terminology().valueSetsOf(canonical, code).isEmpty();
  }

  private static String shown(@Nullable String text, Pattern allowed, String none) {
    if (text == null || text.isEmpty()) {
      return none;
    }
    return allowed.matcher(text).matches() ? text : NOT_SHOWN;
  }

  static Map<String, Long> unused(Chart chart) {
    Map<String, Long> counts = new TreeMap<>();
    chart.unused().forEach(each -> counts.merge(word(each.reason().name()), 1L, Long::sum));
    return counts;
  }

  static List<SelfCheck.UnitRefused> units(Chart chart) {
    Map<List<String>, Long> counts = new LinkedHashMap<>();
    for (Unused each : chart.unused()) {
      if (each.reason() == Unused.Reason.UNKNOWN_UNIT) {
        counts.merge(
            List.of(shown(each.concept(), CODE, "(none)"), shown(each.detail(), UNIT, "(none)")),
            1L,
            Long::sum);
      }
    }
    return counts.entrySet().stream()
        .map(
            each ->
                new SelfCheck.UnitRefused(
                    each.getKey().get(0), each.getKey().get(1), each.getValue()))
        .toList();
  }

  static Map<String, Long> verdicts(List<RuleTrace> traces) {
    Map<String, Long> counts = new TreeMap<>();
    traces.forEach(each -> counts.merge(word(each.outcome().name()), 1L, Long::sum));
    return counts;
  }

  /** Every statement of the guideline: what is on a card, and what kept the others from one. */
  static List<SelfCheck.OfStatement> statements(
      Guideline guideline, List<RuleTrace> traces, CardMaker.Made made, String language) {
    Map<String, List<RuleTrace>> byId = new HashMap<>();
    traces.forEach(
        each ->
            byId.computeIfAbsent(each.statement().catalogueId(), id -> new ArrayList<>())
                .add(each));
    Map<String, String> shown = first(made.shown().stream().map(CardMaker::statements).toList());
    Map<String, String> held =
        first(made.held().stream().map(each -> each.draft().statements()).toList());
    List<SelfCheck.OfStatement> all = new ArrayList<>();
    for (CatalogueEntry entry : guideline.catalogue()) {
      all.add(of(entry, byId.getOrDefault(entry.id(), List.of()), shown, held, language));
    }
    return all;
  }

  /** Each statement on the cards, to the one that gives its card the title. */
  private static Map<String, String> first(List<List<String>> cards) {
    Map<String, String> first = new HashMap<>();
    for (List<String> ids : cards) {
      ids.forEach(id -> first.putIfAbsent(id, ids.get(0)));
    }
    return first;
  }

  private static SelfCheck.OfStatement of(
      CatalogueEntry entry,
      List<RuleTrace> traces,
      Map<String, String> shown,
      Map<String, String> held,
      String language) {
    Statement statement = entry.statement();
    if (statement == null) {
      return plain(entry.id(), "not-computable", null);
    }
    if (!statement.catalogueId().equals(entry.id())) {
      return plain(entry.id(), "reason-of-another", statement.catalogueId());
    }
    RuleTrace trace = traces.stream().min(Comparator.comparingInt(SelfChecks::rank)).orElse(null);
    if (trace == null) {
      return plain(entry.id(), "not-in-hook", null);
    }
    String outcome = word(trace.outcome().name());
    String with = null;
    if (trace.outcome() == RuleTrace.Outcome.APPLIES
        || trace.outcome() == RuleTrace.Outcome.FAILED) {
      String title = shown.get(entry.id());
      if (title != null) {
        outcome = title.equals(entry.id()) ? "shown" : "merged";
        with = title.equals(entry.id()) ? null : title;
      } else {
        outcome = held.containsKey(entry.id()) ? "held-back" : "bounded";
      }
    }
    return new SelfCheck.OfStatement(
        entry.id(),
        outcome,
        trace.because().stream().map(SelfChecks::name).toList(),
        trace.missing().stream().map(each -> each.fact().name().in(language)).toList(),
        with);
  }

  /** Of a rule and its twins the one that came furthest tells. */
  private static int rank(RuleTrace trace) {
    return switch (trace.outcome()) {
      case APPLIES -> 0;
      case FAILED -> 1;
      case UNKNOWN -> 2;
      // A rule that does not apply says more than that it is not undecided.
      case FALSE -> trace.statement().undecided() ? 4 : 3;
      case GATE_CLOSED -> 5;
      case DEAD -> 6;
    };
  }

  private static SelfCheck.OfStatement plain(String id, String outcome, @Nullable String with) {
    return new SelfCheck.OfStatement(id, outcome, List.of(), List.of(), with);
  }

  private static String name(Definition definition) {
    return definition.library() + " \"" + definition.name() + "\"";
  }

  private static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
