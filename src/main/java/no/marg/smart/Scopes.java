package no.marg.smart;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the record granted, in scopes of SMART 2 ({@code patient/Observation.rs}) or 1 ({@code
 * patient/Observation.read}). It is what counts, whatever was asked for.
 *
 * @param granted the scopes as they came
 */
public record Scopes(Set<String> granted) {
  private static final Pattern RESOURCE =
      Pattern.compile("(patient|user)/([A-Za-z]+|\\*)\\.(read|write|\\*|[cruds]+)(\\?.*)?");

  /** How much of a type may be read. */
  public enum Reading {
    /** Everything about the patient. */
    ALL,
    /** A part, such as one category; what is not read is unknown, not absent. */
    PART,
    /** Nothing. */
    NONE
  }

  /** Keeps its own set. */
  public Scopes {
    granted = Set.copyOf(granted);
  }

  /** The scopes of a token response: separated by spaces. */
  public static Scopes of(String scope) {
    Set<String> granted = new LinkedHashSet<>(List.of(scope.trim().split("\\s+")));
    granted.remove("");
    return new Scopes(granted);
  }

  /** Whether a scope such as {@code openid} was granted. */
  public boolean has(String scope) {
    return granted.contains(scope);
  }

  /** How much of a resource type, such as {@code Observation}, may be searched and read. */
  public Reading reading(String type) {
    Reading best = Reading.NONE;
    for (String scope : granted) {
      Matcher resource = RESOURCE.matcher(scope);
      if (resource.matches()
          && covers(resource.group(2), type)
          && reads(resource.group(3), type.equals("Patient"))) {
        if (resource.group(4) == null) {
          return Reading.ALL;
        }
        best = Reading.PART;
      }
    }
    return best;
  }

  /** Whether some of the type may be read; {@link #reading} tells whether all. */
  public boolean canRead(String type) {
    return reading(type) != Reading.NONE;
  }

  /** Whether resources of the type may be created. */
  public boolean canWrite(String type) {
    return granted.stream()
        .map(RESOURCE::matcher)
        .anyMatch(
            resource ->
                resource.matches()
                    && resource.group(4) == null
                    && covers(resource.group(2), type)
                    && creates(resource.group(3)));
  }

  /** The types among those given of which not all may be read, in the same order. */
  public List<String> notWhollyReadable(List<String> types) {
    List<String> missing = new ArrayList<>();
    for (String type : types) {
      if (reading(type) != Reading.ALL) {
        missing.add(type);
      }
    }
    return missing;
  }

  private static boolean covers(String granted, String type) {
    return granted.equals("*") || granted.equals(type);
  }

  /** The patient is read by id; every other type is searched as well. */
  private static boolean reads(String letters, boolean byId) {
    return switch (letters) {
      case "read", "*" -> true;
      case "write" -> false;
      default -> letters.contains("r") && (byId || letters.contains("s"));
    };
  }

  private static boolean creates(String letters) {
    return switch (letters) {
      case "write", "*" -> true;
      case "read" -> false;
      default -> letters.contains("c");
    };
  }
}
