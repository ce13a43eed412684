package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The record of the tests takes and refuses what a strict one would, so that they prove something.
 */
class FakeEhrTest extends SmartService {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String FACT =
      "{'fullUrl':'urn:uuid:%s','resource':{'resourceType':'Observation','status':'final',"
          + "'identifier':[{'system':'https://a.example','value':'%s'}],"
          + "'subject':{'reference':'Patient/first-relapse'}},'request':{'method':'POST',"
          + "'url':'Observation','ifNoneExist':'identifier=https://a.example|%s'}}";

  private String token;

  @BeforeEach
  void signIn() {
    EHR.granting(scope -> scope + " patient/Observation.crs");
    TestBrowser browser = new TestBrowser(app);
    Launch launch = launch(browser, open(browser, EHR));
    token = launches.access(browser.request(), launch).token();
  }

  private static String fact(String address, String mark) {
    return FACT.formatted(address, mark, mark);
  }

  private HttpRequest.Builder request(String... entries) {
    String bundle =
        "{'resourceType':'Bundle','type':'transaction','entry':["
            + String.join(",", entries)
            + "]}";
    return HttpRequest.newBuilder(EHR.iss())
        .header("Authorization", "Bearer " + token)
        .POST(HttpRequest.BodyPublishers.ofString(bundle.replace('\'', '"')));
  }

  private HttpResponse<String> post(String... entries) throws Exception {
    return CLIENT.send(request(entries).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void whatIsWrittenIsFoundAndTheSameMarkIsTakenOnce() throws Exception {
    assertThat(post(fact("1", "a"), fact("2", "b")).body()).contains("201 Created");
    assertThat(post(fact("1", "a"), fact("2", "b")).body()).doesNotContain("201 Created");

    assertThat(EHR.stored("Observation")).hasSize(2);
    URI one =
        URI.create(
            EHR.iss() + "/Observation/" + EHR.stored("Observation").get(0).path("id").asString());
    HttpResponse<String> read =
        CLIENT.send(
            HttpRequest.newBuilder(one).header("Authorization", "Bearer " + token).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(read.statusCode()).isEqualTo(200);
  }

  @Test
  void aTransactionIsTakenWholeOrNotAtAll() throws Exception {
    assertThat(
            post(fact("1", "a"), fact("2", "b").replace("'Observation'", "'Condition'"))
                .statusCode())
        .isEqualTo(403);
    assertThat(post(fact("1", "a"), fact("2", "b").replace("first-", "other-")).statusCode())
        .isEqualTo(403);
    assertThat(post(fact("1", "a"), fact("1", "b")).statusCode()).isEqualTo(400);
    assertThat(EHR.stored("Observation")).isEmpty();
    assertThat(EHR.transactions()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 422, 500, 503})
  void whatItIsToldToAnswerIsAnswered(int status) throws Exception {
    EHR.writesEnd(false, status);
    assertThat(post(fact("1", "a")).statusCode()).isEqualTo(status);
    assertThat(EHR.stored("Observation")).isEmpty();
    EHR.writesEnd(true, status);
    assertThat(post(fact("1", "a")).statusCode()).isEqualTo(status);
    assertThat(EHR.stored("Observation")).hasSize(1);
  }

  @Test
  void aTokenCanEndAtAWrite() throws Exception {
    EHR.tokensEndAtWrite(1);
    assertThat(post(fact("1", "a")).statusCode()).isEqualTo(401);
    assertThat(EHR.stored("Observation")).isEmpty();
  }

  @Test
  void itCanKeepTheCallerWaiting() {
    EHR.writesEnd(true, 0);
    assertThat(
            CLIENT
                .sendAsync(
                    request(fact("1", "a")).timeout(Duration.ofSeconds(1)).build(),
                    HttpResponse.BodyHandlers.ofString())
                .handle((answer, problem) -> problem != null)
                .join())
        .isTrue();
    assertThat(EHR.stored("Observation")).hasSize(1);
  }
}
