package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** One answer offers an order once: whoever takes all it offers must not have ordered it twice. */
@RunningMarg
class SameOfferTest {
  private static final List<String> HOOKS =
      List.of(
          "patient-view",
          "encounter-start",
          "order-select",
          "order-sign",
          "appointment-book",
          "problem-list-item-create");

  /** Each is drafted alone for every demo patient: what an order brings depends on its drug. */
  private static final Map<String, String> DRUGS =
      Map.of(
          "L04AX04", "lenalidomid",
          "L04AX06", "pomalidomid",
          "H02AB02", "deksametason",
          "L01XG01", "bortezomib",
          "L01FC01", "daratumumab",
          "L01FX15", "belantamab mafodotin",
          "L01FX24", "teclistamab",
          "L01AA03", "melfalan",
          "M05BA08", "zoledronsyre");

  @LocalServerPort private int port;

  @ParameterizedTest
  @MethodSource("no.marg.Personas#ids")
  void noOrderIsOfferedTwice(String persona) throws IOException {
    List<Resource> record = resources("personas/" + persona);
    List<String> twice = new ArrayList<>();
    for (String hook : HOOKS) {
      if (!hook.startsWith("order-")) {
        twice(HookCall.of(hook, persona, record), hook, twice);
        continue;
      }
      twice(HookCall.of(hook, persona, record).drafts(List.of()), hook, twice);
      for (String order : orders(persona)) {
        HookCall call = HookCall.of(hook, persona, record).drafts(resources("orders/" + order));
        twice(call, hook + " with " + order, twice);
      }
      for (Map.Entry<String, String> drug : DRUGS.entrySet()) {
        Resource draft =
            TestRecord.of(persona, null).draft("draft-1", drug.getKey(), drug.getValue(), null);
        HookCall call = HookCall.of(hook, persona, record).drafts(List.of(draft));
        twice(call, hook + " with " + drug.getValue(), twice);
      }
    }
    assertThat(twice).isEmpty();
  }

  private void twice(HookCall call, String name, List<String> twice) {
    Http.Answer answer = call.send(new Http(port));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    Map<String, Set<String>> offers = new LinkedHashMap<>();
    for (JsonNode card : answer.json().get("cards")) {
      // Of what at most one may be taken, the same may stand in several.
      boolean atMostOne = card.path("selectionBehavior").asString("").equals("at-most-one");
      for (JsonNode suggestion : card.path("suggestions")) {
        String place = card.get("summary").asString();
        String offer = atMostOne ? place : place + " › " + suggestion.get("label").asString();
        for (JsonNode action : suggestion.get("actions")) {
          if (action.get("type").asString().equals("create")) {
            offers
                .computeIfAbsent(ordered(action.get("resource")), key -> new LinkedHashSet<>())
                .add(offer);
          }
        }
      }
    }
    offers.forEach(
        (order, places) -> {
          if (places.size() > 1) {
            twice.add(name + ": " + order + " by " + places);
          }
        });
  }

  /** What is ordered: its first code, or the words where nothing is coded. */
  private static String ordered(JsonNode resource) {
    String type = resource.get("resourceType").asString();
    JsonNode concept =
        resource.has("code") ? resource.get("code") : resource.path("medicationCodeableConcept");
    JsonNode coding = concept.path("coding").path(0);
    return type
        + " "
        + (coding.isMissingNode()
            ? resource.path("payload").path(0).path("contentString").asString("")
            : coding.get("code").asString());
  }

  private static List<String> orders(String persona) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/demo/orders"))) {
      return files
          .map(file -> file.getFileName().toString().replace(".json", ""))
          .filter(name -> name.startsWith(persona))
          .sorted()
          .toList();
    }
  }

  private static List<Resource> resources(String file) throws IOException {
    String text = Files.readString(Path.of("src/main/resources/demo/" + file + ".json"));
    return TestGuideline.FHIR.newJsonParser().parseResource(Bundle.class, text).getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }
}
