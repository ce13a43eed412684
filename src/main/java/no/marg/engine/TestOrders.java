package no.marg.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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
  private static final Text ORDER = new Text("Bestill ", "Order ");

  private final Guideline guideline;

  /** What is ordered, by test: the same for every patient. */
  private final Map<String, CodeableConcept> codes = new ConcurrentHashMap<>();

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
    wanted.forEach(
        (test, fact) -> {
          Text name = guideline.conceptName(test);
          actions.add(
              new Suggestion.Action(
                  Suggestion.Kind.CREATE,
                  new Text(ORDER.nb() + name.nb(), ORDER.en() + name.en()),
                  draft(test, name, patientId),
                  null));
        });
    return new Suggestion(label(actions), false, actions, List.of(), false);
  }

  /** What a suggestion of these orders is called. */
  static Text label(List<Suggestion.Action> actions) {
    return new Text(
        "Bestill det som mangler: "
            + list(actions.stream().map(each -> after(ORDER.nb(), each.description().nb()))),
        "Order what is missing: "
            + list(actions.stream().map(each -> after(ORDER.en(), each.description().en()))));
  }

  private static String after(String start, String text) {
    return text.startsWith(start) ? text.substring(start.length()) : text;
  }

  /** The first names and how many more; a label is read at a glance. */
  private static String list(Stream<String> all) {
    List<String> names = all.toList();
    int shown = Math.min(names.size(), 4);
    String text = String.join(", ", names.subList(0, shown));
    return names.size() > shown ? text + " (+" + (names.size() - shown) + ")" : text;
  }

  private ServiceRequest draft(String test, Text name, String patientId) {
    ServiceRequest request = new ServiceRequest();
    request.setStatus(ServiceRequest.ServiceRequestStatus.DRAFT);
    request.setIntent(ServiceRequest.ServiceRequestIntent.PROPOSAL);
    request.setCode(codes.computeIfAbsent(test, any -> code(test, name)).copy());
    request.setSubject(new Reference("Patient/" + patientId));
    return request;
  }

  private CodeableConcept code(String test, Text name) {
    CodeableConcept code = new CodeableConcept().setTextElement(name.element());
    Map<String, String> perSystem = new LinkedHashMap<>();
    for (Terminology.Entry entry :
        guideline.terminology().codesOf(Guideline.BASE + "/ValueSet/mm-" + test)) {
      perSystem.putIfAbsent(entry.system(), entry.code());
    }
    perSystem.forEach((system, value) -> code.addCoding().setSystem(system).setCode(value));
    return code;
  }
}
