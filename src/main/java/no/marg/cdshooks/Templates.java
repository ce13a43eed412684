package no.marg.cdshooks;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Prefetch templates, filled with what a call holds (CDS Hooks 2.0, prefetch tokens). */
final class Templates {
  private static final Pattern TOKEN = Pattern.compile("\\{\\{([^{}]*)}}");

  private Templates() {}

  /** The query for this call, URL-encoded; null when the call has no value for a token. */
  static @Nullable String fill(String template, HookRequest request) {
    StringBuilder query = new StringBuilder();
    Matcher tokens = TOKEN.matcher(template);
    while (tokens.find()) {
      String value = value(tokens.group(1), request);
      if (value == null) {
        return null;
      }
      tokens.appendReplacement(query, Matcher.quoteReplacement(encoded(value)));
    }
    return tokens.appendTail(query).toString();
  }

  private static @Nullable String value(String token, HookRequest request) {
    return switch (token.strip()) {
      case "context.patientId" -> request.patientId();
      case "context.encounterId" -> request.encounterId();
      case "context.userId" -> request.userId();
      case "userPractitionerId" -> userId("Practitioner", request);
      case "userPractitionerRoleId" -> userId("PractitionerRole", request);
      case "userPatientId" -> userId("Patient", request);
      case "userRelatedPersonId" -> userId("RelatedPerson", request);
      default -> null;
    };
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
