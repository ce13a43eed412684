package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import no.marg.engine.Evidence;
import no.marg.engine.Finding;
import no.marg.engine.Missing;
import no.marg.journal.CardFacts;
import no.marg.journal.CardMemory;
import org.hl7.fhir.r4.model.DomainResource;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.jspecify.annotations.Nullable;

/**
 * Holds back cards that were overridden for this patient in this service while everything they rest
 * on is the same. Never one that is critical, and never one about a rule that failed.
 */
final class Repeats {
  private final CardMemory.@Nullable OfPatient memory;
  private final String scope;
  private final FhirContext fhir;

  /**
   * Of one patient.
   *
   * @param memory null when overridden cards are not remembered; nothing is held back then
   * @param service id of the service: advice set aside when the chart was opened is told again when
   *     orders are signed
   * @param knowledge version of the guideline's artifacts: a new one tells its advice again
   */
  Repeats(
      CardMemory.@Nullable OfPatient memory, String service, String knowledge, FhirContext fhir) {
    this.memory = memory;
    this.scope = service + '|' + knowledge;
    this.fhir = fhir;
  }

  /** Advice that is not given, and until when. */
  record Held(Draft draft, OffsetDateTime until) {}

  /**
   * The drafts, told apart.
   *
   * @param shown to give
   * @param held held back
   * @param facts what the journal remembers of a card to know it again, by its uuid
   */
  record Sorted(List<Draft> shown, List<Held> held, Map<String, CardFacts> facts) {}

  Sorted sort(List<Draft> drafts) {
    if (memory == null) {
      return new Sorted(drafts, List.of(), Map.of());
    }
    Map<String, CardFacts> facts = new HashMap<>();
    for (Draft each : drafts) {
      if (mayBeHeld(each)) {
        facts.put(each.uuid(), memory.facts(text(each.findings())));
      }
    }
    Map<CardFacts, OffsetDateTime> overridden = memory.overridden(facts.values());
    List<Draft> shown = new ArrayList<>();
    List<Held> held = new ArrayList<>();
    for (Draft each : drafts) {
      CardFacts of = facts.get(each.uuid());
      OffsetDateTime until = of == null ? null : overridden.get(of);
      if (until == null) {
        shown.add(each);
      } else {
        held.add(new Held(each, until));
      }
    }
    return new Sorted(shown, held, facts);
  }

  private static boolean mayBeHeld(Draft draft) {
    return !draft.indicator().equals("critical")
        && draft.findings().stream().noneMatch(f -> f.kind() == Finding.Kind.FAILED);
  }

  /** Everything the card rests on; a difference in any of it tells the card again. */
  private String text(List<Finding> findings) {
    StringBuilder text = new StringBuilder(scope);
    for (Finding finding : findings) {
      text.append("\nS ").append(finding.statement().actionId()).append(' ').append(finding.kind());
      for (Evidence each : finding.evidence()) {
        text.append("\nE ").append(each.fact().id()).append(' ').append(each.value());
        text.append(' ').append(each.date());
      }
      for (Missing each : finding.missing()) {
        text.append("\nM ").append(each.fact().id()).append(' ').append(each.known());
        text.append(' ').append(each.newest()).append(' ').append(each.unreadable());
      }
      for (Resource order : finding.orders()) {
        text.append("\nO ").append(content(order));
      }
    }
    return text.toString();
  }

  /** An order without what changes each time it is written: its id and when it was written. */
  private String content(Resource order) {
    Resource copy = order.copy();
    copy.setId((String) null);
    copy.setMeta(null);
    if (copy instanceof DomainResource resource) {
      resource.setText(null);
    }
    if (copy instanceof MedicationRequest request) {
      request.setAuthoredOnElement(null).setIdentifier(null);
    } else if (copy instanceof ServiceRequest request) {
      request.setAuthoredOnElement(null).setIdentifier(null);
    }
    return fhir.newJsonParser().encodeResourceToString(copy);
  }
}
