package no.marg.cdshooks;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hl7.fhir.r4.model.Resource;

/**
 * A call of a service, checked.
 *
 * @param hook name of the hook
 * @param hookInstance id of the call, chosen by the client
 * @param patientId logical id of the patient
 * @param userId {@code Type/id} of the user
 * @param prefetch resources by key; empty for a key that was fetched and holds nothing
 * @param failed keys that the client could not fetch or that hold only a part
 * @param draftOrders orders being written
 * @param selections {@code Type/id} of the orders selected; empty when the hook has none
 */
record HookRequest(
    String hook,
    String hookInstance,
    String patientId,
    String userId,
    Map<String, List<Resource>> prefetch,
    Set<String> failed,
    List<Resource> draftOrders,
    List<String> selections) {}
