package no.marg.smart;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One opening of the app on one patient. It never becomes another patient's: a new launch has a new
 * id. It holds no token.
 *
 * @param id opaque id, in the address of the app's pages; of use only together with the browser's
 *     cookie
 * @param patientId logical id of the patient at {@code fhirBase}
 * @param encounterId logical id of the encounter; null when the record told none
 * @param fhirBase service base URL of the FHIR server that holds the patient
 * @param scopes what the record granted
 * @param needPatientBanner whether the page must show who the patient is, because nothing around it
 *     does
 * @param intent the view the record asks for; null or unknown for the usual view
 * @param appContext what the link of a card named, a finding to open; null when there is none. It
 *     came through the browser and is no clinical information.
 * @param fhirUser who uses the app: {@code Practitioner/12} on the same server, an absolute URL on
 *     another (never fetched), null when the record did not tell
 * @param demo whether the patient is synthetic and no record is behind
 * @param locale Norwegian bokmål or English, as the browser prefers
 */
public record Launch(
    String id,
    String patientId,
    @Nullable String encounterId,
    URI fhirBase,
    Scopes scopes,
    boolean needPatientBanner,
    @Nullable String intent,
    @Nullable String appContext,
    @Nullable String fhirUser,
    boolean demo,
    Locale locale) {

  /** Who and where, without the patient. */
  @Override
  public String toString() {
    return "Launch[" + fhirBase + (demo ? ", demo]" : "]");
  }
}
