package no.marg.app;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Element;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Questionnaire;
import org.hl7.fhir.r4.model.Questionnaire.QuestionnaireItemComponent;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Type;
import org.hl7.fhir.r4.model.ValueSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The questions for facts that no record holds ({@code Questionnaire/mm-facts}), and the
 * Observations and Conditions that their answers are.
 */
@Component
final class FactForm {
  /** A question that an answer can be given to. */
  record Question(
      String id,
      Text text,
      Text group,
      String type,
      List<String> inputs,
      List<Choice> choices,
      String unit,
      QuestionnaireItemComponent item) {}

  /**
   * One of the answers of a choice.
   *
   * @param condition URL of the value set of Conditions that say the same; null without
   */
  record Choice(String id, Text text, Coding coding, @Nullable String condition) {}

  /**
   * An answer as the page sends it.
   *
   * @param question link id
   * @param value yes or no, the code of a choice, a number, or a day; null for "asked, not known"
   * @param day the day the answer is true for
   */
  record Answer(String question, @Nullable String value, String day) {}

  private static final String GIVES = Guideline.BASE + "/StructureDefinition/gives-input";
  private static final String DRUG = Guideline.BASE + "/StructureDefinition/drug-component";
  private static final String METHOD = Guideline.BASE + "/StructureDefinition/answer-method";
  private static final String REPEATED = Guideline.BASE + "/StructureDefinition/answer-repeated-as";
  private static final String COVERAGE = Guideline.BASE + "/StructureDefinition/answer-coverage";
  private static final String CONDITION = Guideline.BASE + "/StructureDefinition/answer-condition";
  private static final String SNOMED = "http://snomed.info/sct";
  private static final String CATEGORY =
      "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observation-extract-category";
  private static final String UNIT =
      "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption";

  private final Map<String, Question> questions = new LinkedHashMap<>();
  private final Map<String, String> byInput = new HashMap<>();
  private final Guideline guideline;

  FactForm(Guideline guideline) {
    this.guideline = guideline;
    Questionnaire form = (Questionnaire) guideline.find("Questionnaire", "mm-facts").orElseThrow();
    for (QuestionnaireItemComponent group : form.getItem()) {
      for (QuestionnaireItemComponent item : group.getItem()) {
        Question question = question(item, Text.of(group.getTextElement()));
        questions.put(question.id(), question);
        question.inputs().forEach(input -> byInput.putIfAbsent(input, question.id()));
      }
    }
  }

  private static Question question(QuestionnaireItemComponent item, Text group) {
    List<String> inputs = new ArrayList<>();
    item.getExtensionsByUrl(GIVES)
        .forEach(each -> inputs.add(((PrimitiveType<?>) each.getValue()).getValueAsString()));
    List<Choice> choices = new ArrayList<>();
    item.getAnswerOption()
        .forEach(
            option -> {
              Coding coding = option.getValueCoding();
              choices.add(
                  new Choice(
                      coding.getCode(),
                      Text.of(coding.getDisplayElement()),
                      coding,
                      condition(option)));
            });
    Extension unit = item.getExtensionByUrl(UNIT);
    return new Question(
        item.getLinkId(),
        Text.of(item.getTextElement()),
        group,
        item.getType().toCode(),
        inputs,
        choices,
        unit == null ? "" : ((Coding) unit.getValue()).getCode(),
        item);
  }

  private static @Nullable String condition(Element answered) {
    Extension extension = answered.getExtensionByUrl(CONDITION);
    return extension == null ? null : extension.getValue().primitiveValue();
  }

  /** All questions, in the order of the form. */
  List<Question> questions() {
    return List.copyOf(questions.values());
  }

  /** Link id of the question that gives an input; null when the form has none. */
  @Nullable String questionFor(String input) {
    return byInput.get(input);
  }

  /** The question; an answer to another is refused. */
  Question question(String id) {
    Question question = questions.get(id);
    if (question == null) {
      throw new AppException(400, "There is no such question");
    }
    return question;
  }

  /**
   * The answer as an Observation.
   *
   * @param today the day of advice; an answer about the future is refused
   * @throws AppException 400 if the answer does not fit the question
   */
  Observation observation(Answer answer, String patientId, LocalDate today) {
    Question question = question(answer.question());
    Observation observation = new Observation();
    observation.setStatus(Observation.ObservationStatus.FINAL);
    observation.addCategory(
        (CodeableConcept) question.item().getExtensionByUrl(CATEGORY).getValue().copy());
    observation.addCategory().addCoding().setSystem(Guideline.FACTS).setCode("mm-fact");
    CodeableConcept code = new CodeableConcept();
    question.item().getCode().forEach(coding -> code.addCoding(coding.copy()));
    observation.setCode(code);
    observation.setSubject(new Reference("Patient/" + patientId));
    LocalDate day = day(answer.day());
    if (day.isAfter(today)) {
      throw new AppException(400, "An answer can not be dated in the future");
    }
    observation.setEffective(new DateTimeType(day.toString()));
    Type value = answer.value() == null ? null : value(question, answer.value());
    if (value == null) {
      observation.setDataAbsentReason(
          new CodeableConcept()
              .addCoding(
                  new Coding()
                      .setSystem("http://terminology.hl7.org/CodeSystem/data-absent-reason")
                      .setCode("asked-unknown")));
    } else {
      observation.setValue(value);
    }
    details(observation, question.item(), value);
    return observation;
  }

