package no.marg.cdshooks;

import static no.marg.SmallGuideline.action;
import static no.marg.SmallGuideline.activity;
import static no.marg.SmallGuideline.order;
import static no.marg.SmallGuideline.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.Conforms;
import no.marg.SmallGuideline;
import no.marg.TestGuideline;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.BrokenKnowledgeException;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.MarkdownType;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.RelatedArtifact;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.TriggerDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * From a plan over the RequestGroup of {@code $apply} to the JSON of a card, for plans that have
 * all that a card can hold and for plans that lack it.
 */
class PlanToCardTest {
  private static final String GUIDELINE =
      "Norwegian guideline for multiple myeloma, version 1.3 (February 2026)";
  private static final String RULES =
      """
      library Rules version '1.3.0'
      using FHIR version '4.0.1'
      include FHIRHelpers version '4.0.1' called FHIRHelpers
      context Patient
      define "Dose": { FHIR.Dosage { text: FHIR.string { value: '1 mg' } } }
      """;

  private static final GuidelineEngine ENGINE = rules().engine();

  private static SmallGuideline rules() {
    PlanDefinition whole = plan("whole", "eca-rule", "Rules");
    List.of("routine", "urgent", "asap", "stat")
        .forEach(each -> whole.addAction(whole("W-" + each, each)));
    PlanDefinition bare = plan("bare", "eca-rule", "Rules");
    PlanDefinitionActionComponent lacking = action("B-1", null);
    lacking.addTrigger().setType(TriggerDefinition.TriggerType.NAMEDEVENT).setName("patient-view");
    lacking.addAction(order("B-1-order", null, "drug"));
    bare.addAction(lacking);
    return SmallGuideline.of(Map.of("Rules", RULES))
        .add(activity("drug", "Rules", "Dose"))
        .add(activity("other-drug", "Rules", "Dose"))
        .add(whole)
        .addAsItIs(bare)
        .register("B-1", null)
        .service("whole", "bare");
  }

  /** An action with all its parts: its own words, a citation, and two suggestions. */
  private static PlanDefinitionActionComponent whole(String id, String priority) {
    PlanDefinitionActionComponent action = action(id, null);
    action.setDescriptionElement(
        translated(new MarkdownType("Beskrivelse " + id), "Description " + id));
    action.setPriority(PlanDefinition.RequestPriority.fromCode(priority));
    action
        .addDocumentation()
        .setType(RelatedArtifact.RelatedArtifactType.CITATION)
        .setLabel(id)
        .setDisplayElement(translated(new StringType("Kapittel " + id), "Chapter " + id));
    PlanDefinitionActionComponent one = order(id + "-one", null, "drug");
    one.setPrecheckBehavior(PlanDefinition.ActionPrecheckBehavior.YES);
    action.addAction(one);
    PlanDefinitionActionComponent both = action(id + "-both", null);
    both.addAction(order(id + "-a", null, "drug"));
    both.addAction(order(id + "-b", null, "other-drug"));
    action.addAction(both);
    return action;
  }

  private static <T extends PrimitiveType<String>> T translated(T element, String english) {
    Extension translation =
        element.addExtension().setUrl("http://hl7.org/fhir/StructureDefinition/translation");
    translation.addExtension("lang", new CodeType("en"));
    translation.addExtension("content", new StringType(english));
    return element;
  }

  @ParameterizedTest
  @ValueSource(strings = {"routine", "urgent", "asap", "stat"})
  @Conforms("CH-116")
  void whatARequestGroupSaysBecomesTheCard(String priority) {
    String id = "W-" + priority;
    CarePlan applied = ENGINE.apply("whole", chart(), null);
    RequestGroupActionComponent action = actionOf(applied, id);
    assertThat(action.getPriority().toCode()).isEqualTo(priority);

    JsonNode card = card(id, "nb");
    assertThat(card.get("summary").asString()).isEqualTo(action.getTitle());
    assertThat(card.get("detail").asString()).startsWith(action.getDescription() + "\n");
    assertThat(card.get("indicator").asString())
        .isEqualTo(
            Map.of("routine", "info", "asap", "warning", "urgent", "warning", "stat", "critical")
                .get(priority));
    RelatedArtifact citation = action.getDocumentationFirstRep();
    JsonNode topic = card.get("source").get("topic");
    assertThat(topic.get("code").asString()).isEqualTo(citation.getLabel());
    assertThat(topic.get("display").asString()).isEqualTo(citation.getDisplay());
    assertThat(topic.get("system").asString()).isEqualTo(Guideline.RECOMMENDATIONS);

    JsonNode suggestions = card.get("suggestions");
    assertThat(suggestions.size()).isEqualTo(action.getAction().size()).isEqualTo(2);
    for (int i = 0; i < suggestions.size(); i++) {
      RequestGroupActionComponent nested = action.getAction().get(i);
      JsonNode suggestion = suggestions.get(i);
      assertThat(suggestion.get("label").asString()).isEqualTo(nested.getTitle());
      List<RequestGroupActionComponent> parts =
          nested.hasAction() ? nested.getAction() : List.of(nested);
      assertThat(suggestion.get("actions").size()).isEqualTo(parts.size());
      for (int k = 0; k < parts.size(); k++) {
        sameAction(suggestion.get("actions").get(k), parts.get(k), applied);
      }
    }
    assertThat(suggestions.get(0).get("isRecommended").asBoolean()).isTrue();
    assertThat(suggestions.get(1).has("isRecommended")).isFalse();
  }

