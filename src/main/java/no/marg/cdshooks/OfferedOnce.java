package no.marg.cdshooks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.engine.Suggestion;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.jspecify.annotations.Nullable;

/**
 * What the cards of one answer offer, each order once: whoever takes all of it must not have
 * ordered a drug or a test twice. A whole cycle stays whole and what it holds is not offered beside
 * it, but for what is critical; of all else the first card keeps it. Where it went, the other card
 * says.
 */
final class OfferedOnce {
  /** By the uuid of the draft. */
  private final Map<String, Offers> offers = new HashMap<>();

  /** Where an order is offered. */
  private record Place(Draft draft, Suggestion suggestion) {}

  /**
   * What one card offers.
   *
   * @param suggestions its suggestions, without what another one has
   * @param elsewhere what it would have offered, and the summary of the card that does
   */
  record Offers(List<Suggestion> suggestions, Map<Suggestion, String> elsewhere) {}

  /**
   * Sorts the offers of an answer.
   *
   * @param drafts its cards in their order, with what each would offer
   */
  OfferedOnce(Map<Draft, List<Suggestion>> drafts) {
    Map<String, Place> taken = new HashMap<>();
    drafts.forEach(
        (draft, all) ->
            all.stream()
                .filter(OfferedOnce::isCycle)
                .forEach(each -> take(each, new Place(draft, each), taken)));
    drafts.forEach((draft, all) -> offers.put(draft.uuid(), sort(draft, all, taken)));
  }

  /** What a card offers. */
  Offers of(Draft draft) {
    return Objects.requireNonNull(offers.get(draft.uuid()));
  }

  private static Offers sort(Draft draft, List<Suggestion> all, Map<String, Place> taken) {
    boolean isCritical = draft.indicator().equals("critical");
    boolean atMostOne = draft.findings().stream().anyMatch(CardMaker::isAlternative);
    List<Suggestion> kept = new ArrayList<>();
    Map<Suggestion, String> elsewhere = new LinkedHashMap<>();
    for (Suggestion suggestion : all) {
      List<Suggestion.Action> own = new ArrayList<>();
      List<Suggestion.Action> others = new ArrayList<>();
      Set<String> places = new LinkedHashSet<>();
      for (Suggestion.Action action : suggestion.actions()) {
        Place place = isCycle(suggestion) ? null : place(action, taken);
        boolean isOwn =
            place == null
                || (place.draft() == draft && atMostOne)
                || (isCritical && isCycle(place.suggestion()));
        (isOwn ? own : others).add(action);
        if (!isOwn && place != null && place.draft() != draft) {
          places.add(place.draft().summary());
        }
      }
      if (!own.isEmpty()) {
        Suggestion rest = suggestion.with(own);
        kept.add(rest);
        take(rest, new Place(draft, rest), taken);
      }
      if (!places.isEmpty()) {
        elsewhere.put(
            suggestion.with(others),
            places.stream().map(each -> "«" + each + "»").collect(Collectors.joining(", ")));
      }
    }
    return new Offers(kept, elsewhere);
  }

  private static boolean isCycle(Suggestion suggestion) {
    return suggestion.computed()
        && suggestion.actions().stream().anyMatch(each -> each.kind() == Suggestion.Kind.CREATE);
  }

  private static void take(Suggestion suggestion, Place place, Map<String, Place> taken) {
    suggestion
        .actions()
        .forEach(action -> keys(action).forEach(key -> taken.putIfAbsent(key, place)));
  }

  private static @Nullable Place place(Suggestion.Action action, Map<String, Place> taken) {
    return keys(action).map(taken::get).filter(Objects::nonNull).findFirst().orElse(null);
  }

  /** What tells two new orders of the same from two of others: their codes. */
  private static Stream<String> keys(Suggestion.Action action) {
    Resource made = action.resource();
    if (action.kind() != Suggestion.Kind.CREATE || made == null) {
      return Stream.of();
    }
    if (made instanceof CommunicationRequest message) {
      return message.getPayload().stream()
          .filter(each -> each.hasContentStringType())
          .map(each -> each.getContentStringType().getValue());
    }
    CodeableConcept concept =
        made instanceof MedicationRequest drug && drug.hasMedicationCodeableConcept()
            ? drug.getMedicationCodeableConcept()
            : made instanceof ServiceRequest test ? test.getCode() : new CodeableConcept();
    return concept.getCoding().stream()
        .map(each -> made.fhirType() + " " + each.getSystem() + "|" + each.getCode());
  }
}