  /**
   * The answer as a Condition: for an illness that the patient has and the data model keeps as one.
   * A "no" and "not known" are never a Condition, and what is acute is a fact of its day.
   *
   * @return null where the answer is an Observation alone
   * @throws AppException 400 if the answer does not fit the question
   */
  @Nullable Condition condition(Answer answer, String patientId, LocalDate today) {
    Observation stated = observation(answer, patientId, today);
    String valueSet = valueSet(answer);
    if (valueSet == null) {
      return null;
    }
    Condition condition = new Condition();
    condition.getClinicalStatus().addCoding(coding("condition-clinical", "active"));
    condition.getVerificationStatus().addCoding(coding("condition-ver-status", "confirmed"));
    condition.addCategory().addCoding(coding("condition-category", "problem-list-item"));
    condition.setCode(concept(firstSnomed(valueSet)));
    condition.setSubject(stated.getSubject());
    String day = stated.getEffectiveDateTimeType().getValueAsString();
    if (question(answer.question()).type().equals("choice")) {
      // The day of a diagnosis is the day it was made; other illnesses began before they are told.
      condition.setOnset(new DateTimeType(day));
    }
    condition.setRecordedDateElement(new DateTimeType(day));
    return condition;
  }

  /** Whether a Condition of the record says already what the answer says. */
  boolean isSaidBy(Answer answer, Condition recorded) {
    String valueSet = valueSet(answer);
    String clinical = recorded.getClinicalStatus().getCodingFirstRep().getCode();
    String verified = recorded.getVerificationStatus().getCodingFirstRep().getCode();
    return valueSet != null
        && (clinical == null || List.of("active", "recurrence", "relapse").contains(clinical))
        && (verified == null || verified.equals("confirmed"))
        && recorded.getCode().getCoding().stream()
            .anyMatch(
                coding ->
                    coding.hasSystem()
                        && coding.hasCode()
                        && guideline
                            .terminology()
                            .contains(
                                valueSet,
                                guideline.terminology().canonicalSystem(coding.getSystem()),
                                coding.getCode()));
  }

  /** Value set of the Conditions that say what the answer says; null when none do. */
  private @Nullable String valueSet(Answer answer) {
    Question question = question(answer.question());
    return question.type().equals("choice")
        ? question.choices().stream()
            .filter(choice -> choice.id().equals(answer.value()))
            .findFirst()
            .map(Choice::condition)
            .orElse(null)
        : "true".equals(answer.value()) ? condition(question.item()) : null;
  }

  /** The code of a concept that the project writes. */
  private Coding firstSnomed(String valueSet) {
    ValueSet concept = (ValueSet) guideline.findByUrl(valueSet).orElseThrow();
    return concept.getCompose().getInclude().stream()
        .filter(include -> SNOMED.equals(include.getSystem()))
        .flatMap(include -> include.getConcept().stream())
        .findFirst()
        .map(each -> new Coding(SNOMED, each.getCode(), each.getDisplay()))
        .orElseThrow();
  }

  private static Coding coding(String system, String code) {
    return new Coding("http://terminology.hl7.org/CodeSystem/" + system, code, null);
  }

  private static void details(
      Observation observation, QuestionnaireItemComponent item, @Nullable Type value) {
    Extension drug = item.getExtensionByUrl(DRUG);
    if (drug != null) {
      component(observation, "drug").setValue(concept((Coding) drug.getValue()));
    }
    Extension method = item.getExtensionByUrl(METHOD);
    if (method != null) {
      observation.setMethod(concept((Coding) method.getValue()));
    }
    Extension repeated = item.getExtensionByUrl(REPEATED);
    if (repeated != null && value != null) {
      component(observation, ((Coding) repeated.getValue()).getCode()).setValue(value.copy());
    }
    Extension coverage = item.getExtensionByUrl(COVERAGE);
    if (coverage != null) {
      component(observation, "coverage").setValue(concept((Coding) coverage.getValue()));
    }
  }

  private static CodeableConcept concept(Coding coding) {
    return new CodeableConcept().addCoding(coding.copy());
  }

  private static Observation.ObservationComponentComponent component(
      Observation observation, String code) {
    Observation.ObservationComponentComponent component = observation.addComponent();
    component.getCode().addCoding().setSystem(Guideline.FACTS).setCode(code);
    return component;
  }

  private static Type value(Question question, String text) {
    return switch (question.type()) {
      case "boolean" ->
          new BooleanType(
              switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw unusable();
              });
      case "choice" ->
          question.choices().stream()
              .filter(choice -> choice.id().equals(text))
              .findFirst()
              .map(choice -> concept(choice.coding()))
              .orElseThrow(FactForm::unusable);
      case "integer" -> new IntegerType(whole(text));
      case "quantity" ->
          new Quantity()
              .setValue(number(text))
              .setUnit(question.unit())
              .setSystem("http://unitsofmeasure.org")
              .setCode(question.unit());
      case "date", "dateTime" -> new DateTimeType(day(text).toString());
      default -> throw unusable();
    };
  }

  private static int whole(String text) {
    if (!text.matches("\\d{1,4}")) {
      throw unusable();
    }
    return Integer.parseInt(text);
  }

  private static BigDecimal number(String text) {
    if (!text.matches("\\d{1,7}([.,]\\d{1,4})?")) {
      throw unusable();
    }
    return new BigDecimal(text.replace(',', '.'));
  }

  private static LocalDate day(String text) {
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw unusable();
    }
  }

  private static AppException unusable() {
    return new AppException(400, "The answer does not fit the question");
  }
}
