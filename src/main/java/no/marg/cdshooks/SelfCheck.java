package no.marg.cdshooks;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a request that an integrator tries: what was read, what was not and why, and for
 * each statement of the guideline why it is on a card or not. Holds codes, counts and names of
 * rules; no text, value, date or id of a record.
 *
 * @param service id of the service
 * @param hook its hook
 * @param refused why the request gets no cards; null when it gets its answer
 * @param keys each prefetch key of the service
 * @param unknownCodes codes that no rule knows, by system
 * @param unused resources not used as they stand, by reason
 * @param unitsRefused units that are not known for a result
 * @param verdicts how many statements came how far
 * @param cards the cards of the answer
 * @param statements each statement of the guideline
 * @param milliseconds time of each step
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SelfCheck(
    String service,
    String hook,
    @Nullable Refused refused,
    List<Key> keys,
    List<UnknownCodes> unknownCodes,
    Map<String, Long> unused,
    List<UnitRefused> unitsRefused,
    Map<String, Long> verdicts,
    List<OfCard> cards,
    List<OfStatement> statements,
    Map<String, Double> milliseconds) {

  /** The status and text the request would get. */
  record Refused(int status, String text) {}

  /**
   * A prefetch key.
   *
   * @param state used, null (sent and holds nothing), absent, fetched, incomplete or failed
   * @param reason why it is incomplete or failed; null otherwise
   * @param resources how many resources it holds
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Key(String key, String state, @Nullable String reason, int resources) {}

  /**
   * Codes of one system that belong to no value set of the guideline.
   *
   * @param count codings with such a code
   * @param codes the codes, those that look like codes only
   */
  record UnknownCodes(String system, long count, List<String> codes) {}

  /** A unit that is not known for a result. */
  record UnitRefused(String concept, String unit, long count) {}

  /** A card, by what it is about. */
  record OfCard(String indicator, List<String> statements) {}

  /**
   * A statement of the guideline.
   *
   * @param outcome shown, merged, bounded, held-back, gate-closed, false, unknown, failed, dead,
   *     not-in-hook, reason-of-another or not-computable
   * @param because the definitions that decided it
   * @param missing names of the facts that would decide it
   * @param with the statement it is merged into or gives reasons for
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  record OfStatement(
      String id,
      String outcome,
      List<String> because,
      List<String> missing,
      @Nullable String with) {}
}
