package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The record read by the service itself gives what the prefetch gives. */
@RunningMarg
class RecordAccessHttpTest {
  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  @ParameterizedTest
  @MethodSource("no.marg.Personas#ids")
  @Conforms("CH-44")
  void prefetchAloneAndRecordAloneGiveTheSameCards(String persona) {
    HookCall call = HookCall.of("patient-view", persona, record(persona));
    JsonNode sent = answer(call);
    call.body().remove("prefetch");
    call.body().put("fhirServer", http.base() + "/demo/fhir");
    assertThat(answer(call)).isEqualTo(sent);
  }

  @Test
  @Conforms({"CH-40", "CH-44"})
  void whatThePrefetchHoldsAndWhatItDoesNotAreJoined() {
    for (String key : HookCall.dataKeys()) {
      HookCall call = HookCall.of("patient-view", "first-relapse", record("first-relapse"));
      JsonNode sent = answer(call);
      // The record's Observations all stand in one key of this prefetch.
      if (List.of("latestObservations", "myelomaHistory", "mmFacts").contains(key)) {
        call.prefetch().remove(List.of("latestObservations", "myelomaHistory", "mmFacts"));
      }
      call.prefetch().remove(key);
      call.body().put("fhirServer", http.base() + "/demo/fhir/");
      assertThat(answer(call)).as(key).isEqualTo(sent);
    }
  }

  private JsonNode answer(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    String text = answer.body();
    for (String uuid : answer.json().findValuesAsString("uuid")) {
      text = text.replace(uuid, "uuid");
    }
    return JsonMapper.shared().readTree(text);
  }

  private static List<Resource> record(String persona) {
    return TestGuideline.FHIR
        .newJsonParser()
        .parseResource(Bundle.class, read("/demo/personas/" + persona + ".json"))
        .getEntry()
        .stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .toList();
  }

  private static String read(String file) {
    try (InputStream in = RecordAccessHttpTest.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
