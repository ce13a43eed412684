package no.marg.cdshooks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A CDS Hooks card. Attributes without value are left out.
 *
 * @param uuid id of this card
 * @param summary one sentence, fewer than 140 characters
 * @param detail GitHub Flavored Markdown without HTML
 * @param indicator info, warning or critical
 * @param source where it comes from
 * @param suggestions what can be done
 * @param selectionBehavior how many suggestions may be taken
 * @param overrideReasons why the advice may be set aside
 * @param links where to read more
 * @param extension our own additions
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record Card(
    String uuid,
    String summary,
    String detail,
    String indicator,
    Source source,
    List<Suggestion> suggestions,
    @Nullable String selectionBehavior,
    List<Coding> overrideReasons,
    List<Link> links,
    Map<String, Object> extension) {

  /** A code with its system and name. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Coding(String system, String code, @Nullable String display) {}

  /**
   * The same card with the addresses of its source: of the guideline as a whole, and of an icon.
   */
  Card from(String url, String icon) {
    return new Card(
        uuid,
        summary,
        detail,
        indicator,
        new Source(source.label(), url, icon, source.topic()),
        suggestions,
        selectionBehavior,
        overrideReasons,
        links,
        extension);
  }

  /** The source of a card; url is about the source as a whole, icon a PNG. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Source(
      String label, @Nullable String url, @Nullable String icon, @Nullable Coding topic) {}

  /** A link; type is absolute or smart, and only the latter has a context for the app. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Link(String label, String url, String type, @Nullable String appContext) {}

  /** The same card with the word that the actions of a suggestion belong together. */
  Card withActionSelection() {
    return new Card(
        uuid,
        summary,
        detail,
        indicator,
        source,
        suggestions.stream().map(Suggestion::withActionSelection).toList(),
        selectionBehavior,
        overrideReasons,
        links,
        extension);
  }

  /**
   * A suggestion: all of its actions together. {@code actionSelectionBehavior} says so in the way
   * of the 3.0 ballot; null for clients that are not known to take it.
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Suggestion(
      String label,
      String uuid,
      @Nullable Boolean isRecommended,
      @Nullable String actionSelectionBehavior,
      List<Action> actions) {
    Suggestion withActionSelection() {
      return new Suggestion(label, uuid, isRecommended, "all", actions);
    }
  }

  /** One action: create and update carry the whole resource as JSON, delete its reference. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record Action(
      String type,
      String description,
      @JsonRawValue @Nullable String resource,
      @Nullable String resourceId) {}

  /**
   * The answer to a call.
   *
   * @param cards the cards; written also when there are none
   * @param extension our own additions
   */
  record Answer(
      List<Card> cards, @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Object> extension) {

    /** The cards given, and how many were held back and why. */
    static Answer of(CardMaker.Made made) {
      if (made.held().isEmpty()) {
        return new Answer(made.shown(), Map.of());
      }
      return new Answer(
          made.shown(),
          Map.of(
              "no.marg.heldBack",
              new HeldBack(
                  made.held().size(),
                  "overridden-and-facts-unchanged",
                  made.held().stream()
                      .map(
                          each ->
                              new HeldBack.Of(
                                  each.draft().statements(), each.until().toInstant().toString()))
                      .toList())));
    }
  }

  /**
   * What was not repeated.
   *
   * @param count how many cards
   * @param reason why
   * @param cards which
   */
  record HeldBack(int count, String reason, List<Of> cards) {
    /**
     * A card that was not repeated.
     *
     * @param statements ids of its statements
     * @param until when it is given again, though nothing has changed
     */
    record Of(List<String> statements, String until) {}
  }
}
