package no.marg.engine;

import java.util.ArrayList;
import java.util.List;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;

/**
 * One cycle of a regimen as {@code $apply} made it, for a suggestion: what is ordered, and what is
 * to be known beside the orders.
 *
 * @param parts in the order of the plan; an alternative that must be chosen by hand is left out
 * @param isWhole false when something of the cycle could not be decided or dosed, or a note of
 *     priority stat says that it must not be given now; then nothing of it may be ordered as if it
 *     were the cycle
 */
public record CycleOrders(List<Part> parts, boolean isWhole) {

  /** An order or, as a CommunicationRequest, a note. */
  public record Part(Text title, Resource resource) {
    boolean isNote() {
      return resource instanceof CommunicationRequest;
    }
  }

  /** Nothing: the cycle asked for does not exist. */
  static CycleOrders none() {
    return new CycleOrders(List.of(), false);
  }

  /** Reads what {@code $apply} of a regimen gave. */
  public static CycleOrders of(CarePlan applied) {
    List<Part> parts = new ArrayList<>();
    PlanApplier.requestGroup(applied).getAction().forEach(each -> add(each, applied, parts));
    boolean isWhole =
        PlanApplier.requestGroup(applied).getAction().stream().noneMatch(CycleOrders::isStopped)
            && applied.getContained().stream().noneMatch(OperationOutcome.class::isInstance)
            && parts.stream().anyMatch(part -> !part.isNote());
    return new CycleOrders(List.copyOf(parts), isWhole);
  }

  private static boolean isStopped(RequestGroupActionComponent action) {
    return action.getPriority() == RequestGroup.RequestPriority.STAT
        || action.getAction().stream().anyMatch(CycleOrders::isStopped);
  }

  private static void add(RequestGroupActionComponent action, CarePlan applied, List<Part> parts) {
    if (action.getSelectionBehavior() == RequestGroup.ActionSelectionBehavior.EXACTLYONE) {
      // The first is what the guideline gives; the others are the clinician's choice.
      action.getAction().stream().limit(1).forEach(each -> add(each, applied, parts));
      return;
    }
    action.getAction().forEach(nested -> add(nested, applied, parts));
    String reference = action.getResource().getReference();
    if (reference == null) {
      return;
    }
    applied.getContained().stream()
        .filter(each -> reference.equals("#" + each.getIdElement().getIdPart().replace("#", "")))
        .findFirst()
        .ifPresent(each -> parts.add(new Part(words(action, each), each)));
  }

  /** The title; of a note for which the cycle must not be given, why not as well. */
  private static Text words(RequestGroupActionComponent action, Resource resource) {
    Text title = Text.of(action.getTitleElement());
    if (action.getPriority() != RequestGroup.RequestPriority.STAT
        || !(resource instanceof CommunicationRequest note)
        || !note.getPayloadFirstRep().hasContentStringType()) {
      return title;
    }
    Text why = Text.of(note.getPayloadFirstRep().getContentStringType());
    return why.nb().equals(title.nb())
        ? title
        : new Text(title.nb() + ". " + why.nb(), title.en() + ". " + why.en());
  }
}
