package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import no.marg.engine.Evidence;
import no.marg.engine.Finding;
import no.marg.engine.Missing;
import no.marg.engine.ReportLine;
import no.marg.engine.Suggestion;
import no.marg.engine.Verdict;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import no.marg.smart.Scopes;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/** Findings and lines of the report as the pages show them. */
final class Sentences {
  private final Words words;
  private final FactForm form;
  private final FhirContext fhir;
  private final Scopes scopes;

  /**
   * Sentences for one launch.
   *
   * @param scopes what may be written
   */
  Sentences(Words words, FactForm form, FhirContext fhir, Scopes scopes) {
    this.words = words;
    this.form = form;
    this.fhir = fhir;
    this.scopes = scopes;
  }

  /** A finding, as its card. */
  View.Advice of(Finding finding) {
    Statement statement = finding.statement();
    String title = words.of(finding.title());
    return new View.Advice(
        statement.actionId(),
        statement.catalogueId(),
        indicator(finding),
        switch (finding.kind()) {
          case APPLIES -> "applies";
          case UNDECIDED -> "undecided";
          case FAILED -> "failed";
        },
        finding.kind() == Finding.Kind.FAILED
            ? words.of("Kunne ikke vurderes: ", "Could not be assessed: ") + title
            : title,
        words.of(statement.description()),
        words.of(statement.chapter()),
        facts(finding.evidence()),
        finding.missing().stream().map(this::lack).toList(),
        statement.supports().stream().map(support -> words.of(support.text())).toList(),
        finding.suggestions().stream().map(this::offer).toList(),
        List.of());
  }

  /** A line of the report that a statement implements. */
  View.Advice of(ReportLine line, Statement statement) {
    return new View.Advice(
        statement.actionId(),
        statement.catalogueId(),
        "info",
        line.verdict().code(),
        words.of(statement.title()),
        words.of(statement.description()),
        words.of(statement.chapter()),
        facts(line.evidence()),
        lacks(line.verdict()),
        statement.supports().stream().map(support -> words.of(support.text())).toList(),
        List.of(),
        List.of());
  }

  /** The indicator of the card. */
  static String indicator(Finding finding) {
    if (finding.kind() == Finding.Kind.FAILED) {
      return "warning";
    }
    return switch (finding.statement().priority()) {
      case "stat" -> "critical";
      case "urgent", "asap" -> "warning";
      default -> "info";
    };
  }

  /** The most urgent indicator first. */
  static int rank(String indicator) {
    return switch (indicator) {
      case "critical" -> 0;
      case "warning" -> 1;
      default -> 2;
    };
  }

  List<View.Shown> facts(List<Evidence> evidence) {
    List<View.Shown> shown = new ArrayList<>();
    for (Evidence each : evidence) {
      shown.add(
          new View.Shown(
              each.fact().id(),
              words.of(each.fact().name()),
              words.value(each.fact(), each.value()),
              each.date() == null ? "" : words.date(each.date()),
              words.threshold(each.threshold()),
              each.reference() == null ? "" : each.reference()));
    }
    return shown;
  }

  List<View.Lack> lacks(Verdict verdict) {
    return verdict instanceof Verdict.Undecided undecided
        ? undecided.missing().stream().map(this::lack).toList()
        : List.of();
  }

  View.Lack lack(Missing missing) {
    String why = "";
    if (missing.unreadable() != null) {
      why =
          words.of("nyeste svar kan ikke brukes: ", "the newest result cannot be used: ")
              + words.reason(missing.unreadable());
    } else if (missing.known() != null) {
      why =
          words.of("kjent bare som ", "known only as ")
              + words.value(missing.fact(), missing.known());
    } else if (missing.newest() != null) {
      why =
          words.of("nyeste er fra ", "the newest is from ")
              + words.date(missing.newest())
              + (missing.isTooOld()
                  ? words.of(" og er for gammel", " and is too old")
                  : words.of(" og avgjør ikke", " and does not decide"));
    }
    String test = missing.fact().test();
    return new View.Lack(
        missing.fact().id(),
        words.of(missing.fact().name()),
        why,
        form.questionFor(missing.fact().id()),
        test == null ? "" : words.code(test),
        List.of());
  }

  private View.Offer offer(Suggestion suggestion) {
    List<Resource> resources =
        fresh(suggestion.actions().stream().map(Suggestion.Action::resource).toList());
    return new View.Offer(
        words.of(suggestion.label()),
        suggestion.recommended(),
        suggestion.remarks().stream().map(words::of).toList(),
        suggestion.actions().stream().map(action -> words.of(action.description())).toList(),
        transaction(resources),
        canSend(resources));
  }

  /**
   * New resources in the language of the page, as they are written; empty when there are none or
   * one of them is not new.
   */
  List<Resource> fresh(List<? extends @Nullable Resource> resources) {
    List<Resource> fresh = new ArrayList<>();
    for (Resource resource : resources) {
      if (resource == null || resource.hasId()) {
        return List.of();
      }
      fresh.add(Text.in(words.language(), resource));
    }
    return fresh;
  }

  /** Whether there is something to write and each of it may be created. */
  boolean canSend(List<Resource> fresh) {
    return !fresh.isEmpty() && fresh.stream().allMatch(each -> scopes.canWrite(each.fhirType()));
  }

  /** New resources as a transaction, for a file; null without any. */
  @Nullable String transaction(List<Resource> fresh) {
    if (fresh.isEmpty()) {
      return null;
    }
    Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    for (Resource resource : fresh) {
      bundle
          .addEntry()
          .setFullUrl("urn:uuid:" + UUID.randomUUID())
          .setResource(resource)
          .getRequest()
          .setMethod(Bundle.HTTPVerb.POST)
          .setUrl(resource.fhirType());
    }
    return fhir.newJsonParser().encodeResourceToString(bundle);
  }
}
