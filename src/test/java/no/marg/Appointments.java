package no.marg;

import org.hl7.fhir.r4.model.ParameterDefinition;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Resource;

/** The appointments that are being booked, as a parameter of the CQL. */
public final class Appointments {
  private Appointments() {}

  /** Adds an appointment; one resource is a list only if it is said to be one. */
  public static void add(Parameters parameters, Resource appointment) {
    parameters
        .addParameter()
        .setName("Appointments")
        .setResource(appointment)
        .addExtension(
            "http://hl7.org/fhir/uv/cpg/StructureDefinition/cpg-parameterDefinition",
            new ParameterDefinition()
                .setName("Appointments")
                .setUse(ParameterDefinition.ParameterUse.IN)
                .setMin(0)
                .setMax("*")
                .setType("Appointment"));
  }
}
