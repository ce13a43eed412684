package no.marg.chart;

import java.util.List;
import org.hl7.fhir.r4.model.AllergyIntolerance;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Immunization;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.MedicationAdministration;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.MedicationStatement;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Procedure;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.Type;

/** The codes by which a resource is found. */
final class Codes {
  private Codes() {}

  /** The concepts of the element that says what the resource is about. */
  static List<CodeableConcept> of(Resource resource) {
    if (resource instanceof Observation o) {
      return List.of(o.getCode());
    } else if (resource instanceof Condition c) {
      return List.of(c.getCode());
    } else if (resource instanceof MedicationRequest m) {
      return concept(m.getMedication());
    } else if (resource instanceof MedicationStatement m) {
      return concept(m.getMedication());
    } else if (resource instanceof MedicationAdministration m) {
      return concept(m.getMedication());
    } else if (resource instanceof Procedure p) {
      return List.of(p.getCode());
    } else if (resource instanceof Immunization i) {
      return List.of(i.getVaccineCode());
    } else if (resource instanceof DiagnosticReport r) {
      return List.of(r.getCode());
    } else if (resource instanceof AllergyIntolerance a) {
      return List.of(a.getCode());
    } else if (resource instanceof ServiceRequest s) {
      return List.of(s.getCode());
    } else if (resource instanceof Medication m) {
      return List.of(m.getCode());
    } else if (resource instanceof CarePlan c) {
      return c.getCategory();
    }
    return List.of();
  }

  /** The categories of a resource; empty for types without. */
  static List<CodeableConcept> categoriesOf(Resource resource) {
    if (resource instanceof Observation o) {
      return o.getCategory();
    } else if (resource instanceof Condition c) {
      return c.getCategory();
    } else if (resource instanceof DiagnosticReport r) {
      return r.getCategory();
    } else if (resource instanceof CarePlan c) {
      return c.getCategory();
    }
    return List.of();
  }

  private static List<CodeableConcept> concept(Type type) {
    return type instanceof CodeableConcept concept ? List.of(concept) : List.of();
  }
}
