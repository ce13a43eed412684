package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import no.marg.TestGuideline;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.Resource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What holds of every answer of every service (CDS Hooks 2.0, and the house's own rules). */
public final class CardRules {
  private static final Pattern TAG = Pattern.compile("<[A-Za-z/!]");

  /** What says how much and when; all else of an instruction is kept. */
  private static final String[] OF_THE_DOSE = {
    "text",
    "doseAndRate",
    "timing",
    "patientInstruction",
    "_patientInstruction",
    "maxDosePerPeriod",
    "maxDosePerAdministration",
    "maxDosePerLifetime"
  };

  private static final List<String> RANKS = List.of("critical", "warning", "info");
  private static final Map<String, Set<String>> ATTRIBUTES =
      Map.of(
          "card",
          Set.of(
              "uuid",
              "summary",
              "detail",
              "indicator",
              "source",
              "suggestions",
              "selectionBehavior",
              "overrideReasons",
              "links",
              "extension"),
          "source",
          Set.of("label", "url", "icon", "topic"),
          "suggestion",
          Set.of("label", "uuid", "isRecommended", "actions"),
          "action",
          Set.of("type", "description", "resource", "resourceId"),
          "link",
          Set.of("label", "url", "type", "appContext"),
          "coding",
          Set.of("system", "code", "display"));
  private static final Set<String> REGISTERED =
      TestGuideline.GUIDELINE.catalogue().stream()
          .map(CatalogueEntry::id)
          .collect(Collectors.toSet());

  private final JsonNode request;
  private final Set<String> uuids = new HashSet<>();

  private CardRules(JsonNode request) {
    this.request = request;
  }

  /** Checks an answer against the call it answers. */
  public static void check(JsonNode request, JsonNode answer) {
    new CardRules(request).answer(answer);
  }

  private void answer(JsonNode answer) {
    assertThat(answer.propertyNames()).contains("cards").isSubsetOf("cards", "extension");
    if (answer.has("extension")) {
      nothingEmpty(answer.get("extension"), "extension");
    }
    assertThat(answer.get("cards").isArray()).isTrue();
    int rank = 0;
    List<String> summaries = new ArrayList<>();
    for (JsonNode card : answer.get("cards")) {
      nothingEmpty(card, "card");
      card(card);
      summaries.add(card.get("summary").asString());
      int own = RANKS.indexOf(card.get("indicator").asString());
      assertThat(own).as("most urgent first: " + summaries).isGreaterThanOrEqualTo(rank);
      rank = own;
    }
    assertThat(summaries).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(8);
  }

  private static void nothingEmpty(JsonNode node, String path) {
    assertThat(node.isNull()).as(path + " is null").isFalse();
    if (node.isString()) {
      assertThat(node.asString()).as(path).isNotBlank();
    } else if (node.isContainer()) {
      assertThat(node.isEmpty()).as(path + " is empty").isFalse();
      if (node.isObject()) {
        node.properties().forEach(e -> nothingEmpty(e.getValue(), path + "." + e.getKey()));
      } else {
        node.forEach(each -> nothingEmpty(each, path + "[]"));
      }
    }
  }

  private void card(JsonNode card) {
    onlyKnown("card", card);
    uuid(card);
    String summary = card.get("summary").asString();
    assertThat(summary.codePointCount(0, summary.length())).as(summary).isLessThan(140);
    assertThat(summary).doesNotContain("\n");
    if (card.has("detail")) {
      assertThat(TAG.matcher(card.get("detail").asString()).find()).as("HTML in detail").isFalse();
    }
    assertThat(card.get("indicator").asString()).isIn(RANKS);
    source(card.get("source"));
    assertThat(card.has("selectionBehavior")).as(summary).isEqualTo(card.has("suggestions"));
    if (card.has("suggestions")) {
      suggestions(card);
    }
    if (card.has("overrideReasons")) {
      card.get("overrideReasons").forEach(CardRules::coding);
    }
    if (card.get("source").has("topic")) {
      assertThat(card.has("links")).as("a recommendation has a link to its passage").isTrue();
      assertThat(card.get("links").get(0).get("label").asString())
          .contains(card.get("source").get("topic").get("code").asString());
    }
    if (card.has("links")) {
      card.get("links").forEach(CardRules::link);
    }
    if (card.has("extension")) {
      assertThat(card.get("extension").propertyNames())
          .allMatch(name -> name.startsWith("no.marg."));
    }
  }

  private static void source(JsonNode source) {
    onlyKnown("source", source);
    assertThat(source.get("label").asString()).isNotBlank();
    assertThat(URI.create(source.get("url").asString()).isAbsolute()).isTrue();
    assertThat(source.get("icon").asString()).matches("https?://.+\\.png");
    if (source.has("topic")) {
      coding(source.get("topic"));
      assertThat(source.get("topic").get("system").asString()).isEqualTo(Guideline.RECOMMENDATIONS);
      assertThat(REGISTERED).contains(source.get("topic").get("code").asString());
    }
  }

  private static void coding(JsonNode coding) {
    onlyKnown("coding", coding);
    assertThat(coding.propertyNames()).contains("system", "code", "display");
    assertThat(URI.create(coding.get("system").asString()).isAbsolute()).isTrue();
  }

  private static void link(JsonNode link) {
    onlyKnown("link", link);
    assertThat(link.propertyNames()).contains("label", "url", "type");
    assertThat(URI.create(link.get("url").asString()).isAbsolute()).isTrue();
    assertThat(link.get("type").asString()).isIn("absolute", "smart");
    assertThat(link.has("appContext") && !link.get("type").asString().equals("smart")).isFalse();
  }

  private void suggestions(JsonNode card) {
    assertThat(card.get("selectionBehavior").asString()).isIn("any", "at-most-one");
    int recommended = 0;
    Set<String> labels = new HashSet<>();
    for (JsonNode suggestion : card.get("suggestions")) {
      onlyKnown("suggestion", suggestion);
      uuid(suggestion);
      String label = suggestion.get("label").asString();
      assertThat(labels.add(label)).isTrue();
      if (label.matches("(Bestill det som mangler|Order what is missing): .*")) {
        assertThat(card.get("detail").asString())
            .as("who can not take the suggestion must see what is missing: " + label)
            .containsPattern("\\*\\*(Mangler|Missing):\\*\\*\n\n- ");
      }
      recommended += suggestion.path("isRecommended").asBoolean(false) ? 1 : 0;
      assertThat(suggestion.get("actions").size()).isPositive();
      suggestion.get("actions").forEach(this::action);
    }
    long regimens =
        labels.stream()
            .filter(each -> each.matches("(Bestill hele kuren|Order the whole cycle): .*"))
            .count();
    if (regimens > 1) {
      assertThat(card.get("selectionBehavior").asString())
          .as("one regimen excludes another")
          .isEqualTo("at-most-one");
    }
    if (card.get("selectionBehavior").asString().equals("at-most-one")) {
      assertThat(recommended).isLessThanOrEqualTo(1);
    }
  }

  private void action(JsonNode action) {
    onlyKnown("action", action);
    assertThat(action.get("description").asString()).isNotBlank();
    switch (action.get("type").asString()) {
      case "create" -> created(action);
      case "update" -> updated(action);
      case "delete" -> {
        assertThat(action.has("resource")).isFalse();
        assertThat(drafts()).containsKey(action.get("resourceId").asString());
      }
      default -> throw new AssertionError("No such type: " + action);
    }
  }

  private void created(JsonNode action) {
    JsonNode resource = action.get("resource");
    assertThat(action.has("resourceId")).isFalse();
    assertThat(resource.has("id")).as("a new resource gets its id from the record").isFalse();
    assertThat(resource.get("status").asString()).isEqualTo("draft");
    if (!resource.get("resourceType").asString().equals("CommunicationRequest")) {
      assertThat(resource.get("intent").asString()).isIn("proposal", "order");
    }
    assertThat(resource.get("subject").get("reference").asString())
        .isEqualTo("Patient/" + patient());
    parsed(resource);
    if (resource.get("resourceType").asString().equals("MedicationRequest")) {
      JsonNode dosage = resource.path("dosageInstruction").path(0);
      if (hasNoAmount(resource)) {
        // A vaccine is one package, eye drops are drops: the guideline gives when, and no amount.
        // Of montelukast it gives no dose; the words say so.
        assertThat(dosage.path("text").asString("")).as("an order without words").isNotEmpty();
      } else {
        assertThat(dosage.path("doseAndRate").path(0)).as("an order without a dose").isNotEmpty();
      }
    }
  }

  private static boolean hasNoAmount(JsonNode order) {
    return order
        .path("medicationCodeableConcept")
        .path("coding")
        .path(0)
        .path("code")
        .asString("")
        .matches("(J07|S01|R03DC03).*");
  }

  private void updated(JsonNode action) {
    JsonNode resource = action.get("resource");
    assertThat(action.has("resourceId")).isFalse();
    String reference =
        resource.get("resourceType").asString() + "/" + resource.get("id").asString();
    JsonNode sent = drafts().get(reference);
    assertThat(sent).as(reference).isNotNull();
    parsed(resource);
    // How much is dispensed was of the old dose.
    assertThat(without(resource, "dosageInstruction", "dispenseRequest"))
        .isEqualTo(without(sent, "dosageInstruction", "dispenseRequest"));
    JsonNode before = sent.get("dosageInstruction");
    JsonNode after = resource.get("dosageInstruction");
    assertThat(after).isNotEqualTo(before);
    assertThat(after.size()).isEqualTo(before.size());
    for (int i = 0; i < after.size(); i++) {
      assertThat(without(after.get(i), OF_THE_DOSE)).isEqualTo(without(before.get(i), OF_THE_DOSE));
      assertThat(after.get(i).propertyNames())
          .as("the most of the old dose")
          .doesNotContain("maxDosePerPeriod", "maxDosePerAdministration", "maxDosePerLifetime");
    }
  }

  private static void parsed(JsonNode resource) {
    var parser = TestGuideline.FHIR.newJsonParser();
    parser.setParserErrorHandler(new ca.uhn.fhir.parser.StrictErrorHandler());
    assertThat((Resource) parser.parseResource(resource.toString())).isNotNull();
  }

  private static JsonNode without(JsonNode node, String... names) {
    ObjectNode copy = (ObjectNode) node.deepCopy();
    copy.remove(List.of(names));
    return copy;
  }

  private Map<String, JsonNode> drafts() {
    Map<String, JsonNode> drafts = new HashMap<>();
    for (JsonNode entry : request.path("context").path("draftOrders").path("entry")) {
      JsonNode order = entry.path("resource");
      if (!order.has("id")) {
        continue;
      }
      drafts.put(
          order.path("resourceType").asString("") + "/" + order.path("id").asString(""), order);
    }
    return drafts;
  }

  private String patient() {
    return request.get("context").get("patientId").asString().replace("Patient/", "");
  }

  private void uuid(JsonNode node) {
    String uuid = node.get("uuid").asString();
    assertThat(UUID.fromString(uuid)).hasToString(uuid);
    assertThat(uuids.add(uuid)).as("used twice: " + uuid).isTrue();
  }

  private static void onlyKnown(String kind, JsonNode node) {
    assertThat(ATTRIBUTES.get(kind)).as(kind).containsAll(node.propertyNames());
  }
}
