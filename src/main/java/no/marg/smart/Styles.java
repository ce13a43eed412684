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
  private static final Pattern FONTS =
      Pattern.compile("[A-Za-z0-9 -]{1,40}(, ?[A-Za-z0-9 -]{1,40}){0,9}");

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
          Map.entry("dim_font_size", SIZE),
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

  static Map<String, String> checked(JsonNode given) {
    Map<String, String> styles = new LinkedHashMap<>();
    new TreeMap<>(KNOWN)
        .forEach(
            (name, form) -> {
              String value = given.path(name).asString("");
              if (form.matcher(value).matches()) {
                styles.put(name, value);
              }
            });
    return styles;
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
