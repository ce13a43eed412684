package no.marg.cdshooks;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import no.marg.journal.Feedback;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the body of feedback (CDS Hooks 2.0, section Feedback). Attributes it does not know are
 * passed over; one that is wrong refuses the whole body, and the message names its place, never its
 * content.
 */
final class FeedbackBody {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_ENTRIES = 1000;
  private static final int LONGEST_CODE = 64;
  private static final int LONGEST_SYSTEM = 255;

  private FeedbackBody() {}

  /**
   * The entries of a body.
   *
   * @throws HookException 400 if it is not what the specification prescribes
   */
  static List<Feedback> read(String body) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JacksonException e) {
      throw HookException.badRequest("The body is not valid JSON");
    }
    require(root.isObject(), "The body must be a JSON object");
    JsonNode entries = root.get("feedback");
    require(entries != null && entries.isArray(), "feedback must be an array");
    require(!entries.isEmpty(), "feedback is empty");
    require(entries.size() <= MOST_ENTRIES, "feedback has more than " + MOST_ENTRIES + " entries");
    List<Feedback> read = new ArrayList<>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      read.add(entry(entries.get(i), "feedback[" + i + "]"));
    }
    return read;
  }

  private static Feedback entry(JsonNode entry, String place) {
    require(entry.isObject(), place + " must be an object");
    UUID card = uuid(entry.get("card"), place + ".card");
    Feedback.Outcome outcome = outcome(entry.get("outcome"), place + ".outcome");
    OffsetDateTime timestamp = time(entry.get("outcomeTimestamp"), place + ".outcomeTimestamp");
    List<UUID> suggestions =
        suggestions(entry.get("acceptedSuggestions"), place + ".acceptedSuggestions");
    JsonNode override = orNull(entry.get("overrideReason"));
    if (outcome == Feedback.Outcome.ACCEPTED) {
      require(!suggestions.isEmpty(), place + ".acceptedSuggestions is missing");
      require(override == null, place + ".overrideReason does not go with accepted");
      return new Feedback(card, outcome, timestamp, suggestions, null, null);
    }
    require(suggestions.isEmpty(), place + ".acceptedSuggestions does not go with overridden");
    if (override == null) {
      return new Feedback(card, outcome, timestamp, suggestions, null, null);
    }
    place = place + ".overrideReason";
    require(override.isObject(), place + " must be an object");
    return new Feedback(
        card,
        outcome,
        timestamp,
        suggestions,
        reason(orNull(override.get("reason")), place + ".reason"),
        comment(orNull(override.get("userComment")), place + ".userComment"));
  }

  private static UUID uuid(@Nullable JsonNode value, String place) {
    String text = text(value, place);
    require(
        text.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        place + " is not a UUID");
    return UUID.fromString(text);
  }

  private static Feedback.Outcome outcome(@Nullable JsonNode value, String place) {
    return switch (text(value, place)) {
      case "accepted" -> Feedback.Outcome.ACCEPTED;
      case "overridden" -> Feedback.Outcome.OVERRIDDEN;
      default -> throw HookException.badRequest(place + " must be accepted or overridden");
    };
  }

  private static OffsetDateTime time(@Nullable JsonNode value, String place) {
    String text = text(value, place);
    try {
      // Four digits of the year, as RFC 3339 has them; Java would read more.
      require(text.matches("\\d{4}-.{6,40}"), place + " is not a time of RFC 3339");
      return OffsetDateTime.parse(text);
    } catch (DateTimeException e) {
      throw HookException.badRequest(place + " is not a time of RFC 3339");
    }
  }

  private static List<UUID> suggestions(@Nullable JsonNode value, String place) {
    JsonNode array = orNull(value);
    if (array == null) {
      return List.of();
    }
    require(array.isArray(), place + " must be an array");
    require(array.size() <= MOST_ENTRIES, place + " has more than " + MOST_ENTRIES + " entries");
    List<UUID> ids = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      require(array.get(i).isObject(), place + "[" + i + "] must be an object");
      ids.add(uuid(array.get(i).get("id"), place + "[" + i + "].id"));
    }
    return ids;
  }

  private static Feedback.@Nullable Reason reason(@Nullable JsonNode value, String place) {
    if (value == null) {
      return null;
    }
    require(value.isObject(), place + " must be a Coding");
    String code = text(value.get("code"), place + ".code");
    // A code has no spaces but single ones inside (FHIR); whole sentences are comments.
    require(
        code.length() <= LONGEST_CODE && code.matches("[^\\s\\p{Cntrl}]+( [^\\s\\p{Cntrl}]+)*"),
        place + ".code is not a code of at most " + LONGEST_CODE + " characters");
    JsonNode system = orNull(value.get("system"));
    if (system == null) {
      return new Feedback.Reason(null, storable(code));
    }
    String url = text(system, place + ".system");
    require(
        url.length() <= LONGEST_SYSTEM && url.matches("[^\\s\\p{Cntrl}]+"),
        place + ".system is not a URI of at most " + LONGEST_SYSTEM + " characters");
    return new Feedback.Reason(storable(url), storable(code));
  }

  private static @Nullable String comment(@Nullable JsonNode value, String place) {
    if (value == null) {
      return null;
    }
    require(value.isString(), place + " must be a string");
    String text = storable(value.asString()).strip();
    require(
        text.length() <= Feedback.LONGEST_COMMENT,
        place + " is longer than " + Feedback.LONGEST_COMMENT + " characters");
    return text.isEmpty() ? null : text;
  }

  /** Without what no database keeps as text: NUL and halves of a character. */
  private static String storable(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
        .replace("\0", "");
  }

  private static String text(@Nullable JsonNode value, String place) {
    require(orNull(value) != null, place + " is missing");
    JsonNode present = java.util.Objects.requireNonNull(value);
    require(present.isString(), place + " must be a string");
    require(!present.asString().isBlank(), place + " is missing");
    return present.asString();
  }

  /** Clients write null for what they have not. */
  private static @Nullable JsonNode orNull(@Nullable JsonNode value) {
    return value == null || value.isNull() ? null : value;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw HookException.badRequest(message);
    }
  }
}
