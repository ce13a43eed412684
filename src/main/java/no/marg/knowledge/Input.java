package no.marg.knowledge;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DataRequirement;
import org.jspecify.annotations.Nullable;

/**
 * A fact that a statement rests on.
 *
 * @param id input id, a code of {@code CodeSystem/mm-inputs}
 * @param threshold the limit the statement compares the fact with, as shown to clinicians; empty
 *     when there is none
 * @param value definition that gives the fact for this statement; null for the one of the input id.
 *     A dose, for instance, wants a fresher eGFR than a diagnosis.
 * @param decidedBy definition that has no answer while this fact would decide, such as whether a
 *     new line is due: the fact is named as missing then, whatever else is known of it, and it is
 *     no evidence. Null where the fact is missing when it has no value.
 */
public record Input(
    String id, String threshold, @Nullable Definition value, @Nullable Definition decidedBy) {

  private static final String INPUTS = Guideline.BASE + "/CodeSystem/mm-inputs";
  private static final String THRESHOLD = Guideline.BASE + "/StructureDefinition/threshold";
  private static final String FACT = Guideline.BASE + "/StructureDefinition/fact-definition";
  private static final String DECIDED_BY = Guideline.BASE + "/StructureDefinition/decided-by";

  /** Reads an {@code action.input}; null when it names no fact. */
  public static @Nullable Input of(DataRequirement requirement) {
    Coding coding = codingOf(requirement);
    if (coding == null || coding.getCode() == null || !INPUTS.equals(coding.getSystem())) {
      return null;
    }
    String threshold = requirement.getExtensionString(THRESHOLD);
    return new Input(
        coding.getCode(),
        threshold == null ? "" : threshold,
        definition(requirement, FACT),
        definition(requirement, DECIDED_BY));
  }

  /** The definitions that it names itself. */
  List<Definition> definitions() {
    return Stream.of(value, decidedBy).filter(Objects::nonNull).toList();
  }

  /** A definition of MMData, or of the library named before the first full stop. */
  private static @Nullable Definition definition(DataRequirement requirement, String extension) {
    String name = requirement.getExtensionString(extension);
    if (name == null) {
      return null;
    }
    int dot = name.indexOf('.');
    return name.startsWith("MM") && dot > 0
        ? new Definition(name.substring(0, dot), name.substring(dot + 1))
        : new Definition("MMData", name);
  }

  /** The code that a data requirement asks for; null when it names none. Does not change it. */
  static @Nullable Coding codingOf(DataRequirement requirement) {
    return requirement.getCodeFilter().stream()
        .flatMap(filter -> filter.getCode().stream())
        .findFirst()
        .orElse(null);
  }
}
