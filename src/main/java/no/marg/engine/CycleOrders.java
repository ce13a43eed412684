package no.marg.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import no.marg.knowledge.Terminology;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.MedicationRequest;
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
 * @param replaced drafts of the same drugs, which the cycle's orders take the place of
 */
public record CycleOrders(List<Part> parts, boolean isWhole, List<Replaced> replaced) {

  /** An order or, as a CommunicationRequest, a note. */
  public record Part(Text title, Resource resource) {
    boolean isNote() {
      return resource instanceof CommunicationRequest;
    }
  }

  /**
   * A draft order of a drug that the cycle may hold too.
   *
   * @param valueSet the codes of that drug
   * @param isReplaced whether the cycle's order takes its place; else the draft stays and the cycle
   *     leaves the drug out
   */
  record Drafted(MedicationRequest order, String valueSet, boolean isReplaced) {}

  /** A draft that is taken back with the cycle. */
  record Replaced(Text title, String reference) {}

  /** Nothing: the cycle asked for does not exist. */
  static CycleOrders none() {
    return new CycleOrders(List.of(), false, List.of());
  }

  /** The cycle so that no drug is ordered twice where some of it is drafted already. */
  CycleOrders beside(List<Drafted> drafts, Terminology terminology) {
    List<Drafted> met = drafts.stream().filter(draft -> holds(draft, terminology)).toList();
    if (met.isEmpty() || !isWhole) {
      return this;
    }
    List<Part> kept = new ArrayList<>();
    Set<String> left = new TreeSet<>();
    Set<String> leftEnglish = new TreeSet<>();
    for (Part part : parts) {
      if (met.stream().anyMatch(draft -> !draft.isReplaced() && isOf(part, draft, terminology))) {
        Text drug = drug(part);
        left.add(drug.nb());
        leftEnglish.add(drug.en());
      } else {
        kept.add(part);
      }
    }
    List<Drafted> taken = met.stream().filter(Drafted::isReplaced).toList();
    boolean canAllBeTaken =
        taken.stream().allMatch(draft -> draft.order().getIdElement().hasIdPart());
    String names = named(taken, terminology, "nb");
    String namesEnglish = named(taken, terminology, "en");
    if (!taken.isEmpty()) {
      kept.add(
          0,
          canAllBeTaken
              ? note(
                  "Utkast som står her fra før, slettes samtidig: " + names,
                  "Drafts that stand here already are deleted with it: " + namesEnglish)
              : note(
                  "Bestilt i utkast fra før: " + names + ". Slett det ene selv",
                  "Drafted already: " + namesEnglish + ". Delete one of them yourself"));
    }
    if (!left.isEmpty()) {
      kept.add(
          note(
              "Står i utkastene fra før og bestilles ikke på nytt: " + String.join(", ", left),
              "Drafted already and not ordered again: " + String.join(", ", leftEnglish)));
    }
    return new CycleOrders(
        List.copyOf(kept),
        canAllBeTaken && kept.stream().anyMatch(part -> !part.isNote()),
        canAllBeTaken
            ? taken.stream().map(draft -> replaced(draft, terminology)).distinct().toList()
            : List.of());
  }

  private boolean holds(Drafted draft, Terminology terminology) {
    return parts.stream().anyMatch(part -> isOf(part, draft, terminology));
  }

  private static boolean isOf(Part part, Drafted draft, Terminology terminology) {
    return part.resource() instanceof MedicationRequest order
        && order.getMedication() instanceof CodeableConcept drug
        && drug.getCoding().stream()
            .anyMatch(
                code -> terminology.contains(draft.valueSet(), code.getSystem(), code.getCode()));
  }

  private Replaced replaced(Drafted draft, Terminology terminology) {
    Text drug = drugOf(draft, terminology);
    return new Replaced(
        new Text("Slett utkastet av " + drug.nb(), "Delete the draft of " + drug.en()),
        draft.order().fhirType() + "/" + draft.order().getIdElement().getIdPart());
  }

  private String named(List<Drafted> drafts, Terminology terminology, String language) {
    return drafts.stream()
        .map(draft -> drugOf(draft, terminology).in(language))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** As the cycle calls the drug: the words of a draft may be anything. */
  private Text drugOf(Drafted draft, Terminology terminology) {
    return parts.stream()
        .filter(part -> isOf(part, draft, terminology))
        .map(CycleOrders::drug)
        .findFirst()
        .orElseThrow();
  }

  private static Text drug(Part part) {
    MedicationRequest order = (MedicationRequest) part.resource();
    return Text.of(order.getMedicationCodeableConcept().getTextElement());
  }

  private static Part note(String nb, String en) {
    return new Part(new Text(nb, en), new CommunicationRequest());
  }

  /** Reads what {@code $apply} of a regimen gave. */
  public static CycleOrders of(CarePlan applied) {
    List<Part> parts = new ArrayList<>();
    PlanApplier.requestGroup(applied).getAction().forEach(each -> add(each, applied, parts));
    boolean isWhole =
        PlanApplier.requestGroup(applied).getAction().stream().noneMatch(CycleOrders::isStopped)
            && applied.getContained().stream().noneMatch(OperationOutcome.class::isInstance)
            && parts.stream().anyMatch(part -> !part.isNote());
    return new CycleOrders(List.copyOf(parts), isWhole, List.of());
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
