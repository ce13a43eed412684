package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.util.List;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Where a record can launch the app, each finding has a link to itself there. */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.smart.base-url=https://marg.example.org",
      "marg.smart.ehrs[0].iss=https://record.example.org/fhir",
      "marg.smart.ehrs[0].client-id=marg"
    })
class AppLinkTest {
  @LocalServerPort private int port;

  @Test
  @Conforms({"CH-66", "SM-23"})
  void aCardOpensTheAppOnItsFinding() {
    Bundle record =
        FhirContext.forR4Cached()
            .newJsonParser()
            .parseResource(
                Bundle.class,
                AppLinkTest.class.getResourceAsStream("/demo/personas/renal-failure.json"));
    List<Resource> resources =
        record.getEntry().stream().map(Bundle.BundleEntryComponent::getResource).toList();
    HookCall call = HookCall.of("patient-view", "renal-failure", resources);

    JsonNode answer = call.send(new Http(port)).json();

    assertThat(answer.path("cards").size()).isGreaterThan(1);
    int links = 0;
    for (JsonNode card : answer.path("cards")) {
      for (JsonNode link : card.path("links")) {
        if (link.path("type").asString().equals("smart")) {
          links++;
          assertThat(link.path("url").asString())
              .isEqualTo("https://marg.example.org/smart/launch");
          assertThat(link.path("appContext").asString())
              .matches("[A-Za-z0-9-]{1,64}")
              .isEqualTo(card.path("extension").path("no.marg.statements").get(0).asString());
        } else {
          assertThat(link.has("appContext")).isFalse();
        }
      }
    }
    assertThat(links).isPositive();
    CardRules.check(call.body(), answer);
  }
}
