package no.marg.knowledge;

import java.util.ArrayList;
import java.util.List;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.Element;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
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

  /** Where CQL puts the English of an element's text: it can not set extensions of a string. */
  private static final String ENGLISH = Guideline.BASE + "/StructureDefinition/english";

  /** The same for a dosage's words to the patient. */
  private static final String ENGLISH_TO_PATIENT = ENGLISH + "-patient-instruction";

  /** Reads a string or markdown element with its translations; both texts are empty without one. */
  public static Text of(@Nullable PrimitiveType<String> element) {
    if (element == null || element.getValue() == null) {
      return new Text("", "");
    }
    return new Text(element.getValue(), english(element));
  }

  /** Reads an element that {@link #englishElement} made. */
  public static Text ofEnglish(PrimitiveType<String> element) {
    return new Text(translation(element, "no"), element.getValue());
  }

  private static String english(PrimitiveType<String> element) {
    return translation(element, "en");
  }

  private static String translation(PrimitiveType<String> element, String language) {
    for (Extension translation : element.getExtensionsByUrl(TRANSLATION)) {
      if (language.equals(translation.getExtensionString("lang"))
          && translation.getExtensionByUrl("content") != null) {
        return ((PrimitiveType<?>) translation.getExtensionByUrl("content").getValue())
            .getValueAsString();
      }
    }
    return element.getValue();
  }

  /** The text as a FHIR element, the English one as its translation. */
  public StringType element() {
    return element(nb, "en", en);
  }

  /**
   * The text in English, the Norwegian one as its translation: for what integrators read. FHIR's
   * languages have {@code no} and no {@code nb}.
   */
  public StringType englishElement() {
    return element(en, "no", nb);
  }

  private static StringType element(String text, String language, String translated) {
    StringType element = new StringType(text);
    Extension translation = element.addExtension().setUrl(TRANSLATION);
    translation.addExtension("lang", new CodeType(language));
    translation.addExtension("content", new StringType(translated));
    return element;
  }

  /** The text with its days as they are written in each language. */
  public Text withDates() {
    return new Text(DateWords.in(nb, "nb"), DateWords.in(en, "en"));
  }

  /** Makes the English that CQL put beside the words of an order or note their translation. */
  public static void placeTranslations(Resource resource) {
    placeTranslations(places(resource));
  }

  /** The same for one dosage. */
  public static void placeTranslations(Dosage dosage) {
    placeTranslations(words(dosage));
  }

  private static void placeTranslations(List<Place> places) {
    for (Place place : places) {
      String english = place.element().getExtensionString(place.english());
      if (english != null) {
        place.element().removeExtension(place.english());
        StringType both = new Text(place.text().getValue(), english).withDates().element();
        place.text().setValue(both.getValue());
        place.text().setExtension(both.getExtension());
      }
    }
  }

  /**
   * A copy of an order or note of ours in one language: each text with a translation stands alone
   * in that language.
   *
   * @param language {@code en} for English; anything else is Norwegian
   */
  public static Resource in(String language, Resource resource) {
    Resource copy = resource.copy();
    choose(language, places(copy));
    return copy;
  }

  /**
   * A copy of a received order that the guideline changed: the words of its dosages, which it
   * wrote, in one language; what else is translated in it stays so.
   *
   * @param language {@code en} for English; anything else is Norwegian
   */
  public static Resource changedIn(String language, Resource resource) {
    Resource copy = resource.copy();
    if (copy instanceof MedicationRequest order) {
      order.getDosageInstruction().forEach(dosage -> choose(language, words(dosage)));
    }
    return copy;
  }

  private static void choose(String language, List<Place> places) {
    for (Place place : places) {
      if (isTranslated(place.text())) {
        place.text().setValue(of(place.text()).in(language));
        place.text().removeExtension(TRANSLATION);
      }
    }
  }

  /** Where an order or note of ours has words: the element, what its English is in, its text. */
  private record Place(Element element, String english, StringType text) {
    Place(Element element, StringType text) {
      this(element, ENGLISH, text);
    }
  }

  private static List<Place> words(Dosage dosage) {
    return List.of(
        new Place(dosage, dosage.getTextElement()),
        new Place(dosage, ENGLISH_TO_PATIENT, dosage.getPatientInstructionElement()));
  }

  private static List<Place> places(Resource resource) {
    List<Place> places = new ArrayList<>();
    if (resource instanceof MedicationRequest order) {
      if (order.hasMedicationCodeableConcept()) {
        places.add(place(order.getMedicationCodeableConcept()));
      }
      for (Dosage dosage : order.getDosageInstruction()) {
        places.addAll(words(dosage));
        if (dosage.hasRoute()) {
          places.add(place(dosage.getRoute()));
        }
        dosage.getDoseAndRate().stream()
            .filter(Dosage.DosageDoseAndRateComponent::hasType)
            .forEach(rate -> places.add(place(rate.getType())));
      }
    } else if (resource instanceof ServiceRequest order) {
      places.add(place(order.getCode()));
    } else if (resource instanceof CommunicationRequest note) {
      note.getPayload().stream()
          .filter(CommunicationRequest.CommunicationRequestPayloadComponent::hasContentStringType)
          .forEach(part -> places.add(new Place(part, part.getContentStringType())));
    }
    return places;
  }

  private static Place place(CodeableConcept concept) {
    return new Place(concept, concept.getTextElement());
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
