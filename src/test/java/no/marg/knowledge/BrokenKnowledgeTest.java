package no.marg.knowledge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ValueSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Artifacts that do not fit together are refused, and the refusal names all that is wrong. */
class BrokenKnowledgeTest {
  private static final Artifacts GOOD = Artifacts.ofClasspath();
  private static final String BASE = Guideline.BASE;
  private static final String PLANS = "fhir-resources/plandefinition/";
  private static final String ACTIVITIES = "fhir-resources/activitydefinition/";
  private static final String VALUE_SETS = "fhir-resources/valueset/";

  /** A way to break the artifacts, and what is to be said of it. */
  private record Fault(String name, Consumer<Broken> make, List<Problem> problems) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A copy of the artifacts that can be broken. */
  private static final class Broken {
    private final Map<String, String> fhir = new TreeMap<>(GOOD.fhir());
    private final Map<String, String> elm = new TreeMap<>(GOOD.elm());

    <T extends Resource> void change(String file, Class<T> type, Consumer<T> change) {
      var parser = TestGuideline.FHIR.newJsonParser();
      T resource = parser.parseResource(type, fhir.get(file));
      change.accept(resource);
      fhir.put(file, parser.encodeResourceToString(resource));
    }

    void plan(String id, Consumer<PlanDefinition> change) {
      change(PLANS + id + ".json", PlanDefinition.class, change);
    }

    void action(String plan, String action, Consumer<PlanDefinitionActionComponent> change) {
      plan(plan, found -> change.accept(find(found.getAction(), action)));
    }

    private static PlanDefinitionActionComponent find(
        List<PlanDefinitionActionComponent> actions, String id) {
      for (PlanDefinitionActionComponent action : actions) {
        if (action.getId().equals(id)) {
          return action;
        }
        PlanDefinitionActionComponent nested = find(action.getAction(), id);
        if (nested != null) {
          return nested;
        }
      }
      return null;
    }

    List<Problem> problems() {
      BrokenKnowledgeException refused =
          catchThrowableOfType(
              BrokenKnowledgeException.class,
              () -> GuidelineLoader.load(TestGuideline.FHIR, new Artifacts(fhir, elm, GOOD.cql())));
      assertThat(refused).as("the artifacts must be refused").isNotNull();
      for (Problem problem : refused.problems()) {
        assertThat(refused).hasMessageContaining(problem.toString());
      }
      assertThat(refused).hasMessageStartingWith(refused.problems().size() + " problem(s)");
      return refused.problems();
    }
  }

  private static Fault fault(
      String name, String file, String place, String message, Consumer<Broken> make) {
    return new Fault(name, make, List.of(new Problem(file, place, message)));
  }

