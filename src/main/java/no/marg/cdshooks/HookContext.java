package no.marg.cdshooks;

import java.util.Map;
import java.util.Set;

/**
 * What the hooks of the CDS Hooks library put into their context, for those with FHIR R4 content. A
 * hook that is not listed needs a patient and nothing else.
 */
final class HookContext {
  private static final Set<String> PERSON = Set.of("userId", "patientId");
  private static final Map<String, Set<String>> REQUIRED =
      Map.of(
          "patient-view", PERSON,
          "order-select", Set.of("userId", "patientId", "selections", "draftOrders"),
          "order-sign", Set.of("userId", "patientId", "draftOrders"),
          "order-dispatch", Set.of("patientId", "dispatchedOrders", "performer"),
          "encounter-start", Set.of("userId", "patientId", "encounterId"),
          "encounter-discharge", Set.of("userId", "patientId", "encounterId"),
          "appointment-book", Set.of("userId", "patientId", "appointments"),
          "problem-list-item-create", Set.of("userId", "patientId", "conditions"),
          "allergyintolerance-create", Set.of("userId", "patientId", "allergyIntolerance"),
          "medication-refill", Set.of("patientId", "medications"));

  /** Fields that hold text. */
  static final Set<String> TEXTS = Set.of("userId", "patientId", "encounterId", "performer");

  /** Fields that hold a list of references. */
  static final Set<String> REFERENCES = Set.of("selections", "dispatchedOrders");

  /** Fields that hold a Bundle, or one resource. */
  static final Set<String> RESOURCES =
      Set.of("draftOrders", "appointments", "conditions", "medications", "allergyIntolerance");

  private HookContext() {}

  /** The fields that a hook can not do without. */
  static Set<String> required(String hook) {
    return REQUIRED.getOrDefault(hook, Set.of("patientId"));
  }
}
