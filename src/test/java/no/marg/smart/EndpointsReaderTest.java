package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import no.marg.Conforms;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EndpointsReaderTest {
  private static final FakeEhr EHR = FakeEhr.start();

  private final EndpointsReader reader =
      new EndpointsReader(new Outbound(Duration.ofMillis(600)), new WallClock(Clock.systemUTC()));

  @AfterAll
  static void stop() {
    EHR.close();
  }

  @BeforeEach
  void behave() {
    EHR.behave();
  }

  private static void change(String name, Object value) {
    EHR.configuration(
        found -> {
          if (value == null) {
            found.remove(name);
          } else {
            found.put(name, value);
          }
          return found;
        });
  }

  private void unsuitable(String name) {
    assertThatThrownBy(() -> reader.of(EHR.iss()))
        .isInstanceOfSatisfying(
            SmartException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNSUITABLE))
        .hasMessageContaining(name);
  }

  @Test
  @Conforms("SM-4")
  void thePathIsAppendedToTheBase() {
    assertThat(reader.of(EHR.iss()).token()).isEqualTo(URI.create(EHR.origin() + "/auth/token"));
    assertThat(EHR.asked()).hasSize(1);
    assertThat(EHR.asked().get(0).path()).isEqualTo("/fhir/r4/.well-known/smart-configuration");
    assertThat(EHR.asked().get(0).header("Accept")).isEqualTo("application/json");
  }

  @Test
  void theAnswerIsKeptForAWhile() {
    reader.of(EHR.iss());
    reader.of(EHR.iss());

    assertThat(EHR.asked()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "oauth/token, /fhir/r4/oauth/token",
    "/oauth/token, /oauth/token",
    "../token, /fhir/token"
  })
  @Conforms("SM-4")
  void relativeAddressesAreUnderTheBase(String given, String path) {
    change("token_endpoint", given);

    assertThat(reader.of(EHR.iss()).token()).isEqualTo(URI.create(EHR.origin() + path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "token_endpoint",
        "authorization_endpoint",
        "capabilities",
        "grant_types_supported",
        "code_challenge_methods_supported"
      })
  @Conforms("SM-5")
  void whatIsRequiredMustBeThere(String name) {
    change(name, null);
    unsuitable(name);
    change(name, 7);
    unsuitable(name);
  }

  @Test
  @Conforms("SM-5")
  void plainPkceIsNotEnough() {
    change("code_challenge_methods_supported", List.of("plain"));
    unsuitable("S256");
    change("grant_types_supported", List.of("client_credentials"));
    unsuitable("authorization_code");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://user@localhost/token",
        "http://localhost/token#x",
        "http://[bad"
      })
  @Conforms("SM-5")
  void addressesThatCanNotBeUsedAreRefused(String address) {
    change("token_endpoint", address);
    unsuitable("token_endpoint");
  }

  @Test
  void aServerThatDoesNotAnswerInTimeIsUnreachable() {
    for (URI iss :
        List.of(URI.create(EHR.origin() + "/other"), URI.create("http://localhost:1/fhir"))) {
      assertThatThrownBy(() -> reader.of(iss))
          .isInstanceOfSatisfying(
              SmartException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNREACHABLE));
    }
  }

  @Test
  @Conforms({"SM-10", "SM-28"})
  void scopesFollowWhatTheServerKnows() {
    SmartSettings.Ehr ehr = ehr(List.of(), true);
    assertThat(wish(ehr, "permission-v2", "permission-online"))
        .contains("patient/Observation.rs", "online_access");
    assertThat(wish(ehr)).contains("patient/Observation.rs").doesNotContain("online_access");
    assertThat(wish(ehr, "permission-v1", "permission-v2")).contains("patient/Observation.rs");
    assertThat(wish(ehr, "permission-v1"))
        .contains("patient/Observation.read")
        .doesNotContain("patient/Observation.rs");
    assertThat(wish(ehr(List.of(), false), "permission-online")).doesNotContain("online_access");
    assertThat(wish(ehr(List.of("launch", "patient/*.rs"), true), "permission-online"))
        .containsExactly("launch", "patient/*.rs");
  }

  @Test
  @Conforms("SM-10")
  void writingIsAskedForWhereItIsConfigured() {
    SmartSettings.Ehr ehr = ehr(List.of(), false, "MedicationRequest", "QuestionnaireResponse");

    assertThat(wish(ehr))
        .contains(
            "patient/MedicationRequest.crs",
            "patient/QuestionnaireResponse.c",
            "patient/Observation.rs")
        .doesNotContain("patient/MedicationRequest.rs");
    assertThat(wish(ehr, "permission-v1"))
        .contains(
            "patient/MedicationRequest.read",
            "patient/MedicationRequest.write",
            "patient/QuestionnaireResponse.write")
        .doesNotContain("patient/Observation.write", "patient/QuestionnaireResponse.read");
    assertThat(wish(ehr(List.of(), false)))
        .allMatch(scope -> !scope.contains("/") || scope.matches("patient/[A-Za-z]+\\.rs?"));
  }

  private static SmartSettings.Ehr ehr(List<String> scopes, boolean renew, String... write) {
    return new SmartSettings.Ehr(
        EHR.iss(),
        "marg",
        SmartSettings.Kind.PUBLIC,
        SmartSettings.Signing.ES384,
        scopes,
        List.of(write),
        renew,
        List.of());
  }

  private static List<String> wish(SmartSettings.Ehr ehr, String... capabilities) {
    return ScopeWish.of(
        ehr,
        new Endpoints(
            EHR.iss(), EHR.iss(), null, null, null, java.util.Set.copyOf(List.of(capabilities))));
  }

  @ParameterizedTest
  @CsvSource({
    "color_background, #f5f0e8, #f5f0e8",
    "color_background, #000, ",
    "color_background, #777777, ",
    "color_text, #222, #222",
    "color_text, #ffffff, ",
    "color_text, #aaaaaa, ",
    "color_highlight, #7b1fa2, #7b1fa2",
    "color_highlight, #ffee00, ",
    "dim_font_size, 14px, 14px",
    "dim_font_size, 1.25rem, 1.25rem",
    "dim_font_size, 2px, ",
    "dim_font_size, 99rem, ",
    "font_family_body, Georgia, Georgia",
    "font_family_body, url(x), "
  })
  @Conforms("SM-21")
  void noStyleMakesAdviceHardToRead(String name, String value, @Nullable String used) {
    JsonNode given = JsonMapper.builder().build().valueToTree(Map.of(name, value));
    assertThat(Styles.checked(given).get(name)).isEqualTo(used);
  }

  @Test
  @Conforms("SM-21")
  void textAndBackgroundOfARecordAreReadableTogether() {
    JsonNode given =
        JsonMapper.builder()
            .build()
            .valueToTree(Map.of("color_background", "#c8d2dc", "color_text", "#6b6b6b"));
    assertThat(Styles.checked(given)).containsOnlyKeys("color_background");
  }

  @Test
  @Conforms("SM-21")
  void styleNamesAreThoseOfTheSpecification() {
    assertThat(Styles.css(Map.of("color_text", "#123456", "dim_border_radius", "2px")))
        .isEqualTo(
            ":root {\n  --record-color-text: #123456;\n  --record-dim-border-radius: 2px;\n}\n");
  }
}