  static List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    faults.add(
        fault(
            "JSON that can not be read",
            VALUE_SETS + "a-broken.json",
            "3:3",
            "is not a valid FHIR resource",
            broken ->
                broken.fhir.put(
                    VALUE_SETS + "a-broken.json",
                    "{\n  \"resourceType\": \"ValueSet\",\n  oops\n}")));
    faults.add(
        fault(
            "an element that FHIR does not have",
            VALUE_SETS + "misspelt.json",
            "",
            "titel",
            broken ->
                broken.fhir.put(
                    VALUE_SETS + "misspelt.json",
                    "{\"resourceType\": \"ValueSet\", \"id\": \"misspelt\", \"titel\": \"x\"}")));
    faults.add(
        fault(
            "a resource that is no artifact",
            VALUE_SETS + "patient.json",
            "",
            "is a Patient, not a knowledge artifact",
            broken ->
                broken.fhir.put(
                    VALUE_SETS + "patient.json",
                    "{\"resourceType\": \"Patient\", \"id\": \"p\"}")));
    faults.add(
        fault(
            "a definition that is not here",
            PLANS + "mm-zoster-prophylaxis.json",
            "action L1-SUP-1-valaciclovir",
            "definition " + BASE + "/ActivityDefinition/no-such|1.3.0 is not here",
            broken ->
                broken.action(
                    "mm-zoster-prophylaxis",
                    "L1-SUP-1-valaciclovir",
                    action ->
                        action.setDefinition(
                            new CanonicalType(BASE + "/ActivityDefinition/no-such|1.3.0")))));
    faults.add(
        fault(
            "a definition of another version",
            PLANS + "mm-zoster-prophylaxis.json",
            "action L1-SUP-1-undecided-valaciclovir",
            "does not pin version 1.3.0",
            broken ->
                broken.action(
                    "mm-zoster-prophylaxis",
                    "L1-SUP-1-undecided-valaciclovir",
                    action ->
                        action.setDefinition(
                            new CanonicalType(
                                BASE + "/ActivityDefinition/mm-valaciclovir-250|1.2.0")))));
    faults.add(
        fault(
            "an expression that is not in the library",
            PLANS + "mm-lenalidomide-renal.json",
            "action REN-2",
            "definition \"No Such Rule\" is not in library MMOrderRules",
            broken ->
                broken.action(
                    "mm-lenalidomide-renal",
                    "REN-2",
                    action ->
                        action
                            .getConditionFirstRep()
                            .getExpression()
                            .setExpression("No Such Rule"))));
    faults.add(
        fault(
            "CQL in a plan",
            PLANS + "mm-lenalidomide-renal.json",
            "action REN-3",
            "language text/cql-expression is not used here",
            broken ->
                broken.action(
                    "mm-lenalidomide-renal",
                    "REN-3",
                    action ->
                        action
                            .getConditionFirstRep()
                            .getExpression()
                            .setLanguage("text/cql-expression"))));
    faults.add(
        fault(
            "a path that can not be set",
            ACTIVITIES + "vrd-lenalidomide.json",
            "dynamicValue[dosageInstruction[0].doseAndRate[0].dose]",
            "can not be set on a MedicationRequest",
            broken ->
                broken.change(
                    ACTIVITIES + "vrd-lenalidomide.json",
                    ActivityDefinition.class,
                    activity ->
                        activity
                            .getDynamicValueFirstRep()
                            .setPath("dosageInstruction[0].doseAndRate[0].dose"))));
    faults.add(
        fault(
            "a path that does not exist",
            ACTIVITIES + "vrd-bortezomib.json",
            "dynamicValue[dosageInstructions]",
            "can not be set on a MedicationRequest",
            broken ->
                broken.change(
                    ACTIVITIES + "vrd-bortezomib.json",
                    ActivityDefinition.class,
                    activity -> activity.getDynamicValueFirstRep().setPath("dosageInstructions"))));
    faults.add(
        fault(
            "a value set without expansion",
            VALUE_SETS + "mm-copd.json",
            "expansion",
            "is missing",
            broken ->
                broken.change(
                    VALUE_SETS + "mm-copd.json",
                    ValueSet.class,
                    valueSet -> valueSet.setExpansion(null))));
    faults.add(
        fault(
            "a value set that the logic names and that is not here",
            "cql/MMConcepts.cql",
            "",
            "value set " + BASE + "/ValueSet/mm-pml is not here",
            broken -> broken.fhir.remove(VALUE_SETS + "mm-pml.json")));
    faults.add(
        new Fault(
            "an id that is used twice",
            broken ->
                broken.fhir.put(
                    VALUE_SETS + "second.json", broken.fhir.get(VALUE_SETS + "mm-sepsis.json")),
            List.of(
                new Problem(
                    VALUE_SETS + "second.json",
                    "id",
                    "ValueSet/mm-sepsis is also the id of " + VALUE_SETS + "mm-sepsis.json"),
                new Problem(
                    VALUE_SETS + "second.json",
                    "url",
                    BASE
                        + "/ValueSet/mm-sepsis is also the url of "
                        + VALUE_SETS
                        + "mm-sepsis.json"))));
    faults.add(
        fault(
            "a title without English text",
            PLANS + "mm-dexamethasone-age.json",
            "action RX-DEX-AGE-1",
            "the title has no English text",
            broken ->
                broken.action(
                    "mm-dexamethasone-age",
                    "RX-DEX-AGE-1",
                    action -> action.getTitleElement().getExtension().clear())));
    faults.add(
        fault(
            "a title of 140 characters",
            PLANS + "mm-staging.json",
            "action ST-ISS-1",
            "the title must have 1 to 139 characters, not 140",
            broken ->
                broken.action(
                    "mm-staging",
                    "ST-ISS-1",
                    action -> action.getTitleElement().setValue("ø".repeat(140)))));
    faults.add(
        fault(
            "a library whose version is not pinned",
            PLANS + "mm-high-risk.json",
            "library",
            BASE + "/Library/MMStaging does not pin version 1.3.0",
            broken ->
                broken.plan(
                    "mm-high-risk",
                    plan -> plan.getLibrary().get(0).setValue(BASE + "/Library/MMStaging"))));
    faults.add(
        fault(
            "a measure whose criterion is not defined",
            "fhir-resources/measure/mm-iss-known.json",
            "population numerator",
            "definition \"No Such Thing\" is not in library MMQuality",
            broken ->
                broken.change(
                    "fhir-resources/measure/mm-iss-known.json",
                    org.hl7.fhir.r4.model.Measure.class,
                    measure ->
                        measure
                            .getGroupFirstRep()
                            .getPopulation()
                            .get(2)
                            .getCriteria()
                            .setExpression("No Such Thing"))));
    faults.add(
        fault(
            "a measure that would count the undecided as not done",
            "fhir-resources/measure/mm-iss-known.json",
            "population numerator-undecided",
            "is missing",
            broken ->
                broken.change(
                    "fhir-resources/measure/mm-iss-known.json",
                    org.hl7.fhir.r4.model.Measure.class,
                    measure -> measure.getGroupFirstRep().getPopulation().remove(4))));
    faults.add(
        fault(
            "a fact that is not registered",
            PLANS + "mm-workup-level.json",
            "action WU-LOW-1",
            "input no-such-fact is not in CodeSystem/mm-inputs",
            broken ->
                broken.action(
                    "mm-workup-level",
                    "WU-LOW-1",
                    action -> Input.codingOf(action.getInputFirstRep()).setCode("no-such-fact"))));
    faults.add(
        fault(
            "a statement that is not registered",
            PLANS + "mm-waldenstrom-delimitation.json",
            "action DD-WM-2",
            "NO-SUCH-1 is not a registered statement",
            broken ->
                broken.action(
                    "mm-waldenstrom-delimitation",
                    "DD-WM-2",
                    action -> action.getDocumentationFirstRep().setLabel("NO-SUCH-1"))));
    faults.add(
        fault(
            "two actions with one id",
            PLANS + "mm-thrombosis-prophylaxis.json",
            "action L1-SUP-3",
            "the id is used twice",
            broken ->
                broken.action(
                    "mm-thrombosis-prophylaxis",
                    "SUP-THROMB-1",
                    action -> action.setId("L1-SUP-3"))));
    faults.add(
        fault(
            "an action related to one that is not here",
            PLANS + "vrd-induction.json",
            "action p1-len",
            "related action no-such is not in the plan",
            broken ->
                broken.action(
                    "vrd-induction",
                    "p1-len",
                    action ->
                        action
                            .addRelatedAction()
                            .setActionId("no-such")
                            .setRelationship(PlanDefinition.ActionRelationshipType.AFTERSTART))));
    faults.add(
        fault(
            "a version that is missing",
            ACTIVITIES + "mm-order-fish.json",
            "version",
            "is missing",
            broken ->
                broken.change(
                    ACTIVITIES + "mm-order-fish.json",
                    ActivityDefinition.class,
                    activity -> activity.setVersion(null))));
    faults.add(
        fault(
            "a library that was not translated",
            "fhir-resources/library/Nothing.json",
            "",
            "there is no translated CQL library Nothing",
            broken ->
                broken.fhir.put(
                    "fhir-resources/library/Nothing.json",
                    "{\"resourceType\": \"Library\", \"id\": \"Nothing\", \"version\": \"1.3.0\","
                        + " \"url\": \""
                        + BASE
                        + "/Library/Nothing\"}")));
    faults.add(
        fault(
            "ELM that can not be read",
            "elm/Torn.json",
            "",
            "is not ELM",
            broken -> broken.elm.put("elm/Torn.json", "{\"library\": ")));
    return faults;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faults")
  void isNamedWithItsFileAndPlace(Fault fault) {
    Broken broken = new Broken();
    fault.make().accept(broken);
    assertListed(
        broken.problems().stream().filter(problem -> !isConsequence(problem)).toList(),
        fault.problems());
  }

