package no.marg;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The call a record makes when a hook fires, as JSON that a test may change before it is sent. */
public final class HookCall {
  private static final Map<String, String> KEYS = keys();

  private final String service;
  private final ObjectNode body;

  private HookCall(String service, ObjectNode body) {
    this.service = service;
    this.body = body;
  }

  private static Map<String, String> keys() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("latestObservations", "Observation");
    keys.put("myelomaHistory", "");
    keys.put("mmFacts", "");
    keys.put("conditions", "Condition");
    keys.put("medicationRequests", "MedicationRequest");
    keys.put("medicationStatements", "MedicationStatement");
    keys.put("medicationAdministrations", "MedicationAdministration");
    keys.put("procedures", "Procedure");
    keys.put("carePlans", "CarePlan");
    keys.put("imagingReports", "DiagnosticReport");
    keys.put("immunizations", "Immunization");
    keys.put("allergies", "AllergyIntolerance");
    return keys;
  }

  /** The prefetch keys but {@code patient}. */
  public static List<String> dataKeys() {
    return List.copyOf(KEYS.keySet());
  }

  /** A call of the service of a hook, with everything of the record in the prefetch. */
  public static HookCall of(String hook, String patientId, List<? extends Resource> record) {
    ObjectNode body = JsonMapper.shared().createObjectNode();
    body.put("hook", hook);
    body.put("hookInstance", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea");
    ObjectNode context = body.putObject("context");
    context.put("userId", "Practitioner/d1");
    context.put("patientId", patientId);
    switch (hook) {
      case "encounter-start" -> context.put("encounterId", "e1");
      case "problem-list-item-create" ->
          context.set("conditions", json(TestRecord.bundle(List.of())));
      case "appointment-book" -> context.set("appointments", json(TestRecord.bundle(List.of())));
      default -> {}
    }
    ObjectNode prefetch = body.putObject("prefetch");
    record.stream()
        .filter(resource -> resource.fhirType().equals("Patient"))
        .forEach(patient -> prefetch.set("patient", json(patient)));
    KEYS.forEach(
        (key, type) ->
            prefetch.set(
                key, searchset(record.stream().filter(r -> r.fhirType().equals(type)).toList())));
    return new HookCall("mm-" + hook, body);
  }

  /** Adds the orders being written; for order-select all of them are selected. */
  public HookCall drafts(List<? extends Resource> orders) {
    context().set("draftOrders", json(TestRecord.bundle(orders)));
    if (body.get("hook").asString().equals("order-select")) {
      var selections = context().putArray("selections");
      orders.forEach(order -> selections.add(order.fhirType() + "/" + order.getIdPart()));
    }
    return this;
  }

  /** Puts resources into a Bundle of the context. */
  public HookCall context(String field, List<? extends Resource> resources) {
    context().set(field, json(TestRecord.bundle(resources)));
    return this;
  }

  public ObjectNode body() {
    return body;
  }

  public ObjectNode context() {
    return (ObjectNode) body.get("context");
  }

  public ObjectNode prefetch() {
    return (ObjectNode) body.get("prefetch");
  }

  public Http.Answer send(Http http, String... headers) {
    return http.post("/cds-services/" + service, body.toString(), Http.JSON, headers);
  }

  /** A resource as JSON. */
  public static JsonNode json(Resource resource) {
    return JsonMapper.shared()
        .readTree(TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource));
  }

  private static JsonNode searchset(List<? extends Resource> resources) {
    Bundle bundle = TestRecord.bundle(resources);
    bundle.setType(Bundle.BundleType.SEARCHSET);
    return json(bundle);
  }
}
