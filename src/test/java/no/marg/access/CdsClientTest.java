package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import no.marg.Conforms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

class CdsClientTest {
  private static final CdsClient CLIENT =
      new CdsClient(
          "https://ehr.example.org",
          null,
          List.of(
              URI.create("https://ehr.example.org/fhir"), URI.create("https://two.example.org/")),
          false);

  @Conforms("CH-36")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/fhir/",
        "https://EHR.example.org:443/fhir",
        "https://ehr.example.org./fhir",
        "HTTPS://ehr.example.org/fhir/Patient/1",
        "https://ehr.example.org/fhir?_getpages=abc",
        "https://ehr.example.org/fhir/Observation?code=http%3A%2F%2Floinc.org%7C1",
        "https://two.example.org",
        "https://two.example.org/any/path",
      })
  void mayBeAsked(String url) {
    assertThat(CLIENT.allowsFhirServer(URI.create(url))).isTrue();
  }

  @Conforms("CH-36")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://ehr.example.org/fhir",
        "https://ehr.example.org:8443/fhir",
        "https://ehr.example.org",
        "https://ehr.example.org/fhirother",
        "https://ehr.example.org/FHIR",
        "https://ehr.example.org/fhir/../admin",
        "https://ehr.example.org/fhir/%2e%2e/admin",
        "https://ehr.example.org/fhir/..%2fadmin",
        "https://ehr.example.org/fhir/.%252e/admin",
        "https://ehr.example.org/fhir/..;/admin",
        "https://ehr.example.org/fhir//admin",
        "https://ehr.example.org/fhir/%5c..%5cadmin",
        "https://ehr.example.org/fhir#@evil.example.org",
        "https://ehr.example.org@evil.example.org/fhir",
        "https://ehr.example.org.evil.example.org/fhir",
        "https://evil.example.org/fhir",
        "https://user@ehr.example.org/fhir",
        "//ehr.example.org/fhir",
        "/fhir",
        "file:///etc/passwd",
        "ftp://ehr.example.org/fhir",
        "mailto:a@ehr.example.org",
        "https://a_b/fhir",
      })
  void isNeverAsked(String url) {
    assertThat(CLIENT.allowsFhirServer(URI.create(url))).isFalse();
  }

  @Test
  void anAllowedServerIsAnUnambiguousBaseUrl() {
    for (String url : List.of("fhir", "https://ehr/fhir?x=1", "https://ehr/a/../b")) {
      assertThatThrownBy(() -> new CdsClient("i", null, List.of(URI.create(url)), false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(url);
    }
  }

  @Test
  void aCallThatPassedNoFilterHasNoClient() {
    assertThatThrownBy(() -> CdsClient.of(new MockHttpServletRequest()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theClientOfACallIsTheOneThatWasAttached() {
    MockHttpServletRequest call = new MockHttpServletRequest();
    CLIENT.attachTo(call);
    assertThat(CdsClient.of(call)).isEqualTo(CLIENT);
  }
}
