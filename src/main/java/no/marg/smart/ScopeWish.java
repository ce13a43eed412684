package no.marg.smart;

import java.util.ArrayList;
import java.util.List;

/** What to ask an authorization server for: the least that the guideline's rules need. */
final class ScopeWish {
  /** The types that the rules read, besides the patient; the services' prefetch names the same. */
  static final List<String> TYPES =
      List.of(
          "AllergyIntolerance",
          "CarePlan",
          "Condition",
          "DiagnosticReport",
          "Immunization",
          "MedicationAdministration",
          "MedicationRequest",
          "MedicationStatement",
          "Observation",
          "Procedure");

  private ScopeWish() {}

  /**
   * The scopes for a record: those of the settings if there are any. Syntax of SMART 2, unless the
   * server says that it knows only that of SMART 1.
   */
  static List<String> of(SmartSettings.Ehr ehr, Endpoints endpoints) {
    if (!ehr.scopes().isEmpty()) {
      return ehr.scopes();
    }
    boolean old = endpoints.can("permission-v1") && !endpoints.can("permission-v2");
    List<String> scopes = new ArrayList<>(List.of("launch", "openid", "fhirUser"));
    if (ehr.renew() && endpoints.can("permission-online")) {
      scopes.add("online_access");
    }
    scopes.add("patient/Patient." + (old ? "read" : "r"));
    for (String type : TYPES) {
      // The letters stand in the order c, r, u, d, s.
      String letters = ehr.write().contains(type) ? ".crs" : ".rs";
      scopes.add("patient/" + type + (old ? ".read" : letters));
    }
    for (String type : ehr.write()) {
      if (old) {
        scopes.add("patient/" + type + ".write");
      } else if (!TYPES.contains(type)) {
        scopes.add("patient/" + type + ".c");
      }
    }
    return scopes;
  }
}
