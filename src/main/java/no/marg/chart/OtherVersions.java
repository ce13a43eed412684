package no.marg.chart;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Knows resources of other FHIR versions by what R4 does not have. JSON names no version, and a
 * lenient reader drops what it does not know: of an R5 order its drug, of an STU3 order its dose.
 * Listed is what would change advice, or what every resource of its version has; other unknown
 * elements are additions of a client.
 */
final class OtherVersions {
  private static final String DSTU2 = "DSTU2";
  private static final String STU3 = "STU3";
  private static final String R5 = "R5";

  /** Types that R4 does not have. */
  static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("MedicationOrder", DSTU2),
          Map.entry("DiagnosticOrder", DSTU2),
          Map.entry("ProcedureRequest", STU3),
          Map.entry("ReferralRequest", STU3),
          Map.entry("MedicationUsage", R5),
          Map.entry("NutritionIntake", R5),
          Map.entry("DeviceUsage", R5),
          Map.entry("ImagingSelection", R5),
          Map.entry("GenomicStudy", R5),
          Map.entry("Transport", R5));

  /** By type: elements that R4 does not have there, or has in another form. */
  static final Map<String, Map<String, String>> ELEMENTS =
      Map.ofEntries(
          Map.entry(
              "MedicationRequest",
              Map.of(
                  "medication", R5,
                  "reason", R5,
                  "context", STU3,
                  "definition", STU3,
                  "requester.agent", STU3,
                  "dosageInstruction.doseQuantity", STU3,
                  "dosageInstruction.doseRange", STU3)),
          Map.entry(
              "MedicationStatement",
              Map.of(
                  "medication", R5,
                  "adherence", R5,
                  "reason", R5,
                  "taken", STU3,
                  "reasonNotTaken", STU3,
                  "dosage.doseQuantity", STU3)),
          Map.entry(
              "MedicationAdministration",
              Map.of(
                  "medication", R5,
                  "occurenceDateTime", R5,
                  "occurencePeriod", R5,
                  "notGiven", STU3,
                  "prescription", STU3)),
          Map.entry(
              "Procedure",
              Map.of(
                  "occurrenceDateTime", R5,
                  "occurrencePeriod", R5,
                  "occurrenceString", R5,
                  "reason", R5,
                  "notDone", STU3,
                  "context", STU3)),
          Map.entry("ServiceRequest", Map.of("code.concept", R5, "code.reference", R5)),
          Map.entry(
              "CarePlan",
              Map.of(
                  "activity.plannedActivityReference", R5,
                  "activity.performedActivity", R5,
                  "context", STU3,
                  "definition", STU3)),
          Map.entry(
              "Immunization",
              Map.of(
                  "administeredProduct", R5,
                  "date", STU3,
                  "notGiven", STU3,
                  "vaccinationProtocol", STU3)),
          Map.entry("Observation", Map.of("triggeredBy", R5, "context", STU3, "related", STU3)),
          Map.entry("DiagnosticReport", Map.of("context", STU3, "codedDiagnosis", STU3)),
          Map.entry("Condition", Map.of("context", STU3, "assertedDate", STU3)),
          Map.entry("AllergyIntolerance", Map.of("assertedDate", STU3)),
          Map.entry("Appointment", Map.of("reason", R5, "indication", STU3)));

  /** By type: elements that are a code in STU3 and a CodeableConcept in R4. */
  static final Map<String, List<String>> CODES =
      Map.of(
          "Condition", List.of("clinicalStatus", "verificationStatus"),
          "AllergyIntolerance", List.of("clinicalStatus", "verificationStatus"));

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern MAY_BE_OTHER = Pattern.compile(hints());

  private OtherVersions() {}

  /** A resource that holds none of these in its text needs no second look. */
  private static String hints() {
    TreeSet<String> names = new TreeSet<>();
    ELEMENTS
        .values()
        .forEach(
            elements ->
                elements
                    .keySet()
                    .forEach(path -> names.add(path.substring(path.lastIndexOf('.') + 1))));
    CODES.values().forEach(names::addAll);
    return "\"("
        + String.join("|", names)
        + ")\"\\s*:|\"("
        + String.join("|", TYPES.keySet())
        + ")\"";
  }

  /**
   * Refuses a resource that is of another version, or that holds one.
   *
   * @throws OtherVersionException if there is one
   */
  static void refuse(String json) {
    if (MAY_BE_OTHER.matcher(json).find()) {
      refuse(JSON.readTree(json));
    }
  }

  private static void refuse(JsonNode resource) {
    String type = resource.path("resourceType").asString("");
    String version = TYPES.get(type);
    if (version == null) {
      version = byElements(type, resource);
    }
    if (version != null) {
      throw new OtherVersionException(type, version);
    }
    resource.path("contained").forEach(OtherVersions::refuse);
    if (type.equals("Bundle")) {
      resource.path("entry").forEach(entry -> refuse(entry.path("resource")));
    }
  }

  private static @Nullable String byElements(String type, JsonNode resource) {
    for (var element : ELEMENTS.getOrDefault(type, Map.of()).entrySet()) {
      if (has(resource, element.getKey())) {
        return element.getValue();
      }
    }
    for (String code : CODES.getOrDefault(type, List.of())) {
      if (resource.path(code).isString()) {
        return STU3;
      }
    }
    return null;
  }

  private static boolean has(JsonNode node, String path) {
    if (node.isArray()) {
      for (JsonNode each : node) {
        if (has(each, path)) {
          return true;
        }
      }
      return false;
    }
    int dot = path.indexOf('.');
    return dot < 0
        ? node.has(path)
        : has(node.path(path.substring(0, dot)), path.substring(dot + 1));
  }
}
