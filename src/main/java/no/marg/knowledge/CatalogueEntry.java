package no.marg.knowledge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement of the guideline as registered in {@code CodeSystem/mm-recommendations}.
 *
 * @param id catalogue id
 * @param kind criterion, classification, recommendation, dose, schedule, contraindication, timing,
 *     follow-up, data-quality or information
 * @param chapter chapter of the guideline in both languages
 * @param text the statement in both languages
 * @param reason why it is not computable; null when it is, or when no rule is written
 * @param statement the action that implements it or, for information, the first that it supports;
 *     null when none does
 * @param also further actions with whose condition the statement applies too, such as the same
 *     advice in another situation
 * @param open actions that say what the guideline's text leaves open, where their condition is true
 */
public record CatalogueEntry(
    String id,
    String kind,
    Text chapter,
    Text text,
    @Nullable String reason,
    @Nullable Statement statement,
    List<Statement> also,
    List<Statement> open) {

  /** The same, judged by another of its actions. */
  public CatalogueEntry by(Statement other) {
    return new CatalogueEntry(id, kind, chapter, text, reason, other, also, open);
  }
}
