package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.Bundle;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * As it comes, no proxy is trusted: what a caller writes about its own way here changes nothing.
 */
@RunningMarg
class ForwardedHeadersTest {
  /** What a proxy says of a call, here said by the caller. */
  static final String[] FORGED = {
    "X-Forwarded-For", "203.0.113.9",
    "X-Forwarded-Host", "evil.example.org",
    "X-Forwarded-Port", "8443",
    "X-Forwarded-Proto", "https",
    "X-Forwarded-Prefix", "/evil",
    "Forwarded", "for=203.0.113.9;host=evil.example.org;proto=https"
  };

  @LocalServerPort private int port;

  @Test
  void cardsAndArtifactsLinkToTheAddressThatWasCalled() {
    Http http = new Http(port);
    assertThat(cardSource(http, FORGED)).startsWith(http.base() + "/guideline/");
    assertThat(artifactUrl(http, FORGED)).startsWith(http.base() + "/fhir/");
  }

  /** {@code source.url} of the first card on an order. */
  static String cardSource(Http http, String... headers) {
    TestRecord patient = TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
    String body =
        HookCall.of("order-sign", "p1", patient.resources())
            .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")))
            .body()
            .toString();
    Http.Answer answer = http.post("/cds-services/mm-order-sign", body, Http.JSON, headers);
    assertThat(answer.status()).isEqualTo(200);
    return answer.json().at("/cards/0/source/url").asString();
  }

  /** {@code fullUrl} of the first artifact that a search finds. */
  static String artifactUrl(Http http, String... headers) {
    Bundle found = http.get("/fhir/CodeSystem", headers).as(Bundle.class);
    assertThat(found.getLink("self").getUrl()).contains("/fhir/CodeSystem");
    return found.getEntryFirstRep().getFullUrl();
  }
}
