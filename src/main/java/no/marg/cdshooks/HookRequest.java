package no.marg.cdshooks;

import java.util.List;
import java.util.Map;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/**
 * A call of a service, checked.
 *
 * @param hook name of the hook
 * @param hookInstance id of the call, chosen by the client
 * @param patientId logical id of the patient
 * @param userId {@code Type/id} of the user; null where the hook has none
 * @param encounterId logical id of the encounter; null when not given
 * @param prefetch resources by key; empty for a key that was fetched and holds nothing
 * @param gaps keys that hold nothing or only a part, and why
 * @param orders orders being written ({@code draftOrders}, or {@code medications} of a refill)
 * @param selections references to the orders selected; empty when the hook has none
 * @param appointments appointments being booked
 * @param conditions conditions being put on the problem list
 * @param server the record's FHIR server and the token for it; null when the client gives none that
 *     can be used
 */
record HookRequest(
    String hook,
    String hookInstance,
    String patientId,
    @Nullable String userId,
    @Nullable String encounterId,
    Map<String, List<Resource>> prefetch,
    Map<String, Gap> gaps,
    List<Resource> orders,
    List<String> selections,
    List<Resource> appointments,
    List<Resource> conditions,
    @Nullable Server server) {

  /**
   * Where the client says that the record can be read.
   *
   * @param base service base URL as it was sent
   * @param token bearer token; null when the server is open
   */
  record Server(String base, @Nullable String token) {
    @Override
    public String toString() {
      return "Server[" + base + "]";
    }
  }
}
