package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import no.marg.RunningMarg;
import no.marg.ehr.Reading;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.mock.web.MockHttpServletRequest;

@RunningMarg
class DemoLaunchTest {
  @LocalServerPort private int port;
  @Autowired private Launches launches;

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static MockHttpServletRequest with(String cookie) {
    MockHttpServletRequest request = new MockHttpServletRequest();
    String[] parts = cookie.split("[=;]");
    request.setCookies(new jakarta.servlet.http.Cookie(parts[0], parts[1]));
    return request;
  }

  @Test
  void aPersonaOpensAndItsRecordIsRead() throws Exception {
    HttpResponse<String> opened = get("/smart/demo?patient=first-relapse&appContext=REN-2");

    assertThat(opened.statusCode()).isEqualTo(303);
    String page = opened.headers().firstValue("Location").orElseThrow();
    assertThat(page).matches("/smart/app/[A-Za-z0-9_-]{43}");
    String id = page.substring("/smart/app/".length());
    MockHttpServletRequest browser = with(opened.headers().firstValue("Set-Cookie").orElseThrow());
    Launch launch = launches.of(browser, id).orElseThrow();
    assertThat(launch.patientId()).isEqualTo("first-relapse");
    assertThat(launch.appContext()).isEqualTo("REN-2");
    assertThat(launch.demo()).isTrue();
    assertThat(launch.scopes().canWrite("Observation")).isFalse();

    Map<String, Reading> read =
        launches.read(
            browser, launch, Map.of("patient", "Patient/first-relapse"), Duration.ofSeconds(4));
    assertThat(read.get("patient")).isInstanceOf(Reading.Complete.class);

    launches.end(browser, launch);
    assertThat(launches.of(browser, id)).isEmpty();
  }

  @Test
  void anotherBrowserGetsNothing() throws Exception {
    HttpResponse<String> one = get("/smart/demo?patient=first-relapse");
    HttpResponse<String> other = get("/smart/demo?patient=smouldering");
    String id = one.headers().firstValue("Location").orElseThrow().substring(11);

    assertThat(launches.of(with(other.headers().firstValue("Set-Cookie").orElseThrow()), id))
        .isEmpty();
    assertThat(launches.of(new MockHttpServletRequest(), id)).isEmpty();
  }

  /** An app on nobody would say that the guideline has no advice. */
  @Test
  void aPatientWhoIsNotThereIsNotOpened() throws Exception {
    HttpResponse<String> answer = get("/smart/demo?patient=nobody", "Accept-Language", "nb");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("Fant ikke pasienten");
    assertThat(get("/smart/demo?patient=no%20body").statusCode()).isEqualTo(404);
  }

  @Test
  void withoutAPatientItIsSaidWhatIsMissing() throws Exception {
    for (String address : new String[] {"/smart/demo", "/smart/demo?patient="}) {
      HttpResponse<String> answer = get(address, "Accept-Language", "en");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("/smart/demo?patient=");
    }
  }
}
