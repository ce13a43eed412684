package no.marg.engine;

import static java.util.stream.Collectors.joining;

import java.util.List;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Something the clinician can do with one click.
 *
 * @param label what it does
 * @param recommended whether it is the one the guideline prefers
 * @param actions all of them together are the suggestion; empty when it can not be made whole
 * @param remarks what to know before it is followed, or why it can not be made
 * @param computed whether what it does was worked out for this patient, so that the words of the
 *     statement can not say it
 */
public record Suggestion(
    Text label, boolean recommended, List<Action> actions, List<Text> remarks, boolean computed) {

  /** The same with these of its actions; what it is called then names no more than they do. */
  public Suggestion with(List<Action> some) {
    if (some.size() == actions.size()) {
      return this;
    }
    Text name =
        label.equals(TestOrders.label(actions))
            ? TestOrders.label(some)
            : new Text(
                some.stream().map(each -> each.description().nb()).collect(joining(", ")),
                some.stream().map(each -> each.description().en()).collect(joining(", ")));
    return new Suggestion(name, recommended, List.copyOf(some), remarks, computed);
  }

  /** What happens to a resource. */
  public enum Kind {
    /** A new resource. */
    CREATE,
    /** A received order, changed. */
    UPDATE,
    /** A received order, taken back. */
    DELETE
  }

  /**
   * One change.
   *
   * @param kind what happens
   * @param description in words
   * @param resource the new or changed resource, complete; null for a deletion
   * @param resourceId {@code Type/id} of the order to delete; null otherwise
   */
  public record Action(
      Kind kind, Text description, @Nullable Resource resource, @Nullable String resourceId) {}
}
