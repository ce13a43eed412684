package no.marg.chart;

import ca.uhn.fhir.parser.DataFormatException;

/** A resource is of another FHIR version than R4; read as R4 it would lose a part in silence. */
public final class OtherVersionException extends DataFormatException {
  private static final long serialVersionUID = 1L;

  OtherVersionException(String type, String version) {
    super(type + " of FHIR " + version + "; this service reads R4");
  }
}
