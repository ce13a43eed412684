package no.marg.smart;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import no.marg.ehr.EhrAccess;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Colours, fonts and sizes that a record wants its apps to have ({@code smart_style_url}). */
final class Styles {
  private static final Pattern COLOUR = Pattern.compile("#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})");
  private static final Pattern SIZE = Pattern.compile("\\d{1,2}(\\.\\d{1,3})?(px|rem|em)");

  /** Smaller letters could not be read, and larger ones would leave no room. */
  private static final Pattern FONT_SIZE =
      Pattern.compile(
          "(1[2-9]|2[0-4])(\\.\\d{1,3})?px|(0\\.(7[5-9]|[89]\\d?)|1(\\.[0-4]\\d{0,2})?)r?em");

  private static final Pattern FONTS =
      Pattern.compile(
          "NAME(, ?NAME){0,9}"
              .replace("NAME", "[A-Za-z][A-Za-z0-9-]{0,30}( [A-Za-z][A-Za-z0-9-]{0,30}){0,4}"));

  /** The names of SMART App Launch, and what their values may look like. */
  private static final Map<String, Pattern> KNOWN =
      Map.ofEntries(
          Map.entry("color_background", COLOUR),
          Map.entry("color_error", COLOUR),
          Map.entry("color_highlight", COLOUR),
          Map.entry("color_modal_backdrop", COLOUR),
          Map.entry("color_success", COLOUR),
          Map.entry("color_text", COLOUR),
          Map.entry("dim_border_radius", SIZE),
          Map.entry("dim_font_size", FONT_SIZE),
          Map.entry("dim_spacing_size", SIZE),
          Map.entry("font_family_body", FONTS),
          Map.entry("font_family_heading", FONTS));

  private final Outbound outbound;
  private final JsonMapper json = JsonMapper.builder().build();

  Styles(Outbound outbound) {
    this.outbound = outbound;
  }

  /**
   * The styles, by name; empty if there are none. They are asked for only at the record's own
   * server, without the token, and do not hinder a launch.
   */
  Map<String, String> of(URI iss, @Nullable String address) {
    if (address == null) {
      return Map.of();
    }
    try {
      URI there = URI.create(iss + "/").resolve(address);
      if (there.getRawUserInfo() == null
          && EhrAccess.normalised(there.resolve("/"))
              .equals(EhrAccess.normalised(iss.resolve("/")))) {
        return checked(json.readTree(outbound.json(there)));
      }
    } catch (IOException | IllegalArgumentException | JacksonException e) {
      // The app has a look of its own.
    }
    return Map.of();
  }

  /**
   * The known styles of the expected form. A colour that would make letters hard to read on it, or
   * be hard to read itself, is left out: no record can hide advice.
   */
  static Map<String, String> checked(JsonNode given) {
    Map<String, String> styles = new LinkedHashMap<>();
    new TreeMap<>(KNOWN)
        .forEach(
            (name, form) -> {
              String value = given.path(name).asString("");
              if (form.matcher(value).matches() && isLegible(name, value)) {
                styles.put(name, value);
              }
            });
    String background = styles.get("color_background");
    String text = styles.get("color_text");
    if (background != null && text != null && contrast(text, background) < READABLE) {
      styles.remove("color_text");
    }
    return styles;
  }

  /** The least contrast of text (WCAG 2.2, 1.4.3). */
  private static final double READABLE = 4.5;

  private static final String PAPER = "#ffffff";
  private static final String QUIET_TEXT = "#4c5a68";

  private static boolean isLegible(String name, String value) {
    return switch (name) {
      case "color_background" -> contrast(QUIET_TEXT, value) >= READABLE;
      case "color_text", "color_highlight" -> contrast(value, PAPER) >= READABLE;
      default -> true;
    };
  }

  private static double contrast(String one, String other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  /** Relative luminance of a colour of three or six digits. */
  private static double luminance(String colour) {
    String digits = colour.substring(1);
    int length = digits.length() / 3;
    double[] parts = new double[3];
    for (int i = 0; i < 3; i++) {
      String part = digits.substring(i * length, (i + 1) * length);
      double value = Integer.parseInt(length == 1 ? part + part : part, 16) / 255.0;
      parts[i] = value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }

  /** As custom properties of CSS, such as {@code --record-color-text}. */
  static String css(Map<String, String> styles) {
    StringBuilder css = new StringBuilder(":root {\n");
    new TreeMap<>(styles)
        .forEach(
            (name, value) ->
                css.append("  --record-")
                    .append(name.replace('_', '-'))
                    .append(": ")
                    .append(value)
                    .append(";\n"));
    return css.append("}\n").toString();
  }
}