  private static void sameAction(
      JsonNode action, RequestGroupActionComponent part, CarePlan applied) {
    assertThat(action.get("type").asString()).isEqualTo("create");
    assertThat(action.get("description").asString()).isEqualTo(part.getTitle());
    Resource made =
        applied.getContained().stream()
            .filter(
                each ->
                    ("#" + each.getIdElement().getIdPart())
                        .equals(part.getResource().getReference()))
            .findFirst()
            .orElseThrow()
            .copy();
    made.setId((String) null);
    assertThat(action.get("resource"))
        .isEqualTo(
            JsonMapper.shared()
                .readTree(TestGuideline.FHIR.newJsonParser().encodeResourceToString(made)));
  }

  @Test
  @Conforms("CH-116")
  void theCardIsInTheLanguageAskedFor() {
    JsonNode card = card("W-urgent", "en");
    assertThat(card.get("summary").asString()).isEqualTo("Title W-urgent");
    assertThat(card.get("detail").asString()).startsWith("Description W-urgent\n");
    assertThat(card.get("source").get("topic").get("display").asString())
        .isEqualTo("Chapter W-urgent");
    assertThat(card.get("suggestions").get(1).get("label").asString())
        .isEqualTo("Title W-urgent-both");
    assertThat(card.toString()).doesNotContain("Tittel", "Beskrivelse", "Kapittel");
  }

  /** Neither priority, description nor citation. */
  @Test
  @Conforms("CH-117")
  void aDefinitionWithoutPriorityOrSourceGivesAWholeCard() {
    JsonNode card = card("B-1", "en");
    assertThat(card.get("indicator").asString()).isEqualTo("info");
    assertThat(card.get("source").get("label").asString()).isEqualTo(GUIDELINE);
    assertThat(card.get("source").get("topic").get("code").asString()).isEqualTo("B-1");
    assertThat(card.get("source").get("topic").get("display").asString()).isEqualTo(GUIDELINE);
    assertThat(card.get("detail").asString()).isEqualTo("*Source: " + GUIDELINE + " (B-1)*");
    assertThat(card.get("links").get(0).get("label").asString())
        .isEqualTo("Rule B-1: " + GUIDELINE);
    assertThat(card.get("suggestions").size()).isEqualTo(1);
    assertThat(card.propertyNames()).contains("uuid", "summary", "selectionBehavior");
  }

  @Test
  @Conforms("CH-117")
  void aSuggestionWithoutANameStopsTheStart() {
    PlanDefinition plan = plan("nameless", "eca-rule", "Rules");
    PlanDefinitionActionComponent action = action("N-1", null);
    PlanDefinitionActionComponent suggestion = order("N-1-order", null, "drug");
    suggestion.setTitleElement(null);
    action.addAction(suggestion);
    plan.addAction(action);
    SmallGuideline guideline =
        SmallGuideline.of(Map.of("Rules", RULES))
            .add(activity("drug", "Rules", "Dose"))
            .add(plan)
            .service("nameless");
    assertThatThrownBy(guideline::engine)
        .isInstanceOf(BrokenKnowledgeException.class)
        .hasMessageContaining("N-1-order: has no title in both languages");
  }

  // ---- helpers ----

  private static JsonNode card(String statement, String language) {
    Chart chart = chart();
    Guideline guideline = ENGINE.guideline();
    var findings =
        ENGINE.advise(guideline.services().get("mm-patient-view"), chart, Map.of()).findings();
    CardMaker.Made made =
        new CardMaker(guideline, TestGuideline.FHIR, new CardSettings(20, null, null), null)
            .cards(
                findings,
                chart,
                new HashMap<>(),
                language,
                "http://localhost",
                new Repeats(null, "mm-patient-view", "1", TestGuideline.FHIR));
    JsonNode answer =
        JsonMapper.shared()
            .readTree(JsonMapper.builder().build().writeValueAsString(Card.Answer.of(made)));
    List<JsonNode> found = new ArrayList<>();
    answer
        .get("cards")
        .forEach(
            card -> {
              if (card.get("source").path("topic").path("code").asString("").equals(statement)) {
                found.add(card);
              }
            });
    assertThat(found).as(answer.toString()).hasSize(1);
    return found.get(0);
  }

  private static RequestGroupActionComponent actionOf(CarePlan applied, String id) {
    return applied.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .map(RequestGroup.class::cast)
        .flatMap(group -> group.getAction().stream())
        .filter(each -> id.equals(each.getId()))
        .findFirst()
        .orElseThrow();
  }

  private static Chart chart() {
    Patient patient = new Patient();
    patient.setId("p");
    return ENGINE.chart(
        new ChartReader.Source(
            "p", LocalDate.of(2026, 2, 15), List.of(patient), List.of(), Set.of()),
        ChartReader.OtherPatient.REFUSE);
  }
}
