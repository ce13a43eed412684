package no.marg.cdshooks;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import no.marg.chart.Chart;
import no.marg.engine.Finding;
import no.marg.engine.Suggestion;
import org.hl7.fhir.r4.model.Resource;

/**
 * Which of the orders being written the user has just selected (order-select). Advice is about
 * these; the other drafts are what the patient will get besides.
 *
 * @param selected {@code Type/id} of the selected orders
 * @param others the orders that are not selected
 */
record Selected(Set<String> selected, List<Resource> others) {

  /**
   * Finds the selections among the orders. Where none is found, all count as selected: a client
   * that names its orders otherwise must not get silence.
   */
  static Selected of(HookRequest request) {
    Set<String> selected = new HashSet<>();
    List<Resource> others = new ArrayList<>();
    for (Resource order : request.orders()) {
      String reference = Chart.referenceOf(order);
      String id = order.getIdElement().getIdPart();
      boolean isSelected =
          request.selections().stream()
              .anyMatch(
                  each ->
                      each.equals(reference)
                          || each.endsWith("/" + reference)
                          || (id != null && (each.equals(id) || each.endsWith(":" + id))));
      if (isSelected) {
        selected.add(reference);
      } else {
        others.add(order);
      }
    }
    return selected.isEmpty() ? new Selected(Set.of(), List.of()) : new Selected(selected, others);
  }

  /** Whether there are orders besides the selected ones, so that findings must be told apart. */
  boolean hasOthers() {
    return !others.isEmpty();
  }

  /**
   * The findings about the selected orders or about no order at all. A finding that names its
   * orders is about those; any other is about the selected ones if it goes away without them, and
   * about no order if it is there without any.
   *
   * @param all with all orders
   * @param withoutSelected with the other orders alone
   * @param withoutAny without orders
   */
  List<Finding> about(List<Finding> all, List<Finding> withoutSelected, List<Finding> withoutAny) {
    Set<String> besides = keys(withoutSelected);
    Set<String> always = keys(withoutAny);
    List<Finding> about = new ArrayList<>();
    for (Finding finding : all) {
      List<Resource> orders = finding.orders().stream().filter(this::isSelected).toList();
      boolean isAbout =
          finding.orders().isEmpty()
              ? always.contains(key(finding)) || !besides.contains(key(finding))
              : !orders.isEmpty();
      if (isAbout || finding.kind() == Finding.Kind.FAILED) {
        about.add(
            new Finding(
                finding.statement(),
                finding.kind(),
                finding.title(),
                finding.evidence(),
                finding.missing(),
                orders,
                suggestions(finding)));
      }
    }
    return about;
  }

  /**
   * Changes of orders that are not selected are left out. New orders and the drafts that they take
   * the place of belong together.
   */
  private List<Suggestion> suggestions(Finding finding) {
    List<Suggestion> kept = new ArrayList<>();
    for (Suggestion suggestion : finding.suggestions()) {
      List<Suggestion.Action> actions =
          isReplacement(suggestion)
              ? suggestion.actions()
              : suggestion.actions().stream().filter(this::isAboutSelected).toList();
      if (!actions.isEmpty() || suggestion.actions().isEmpty()) {
        kept.add(
            new Suggestion(
                suggestion.label(),
                suggestion.recommended(),
                actions,
                suggestion.remarks(),
                suggestion.computed()));
      }
    }
    return kept;
  }

  private static boolean isReplacement(Suggestion suggestion) {
    return suggestion.actions().stream().anyMatch(each -> each.kind() == Suggestion.Kind.CREATE);
  }

  private boolean isAboutSelected(Suggestion.Action action) {
    Resource changed = action.resource();
    return switch (action.kind()) {
      case CREATE -> true;
      case UPDATE -> changed != null && isSelected(changed);
      case DELETE -> action.resourceId() != null && selected.contains(action.resourceId());
    };
  }

  private boolean isSelected(Resource order) {
    return selected.contains(Chart.referenceOf(order));
  }

  private static Set<String> keys(List<Finding> findings) {
    return findings.stream().map(Selected::key).collect(Collectors.toSet());
  }

  private static String key(Finding finding) {
    return finding.statement().plan() + "#" + finding.statement().actionId();
  }
}
