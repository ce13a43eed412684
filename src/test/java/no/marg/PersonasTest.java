package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import no.marg.cdshooks.CardRules;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whole patients over HTTP: the cards of each persona, and of each order written for one, are those
 * of {@code src/test/resources/personas}.
 *
 * <p>{@code mvn test -Dtest=PersonasTest -Dgolden=update} writes the files; review the difference.
 */
@Conforms({
  "CH-2", "CH-3", "CH-6", "CH-50", "CH-52", "CH-53", "CH-56", "CH-57", "CH-59", "CH-60", "CH-61",
  "CH-62", "CH-63", "CH-64", "CH-65", "CH-66", "CH-67", "CH-69"
})
@RunningMarg
class PersonasTest {
  private static final Path GOLDEN = Path.of("src/test/resources/personas");
  private static final String UPDATE = "mvn test -Dtest=PersonasTest -Dgolden=update";
  private static final boolean UPDATING = "update".equals(System.getProperty("golden"));
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  @LocalServerPort private int port;

  static Stream<String> personas() {
    return JSON.readTree(read("/demo/personas/index.json"))
        .valueStream()
        .map(persona -> persona.get("id").asString());
  }

  static Stream<String> orders() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/demo/orders"))) {
      return files
          .map(file -> file.getFileName().toString().replace(".json", ""))
          .filter(name -> !name.equals("index"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("personas")
  void theCardsOfAPersonaAreThoseReviewed(String persona) throws IOException {
    check(HookCall.of("patient-view", persona, record(persona)), persona + "/cards.json");
  }

  @ParameterizedTest
  @MethodSource("orders")
  void theCardsOfAnOrderAreThoseReviewed(String order) throws IOException {
    String persona = personaOf(order);
    HookCall call =
        HookCall.of("order-sign", persona, record(persona))
            .drafts(resources("/demo/orders/" + order + ".json"));
    check(call, persona + "/" + order + ".cards.json");
  }

  /** An order is named after its persona. */
  static String personaOf(String order) {
    return personas()
        .filter(order::startsWith)
        .max(Comparator.comparing(String::length))
        .orElseThrow();
  }

  private void check(HookCall call, String file) throws IOException {
    Http http = new Http(port);
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    JsonNode cards = withoutIds(answer.json(), http.base());
    Path golden = GOLDEN.resolve(file);
    if (UPDATING) {
      Files.createDirectories(golden.getParent());
      Files.writeString(golden, JSON.writeValueAsString(cards) + "\n");
    }
    String hint = file + " differs; if that is intended: " + UPDATE;
    assertThat(golden).as(hint).exists();
    assertThat(JSON.writeValueAsString(cards))
        .as(hint)
        .isEqualTo(JSON.writeValueAsString(JSON.readTree(Files.readString(golden))));
  }

  /** What changes from run to run: ids, and the port. */
  private static JsonNode withoutIds(JsonNode answer, String base) {
    String text = answer.toString().replace(base, "http://localhost");
    for (String uuid : answer.findValuesAsString("uuid")) {
      text = text.replace(uuid, "uuid");
    }
    return JSON.readTree(text);
  }

  static List<Resource> record(String persona) {
    return resources("/demo/personas/" + persona + ".json");
  }

  static List<Resource> resources(String file) {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, read(file))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }

  private static String read(String file) {
    try (InputStream in = PersonasTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