  @Test
  void allThatIsWrongIsNamedAtOnce() {
    Broken broken = new Broken();
    List<Problem> expected = new ArrayList<>();
    for (Fault fault : faults()) {
      fault.make().accept(broken);
      expected.addAll(fault.problems());
    }
    assertListed(
        broken.problems().stream().filter(problem -> !isConsequence(problem)).toList(), expected);
  }

  /** Who refers to an artifact without version can not pin it. */
  private static boolean isConsequence(Problem problem) {
    return problem.message().contains("mm-order-fish|1.3.0 does not pin version null");
  }

  /** The same files and places, and each message says what is expected of it. */
  private static void assertListed(List<Problem> found, List<Problem> expected) {
    Map<String, String> messages = new LinkedHashMap<>();
    found.forEach(
        problem -> messages.put(problem.file() + ": " + problem.place(), problem.message()));
    assertThat(found).hasSameSizeAs(messages.keySet());
    assertThat(messages.keySet())
        .containsExactlyInAnyOrderElementsOf(
            expected.stream().map(problem -> problem.file() + ": " + problem.place()).toList());
    for (Problem problem : expected) {
      assertThat(messages.get(problem.file() + ": " + problem.place())).contains(problem.message());
    }
  }

  // ---- limits ----

  @ParameterizedTest(name = "{0} characters in {1}")
  @CsvSource({"139, nb, true", "139, en, true", "140, en, false", "0, nb, false"})
  void aTitleHasOneTo139CharactersInEachLanguage(int length, String language, boolean good) {
    Broken broken = new Broken();
    // One character of this text takes two chars in Java.
    String title = "𝛽".repeat(length);
    broken.action(
        "mm-staging",
        "ST-ISS-1",
        action -> {
          if (language.equals("nb")) {
            action.getTitleElement().setValue(title);
          } else {
            action
                .getTitleElement()
                .getExtension()
                .get(0)
                .getExtensionByUrl("content")
                .setValue(new org.hl7.fhir.r4.model.StringType(title));
          }
        });
    if (good) {
      assertThatCode(
              () ->
                  GuidelineLoader.load(
                      TestGuideline.FHIR, new Artifacts(broken.fhir, broken.elm, GOOD.cql())))
          .doesNotThrowAnyException();
    } else {
      assertThat(broken.problems())
          .extracting(Problem::message)
          .contains("the title must have 1 to 139 characters, not " + length);
    }
  }

  @Test
  void theArtifactsThatAreBuiltInAreGood() {
    assertThatCode(() -> GuidelineLoader.load(TestGuideline.FHIR, GOOD)).doesNotThrowAnyException();
  }

  @Test
  void aProblemReadsAsFilePlaceAndMessage() {
    assertThat(new Problem("a.json", "action X", "is wrong"))
        .hasToString("a.json: action X: is wrong");
    assertThat(new Problem("a.json", "", "is wrong")).hasToString("a.json: is wrong");
  }
}
