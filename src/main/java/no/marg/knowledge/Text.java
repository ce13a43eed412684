package no.marg.knowledge;

import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.StringType;
import org.jspecify.annotations.Nullable;

/**
 * A sentence for clinicians, in Norwegian and in English.
 *
 * @param nb Norwegian, the language the artifacts are written in
 * @param en English, from the standard {@code translation} extension; the Norwegian text without
 *     one
 */
public record Text(String nb, String en) {
  private static final String TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation";

  /** Reads a string or markdown element with its translations; both texts are empty without one. */
  public static Text of(@Nullable PrimitiveType<String> element) {
    if (element == null || element.getValue() == null) {
      return new Text("", "");
    }
    return new Text(element.getValue(), english(element));
  }

  private static String english(PrimitiveType<String> element) {
    for (Extension translation : element.getExtensionsByUrl(TRANSLATION)) {
      if ("en".equals(translation.getExtensionString("lang"))
          && translation.getExtensionByUrl("content") != null) {
        return ((PrimitiveType<?>) translation.getExtensionByUrl("content").getValue())
            .getValueAsString();
      }
    }
    return element.getValue();
  }

  /** The text as a FHIR element, the English one as its translation. */
  public StringType element() {
    StringType element = new StringType(nb);
    Extension translation = element.addExtension().setUrl(TRANSLATION);
    translation.addExtension("lang", new CodeType("en"));
    translation.addExtension("content", new StringType(en));
    return element;
  }

  /** Whether an English text stands beside the Norwegian one. */
  static boolean isTranslated(StringType element) {
    return element.hasExtension(TRANSLATION);
  }

  /**
   * The text in a language.
   *
   * @param language {@code en} for English; anything else is Norwegian
   */
  public String in(String language) {
    return language.equals("en") ? en : nb;
  }
}
