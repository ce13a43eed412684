package no.marg.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.knowledge.Fact;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Terminology;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.jspecify.annotations.Nullable;

/** Offers to order the tests that would decide what is undecided. */
final class TestOrders {
  private final Guideline guideline;

  TestOrders(Guideline guideline) {
    this.guideline = guideline;
  }

  /** One suggestion with a draft order for each missing test; null when none can be ordered. */
  @Nullable Suggestion order(List<Missing> missing, String patientId) {
    Map<String, Fact> wanted = new LinkedHashMap<>();
    for (Missing each : missing) {
      if (each.fact().test() != null) {
        wanted.putIfAbsent(each.fact().test(), each.fact());
      }
    }
    if (wanted.isEmpty()) {
      return null;
    }
    List<Suggestion.Action> actions = new ArrayList<>();
    List<String> nb = new ArrayList<>();
    List<String> en = new ArrayList<>();
    wanted.forEach(
        (test, fact) -> {
          Text name = guideline.conceptName(test);
          nb.add(name.nb());
          en.add(name.en());
          actions.add(
              new Suggestion.Action(
                  Suggestion.Kind.CREATE,
                  new Text("Bestill " + name.nb(), "Order " + name.en()),
                  draft(test, name, patientId),
                  null));
        });
    Text label =
        new Text("Bestill det som mangler: " + list(nb), "Order what is missing: " + list(en));
    return new Suggestion(label, false, actions, List.of(), false);
  }

  /** The first names and how many more; a label is read at a glance. */
  private static String list(List<String> names) {
    int shown = Math.min(names.size(), 4);
    String text = String.join(", ", names.subList(0, shown));
    return names.size() > shown ? text + " (+" + (names.size() - shown) + ")" : text;
  }

  private ServiceRequest draft(String test, Text name, String patientId) {
    CodeableConcept code = new CodeableConcept().setTextElement(name.element());
    Map<String, String> perSystem = new LinkedHashMap<>();
    for (Terminology.Entry entry :
        guideline.terminology().codesOf(Guideline.BASE + "/ValueSet/mm-" + test)) {
      perSystem.putIfAbsent(entry.system(), entry.code());
    }
    perSystem.forEach((system, value) -> code.addCoding().setSystem(system).setCode(value));
    ServiceRequest request = new ServiceRequest();
    request.setStatus(ServiceRequest.ServiceRequestStatus.DRAFT);
    request.setIntent(ServiceRequest.ServiceRequestIntent.PROPOSAL);
    request.setCode(code);
    request.setSubject(new Reference("Patient/" + patientId));
    return request;
  }
}
