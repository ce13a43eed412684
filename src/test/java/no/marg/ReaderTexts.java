package no.marg;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.StringType;

/** What a reader sees of a resource, and what of it stands in one language alone. */
public final class ReaderTexts {
  private static final String TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation";

  /** Words that are the same in Norwegian and English. */
  private static final Set<String> SAME =
      Set.of(
          "Belantamab mafodotin",
          "Bortezomib",
          "Daratumumab",
          "Denosumab",
          "Elranatamab",
          "Isatuximab",
          "Mesna",
          "Venetoclax",
          "belantamab mafodotin",
          "bortezomib",
          "daratumumab",
          "elranatamab",
          "isatuximab",
          "mesna",
          "paracetamol",
          "venetoclax",
          "Act-Hib",
          "Anti-HBc",
          "Anti-HCV",
          "Boostrix",
          "CMV DNA",
          "FDG-PET-CT",
          "G-CSF",
          "HBsAg",
          "Montelukast",
          "PPV23",
          "PPV23 (Pneumovax)",
          "PTH",
          "Paracetamol",
          "Shingrix",
          "Shingrix dose 1",
          "Shingrix dose 2",
          "Tetravac",
          "Varicella zoster IgG",
          "1000/800",
          "2 Gy × 20",
          "2 Gy × 25",
          "3 Gy × 10",
          "8 Gy × 1");

  /** A Norwegian letter, or a number with a comma for its point. */
  private static final Pattern NORWEGIAN = Pattern.compile("[æøåÆØÅ]|\\d,\\d");

  /** Elements that hold strings for machines. */
  private static final Set<String> NOT_FOR_READERS =
      Set.of("id", "reference", "condition", "unit", "diagnostics");

  private final Set<String> texts = new TreeSet<>();
  private final Map<String, String> single = new TreeMap<>();

  /** All texts of what was walked. */
  public Set<String> texts() {
    return texts;
  }

  /** Those without an own English, with their place. */
  public Map<String, String> single() {
    return single;
  }

  /** Adds the texts below an element. */
  public void walk(Base element, String path) {
    if (element instanceof Coding || element instanceof Extension) {
      return;
    }
    element
        .children()
        .forEach(
            child ->
                child
                    .getValues()
                    .forEach(
                        value -> {
                          String place = path + "." + child.getName();
                          if (NOT_FOR_READERS.contains(child.getName())
                              || value instanceof CodeType) {
                            return;
                          }
                          if (value instanceof StringType text && text.hasValue()) {
                            add(text, place);
                          } else {
                            walk(value, place);
                          }
                        }));
  }

  private void add(StringType text, String place) {
    texts.add(text.getValue());
    // What integrators read of an outcome is English, with the Norwegian beside it.
    Text words = place.contains(".details.") ? Text.ofEnglish(text) : Text.of(text);
    if (!text.hasExtension(TRANSLATION)
        || (words.nb().equals(words.en()) && !SAME.contains(words.nb()))
        || NORWEGIAN.matcher(words.en()).find()) {
      single.put(text.getValue(), place);
    }
  }
}
