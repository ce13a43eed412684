package no.marg.cdshooks;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.ehr.EhrAccess;
import no.marg.ehr.EhrClient;
import no.marg.ehr.Reading;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * The data that a service asks for, from the prefetch and, for what is not in it, from the record's
 * FHIR server.
 *
 * @param resources by prefetch key; empty for a key that holds nothing
 * @param gaps keys that are not all there, and why
 * @param fetched whether any of it comes from the record's server
 */
record PatientData(Map<String, List<Resource>> resources, Map<String, Gap> gaps, boolean fetched) {

  /**
   * Reads what is missing.
   *
   * @param server where to ask; null when there is no server that may be asked
   * @throws HookException 412 if the patient can not be obtained
   */
  static PatientData of(
      HookRequest request,
      Service service,
      @Nullable URI server,
      EhrClient client,
      Duration within) {
    Map<String, List<Resource>> resources = new LinkedHashMap<>(request.prefetch());
    Map<String, Gap> gaps = new LinkedHashMap<>(request.gaps());
    Map<String, String> queries = new LinkedHashMap<>();
    if (server != null) {
      gaps.forEach(
          (key, gap) -> {
            String query =
                gap.canBeFetched()
                    ? Templates.fill(service.prefetch().getOrDefault(key, ""), request)
                    : null;
            if (query != null) {
              queries.put(key, query);
            }
          });
    }
    if (server != null && !queries.isEmpty()) {
      client
          .read(access(server, request), queries, within)
          .forEach((key, reading) -> take(key, reading, resources, gaps));
    }
    if (resources.getOrDefault("patient", List.of()).isEmpty()) {
      throw HookException.dataNotObtained(
          "The patient could not be obtained: " + reason(gaps.get("patient"), server != null));
    }
    return new PatientData(resources, gaps, !queries.isEmpty());
  }

  private static EhrAccess access(URI server, HookRequest request) {
    try {
      return new EhrAccess(server, request.server() == null ? null : request.server().token());
    } catch (IllegalArgumentException e) {
      throw HookException.badRequest("fhirAuthorization.access_token is not a bearer token");
    }
  }

  private static void take(
      String key, Reading reading, Map<String, List<Resource>> resources, Map<String, Gap> gaps) {
    if (reading instanceof Reading.Complete complete) {
      resources.put(key, complete.resources());
      gaps.remove(key);
    } else if (reading instanceof Reading.Partial partial) {
      resources.put(key, partial.resources());
      gaps.put(key, Gap.of(partial.reason()));
    } else if (reading instanceof Reading.NotRead none) {
      gaps.put(key, Gap.of(none.reason()));
    }
  }

  private static String reason(@Nullable Gap gap, boolean mayAsk) {
    if (gap == null) {
      return "the key patient was fetched and holds nothing";
    }
    return switch (gap) {
      case NOT_SENT, FIRST_PAGE ->
          mayAsk
              ? "it is not in the prefetch (key patient) and could not be asked for"
              : "it is not in the prefetch (key patient), and there is no FHIR server that may be"
                  + " asked";
      case CLIENT_FAILED -> "the client could not fetch the key patient";
      case TIME -> "the FHIR server did not answer in time";
      case DENIED -> "the FHIR server gives no access";
      case NOT_READ, TOO_MUCH -> "the FHIR server could not be read";
    };
  }
}
