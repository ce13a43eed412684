package no.marg.cdshooks;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

/** Prefetch templates, filled with what a call holds (CDS Hooks 2.0, prefetch tokens). */
final class Templates {
  /** The one FHIRPath that is sent, in words of {@link #ordered}. */
  static final String ORDERED =
      "context.draftOrders.entry.resource.ofType(MedicationRequest).medication.resolve()"
          + ".ofType(Medication).id";

  private static final Pattern TOKEN = Pattern.compile("\\{\\{([^{}]*)}}");
  private static final Pattern MEDICATION = Pattern.compile("Medication/([A-Za-z0-9.-]{1,64})");

  private Templates() {}

  /** The query for this call, URL-encoded; null when the call has no value for a token. */
  static @Nullable String fill(String template, HookRequest request) {
    StringBuilder query = new StringBuilder();
    Matcher tokens = TOKEN.matcher(template);
    while (tokens.find()) {
      List<String> values = values(tokens.group(1).strip(), request);
      if (values.isEmpty()) {
        return null;
      }
      // Several values are alternatives; the comma between them is part of the query.
      String joined = values.stream().map(Templates::encoded).collect(Collectors.joining(","));
      tokens.appendReplacement(query, Matcher.quoteReplacement(joined));
    }
    return tokens.appendTail(query).toString();
  }

  private static List<String> values(String token, HookRequest request) {
    if (token.equals(ORDERED)) {
      return ordered(request.orders(), request.server() == null ? null : request.server().base());
    }
    String value =
        switch (token) {
          case "context.patientId" -> request.patientId();
          case "context.encounterId" -> request.encounterId();
          case "context.userId" -> request.userId();
          case "userPractitionerId" -> userId("Practitioner", request);
          case "userPractitionerRoleId" -> userId("PractitionerRole", request);
          case "userPatientId" -> userId("Patient", request);
          case "userRelatedPersonId" -> userId("RelatedPerson", request);
          default -> null;
        };
    return value == null ? List.of() : List.of(value);
  }

  /**
   * Ids of the Medications of the record that orders refer to, each once, in their order.
   *
   * @param server base URL of the record's server, which an absolute reference may name; null when
   *     it is not known
   */
  static List<String> ordered(List<? extends Resource> orders, @Nullable String server) {
    String base = server == null ? null : server.endsWith("/") ? server : server + "/";
    List<String> ids = new ArrayList<>();
    for (Resource order : orders) {
      if (order instanceof MedicationRequest request
          && request.getMedication() instanceof Reference reference
          && reference.getReference() != null) {
        String target = reference.getReference();
        Matcher medication =
            MEDICATION.matcher(
                base != null && target.startsWith(base) ? target.substring(base.length()) : target);
        if (medication.matches() && !ids.contains(medication.group(1))) {
          ids.add(medication.group(1));
        }
      }
    }
    return ids;
  }

  private static @Nullable String userId(String type, HookRequest request) {
    String user = request.userId();
    return user != null && user.startsWith(type + "/") ? user.substring(type.length() + 1) : null;
  }

  /** As a part of a path or a query: nothing in a value can end it. */
  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
