package no.marg.smart;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a launch gave, as it is stored (sealed).
 *
 * @param iss FHIR base URL of the record as configured; null in the demo
 * @param fhirBase FHIR server of the patient
 * @param patient logical id
 * @param encounter logical id, if told
 * @param scope granted scopes
 * @param needPatientBanner whether the page shows who the patient is
 * @param intent view asked for
 * @param appContext finding to open
 * @param fhirUser who uses the app
 * @param styles colours, fonts and sizes of the record, checked
 * @param accessToken bearer token; null in the demo
 * @param accessExpires when it ends, milliseconds since 1970; null when the record did not tell
 * @param refreshToken what a new one is got with; null when none was given
 */
record Grant(
    @Nullable URI iss,
    URI fhirBase,
    String patient,
    @Nullable String encounter,
    String scope,
    boolean needPatientBanner,
    @Nullable String intent,
    @Nullable String appContext,
    @Nullable String fhirUser,
    Map<String, String> styles,
    @Nullable String accessToken,
    @Nullable Long accessExpires,
    @Nullable String refreshToken) {

  boolean demo() {
    return iss == null;
  }

  /** The same launch with new tokens. */
  Grant renewed(
      String newScope, String newAccessToken, @Nullable Long expires, @Nullable String refresh) {
    return new Grant(
        iss,
        fhirBase,
        patient,
        encounter,
        newScope,
        needPatientBanner,
        intent,
        appContext,
        fhirUser,
        styles,
        newAccessToken,
        expires,
        refresh == null ? refreshToken : refresh);
  }

  /** Without the tokens. */
  @Override
  public String toString() {
    return "Grant[" + fhirBase + "]";
  }
}
