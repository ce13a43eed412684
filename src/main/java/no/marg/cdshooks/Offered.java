package no.marg.cdshooks;

import java.util.LinkedHashMap;
import java.util.Map;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Service;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The services as this installation offers them. */
@Component
final class Offered {
  /** The published version of the specification that calls and answers follow. */
  static final String SPECIFICATION = "2.0.1";

  /** The Medications that draft orders refer to (CDS Hooks 3.0 ballot, Simpler FHIRPath). */
  static final String ORDERED_MEDICATIONS = "orderedMedications";

  private static final Map<String, String> HOOK_VERSIONS =
      Map.of(
          "patient-view", "1.0",
          "order-select", "1.0",
          "order-sign", "1.1",
          "order-dispatch", "1.1",
          "encounter-start", "1.0",
          "encounter-discharge", "1.0",
          "appointment-book", "1.0",
          "problem-list-item-create", "1.0");

  private final Map<String, Service> services = new LinkedHashMap<>();

  Offered(Guideline guideline, HooksSettings settings) {
    guideline
        .services()
        .forEach(
            (id, service) ->
                services.put(
                    id,
                    settings.ballot().fhirPathPrefetch()
                            && HookContext.required(service.hook()).contains("draftOrders")
                        ? withOrderedMedications(service)
                        : service));
  }

  /** By id, in the guideline's order. */
  Map<String, Service> services() {
    return services;
  }

  /** The version of a hook's definition whose context is read; null where none is known. */
  static @Nullable String hookVersion(String hook) {
    return HOOK_VERSIONS.get(hook);
  }

  /** The key stands last: a client that can not read its token still has all others. */
  private static Service withOrderedMedications(Service service) {
    Map<String, String> prefetch = new LinkedHashMap<>(service.prefetch());
    prefetch.put(ORDERED_MEDICATIONS, "Medication?_id={{" + Templates.ORDERED + "}}");
    return new Service(
        service.id(),
        service.hook(),
        service.plan(),
        service.title(),
        service.description(),
        service.usage(),
        prefetch,
        service.statements());
  }
}
