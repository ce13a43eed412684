package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.PlainJWT;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import no.marg.Conforms;
import no.marg.MargApplication;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole service with authentication on, behind a public URL that is not its own address. */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.access.authentication=true",
      "marg.access.public-url=https://marg.example.org/decisions/",
      "marg.access.allowed-origins=https://app.example.org",
    })
@ExtendWith(OutputCaptureExtension.class)
class AccessHttpTest {
  private static final String PUBLIC = "https://marg.example.org/decisions";
  private static final TestEhr EHR = new TestEhr("ec-1");
  private static final KeyServer KEYS = new KeyServer().serves(EHR.publicKeys());
  private static final KeyServer ELSEWHERE = new KeyServer().serves(EHR.publicKeys());
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @LocalServerPort private int port;
  @Autowired private RefusedCalls refused;
  @Autowired private JdbcClient database;

  @DynamicPropertySource
  static void keys(DynamicPropertyRegistry properties) {
    properties.add("marg.access.clients[0].issuer", () -> TestEhr.ISSUER);
    properties.add("marg.access.clients[0].fhir-servers", () -> "https://ehr.example.org/fhir");
    properties.add("marg.access.clients[1].issuer", () -> "https://operator.example.org");
    properties.add("marg.access.clients[1].admin", () -> "true");
    properties.add("marg.access.clients[0].jwks-url", () -> KEYS.url("/jwks.json"));
    properties.add("marg.access.clients[1].jwks-url", () -> KEYS.url("/jwks.json"));
  }

  @AfterAll
  static void stop() {
    KEYS.close();
    ELSEWHERE.close();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest.Builder post(String path, String body) {
    return to(path)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private static TestEhr.Token token(String path) {
    return EHR.token(PUBLIC + path, Instant.now());
  }

  @Test
  @Conforms({"CH-22", "CH-83"})
  void discoveryNeedsATokenForItsUrl() {
    String path = "/cds-services";
    assertThat(send(to(path)).statusCode()).isEqualTo(401);
    HttpResponse<String> known = send(to(path).header("Authorization", token(path).header()));
    assertThat(known.statusCode()).isEqualTo(200);
    assertThat(known.body()).doesNotContain("ÅPEN DEMO");
    assertThat(send(to("/fhir/metadata")).body()).doesNotContain("OPEN DEMO");
    assertThat(
            send(to(path).header("Authorization", token(path + "/mm-order-sign").header()))
                .statusCode())
        .isEqualTo(401);
  }

  /** Who, when and why, of what is known without believing the token; never a row for each call. */
  @Test
  @Conforms({"CH-88", "CH-91"})
  void refusedTokensAreCountedAndNothingOfThemIsKept() {
    String path = "/cds-services/mm-patient-view";
    TestEhr forger = new TestEhr(EHR.key().getKeyID());
    refused.write();
    long calls = number("select coalesce(sum(calls), 0) from access_refused_call");
    Instant start = Instant.now();
    for (int i = 0; i < 20; i++) {
      String text = "Kari qcanaryq " + i + " " + "x".repeat(3000);
      for (String header :
          List.of(
              forger.token(PUBLIC + path, Instant.now()).with("jti", "qcanaryq " + i).header(),
              EHR.token(PUBLIC + path, Instant.now()).with("iss", text).header(),
              EHR.token(PUBLIC + path, Instant.now()).with("aud", text).header(),
              "Bearer qcanaryq",
              "Basic qcanaryq")) {
        assertThat(
                send(post(path, "{\"hookInstance\":\"qcanaryq\"}").header("Authorization", header))
                    .statusCode())
            .isEqualTo(401);
      }
    }
    refused.write();
    List<Map<String, Object>> rows =
        database.sql("select * from access_refused_call").query().listOfRows();
    assertThat(number("select sum(calls) from access_refused_call")).isEqualTo(calls + 100);
    assertThat(rows.toString()).doesNotContain("qcanaryq", "Kari", "xxx");
    assertThat(rows)
        .extracting(row -> row.get("reason") + " " + row.get("claimed_issuer"))
        .contains(
            "SIGNATURE " + TestEhr.ISSUER, "AUDIENCE " + TestEhr.ISSUER, "ISSUER -", "NO_TOKEN -");
    assertThat(rows).extracting(row -> row.get("area")).contains("CDS_SERVICES");
    assertThat(
            number(
                "select count(*) from access_refused_call where last_call < first_call"
                    + " or first_call < from_hour"))
        .isZero();
    assertThat(
            database
                .sql("select max(last_call) from access_refused_call")
                .query(OffsetDateTime.class)
                .single()
                .toInstant())
        .isAfterOrEqualTo(start.minusSeconds(1));

    // Ten times as many calls are ten times the numbers and not one row more.
    int kinds = rows.size();
    for (int i = 0; i < 200; i++) {
      send(post(path, "{}").header("Authorization", "Bearer x" + i));
    }
    refused.write();
    assertThat(number("select count(*) from access_refused_call")).isLessThanOrEqualTo(2L * kinds);
    assertThat(number("select sum(calls) from access_refused_call")).isEqualTo(calls + 300);
    assertThat(number("select count(*) from hook_call where status = 401")).isZero();
  }

  private long number(String sql) {
    return database.sql(sql).query(Long.class).single();
  }

  /** Path, and whether it answers without a token; posts that get in are refused for their body. */
  @ParameterizedTest
  @Conforms({"CH-22", "CH-79", "CH-80"})
  @CsvSource({
    "POST, /cds-services/mm-patient-view, 400",
    "POST, /cds-services/mm-patient-view/feedback, 400",
    "POST, /cds-services/no-such, 404",
    "POST, /fhir/$guideline-report, 400",
    "POST, /fhir/Measure/mm-iss-known/$evaluate-measure, 400",
    "GET, /fhir/PlanDefinition/vrd-induction, 200",
    "POST, /calendar, 400",
    "GET, /actuator/prometheus, 200",
  })
  void needsAToken(String method, String path, int inside) {
    HttpRequest.Builder bare =
        to(path)
            .header(
                "Content-Type",
                path.startsWith("/fhir") ? "application/fhir+json" : "application/json")
            .method(
                method,
                method.equals("GET")
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString("{}"));
    assertThat(send(bare.copy()).statusCode()).isEqualTo(401);
    assertThat(send(bare.copy().header("Authorization", "Basic YTpi")).statusCode()).isEqualTo(401);
    assertThat(send(bare.copy().header("Authorization", token(path).header())).statusCode())
        .isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/actuator/health",
        "/actuator/health/readiness",
        "/actuator/health/liveness",
        "/fhir/metadata",
        "/guideline/",
        "/guideline/REN-2",
        "/favicon.ico"
      })
  @Conforms("CH-98")
  void needsNoToken(String path) {
    assertThat(send(to(path)).statusCode()).isEqualTo(200);
  }

  @Test
  void aClientOfTheFhirEndPointMayNameItsBase() {
    assertThat(
            send(to("/fhir/PlanDefinition/vrd-induction")
                    .header("Authorization", token("/fhir").header()))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void reportsAreForThoseWhoMayReadThem() {
    String path = "/admin/feedback-report";
    assertThat(send(to(path).header("Authorization", token(path).header())).statusCode())
        .isEqualTo(401);
    assertThat(
            send(to(path)
                    .header(
                        "Authorization",
                        token(path).with("iss", "https://operator.example.org").header()))
                .statusCode())
        .isNotEqualTo(401);
  }

  /** Spellings of a guarded path that a container, a proxy or a framework may read as that path. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%63ds-services",
        "/cds-services/",
        "/cds-services;x=1",
        "//cds-services",
        "/./cds-services",
        "/actuator/../cds-services",
        "/actuator/health/../../cds-services",
        "/actuator/health/%2e%2e/prometheus",
        "/fhir/metadata/../PlanDefinition/vrd-induction",
        "/fhir/metadata/%2e%2e/PlanDefinition/vrd-induction",
        "/fhir;/PlanDefinition/vrd-induction",
        "/guideline/../fhir/PlanDefinition/vrd-induction",
        "/guideline/%2e%2e/fhir/PlanDefinition/vrd-induction",
      })
  @Conforms("CH-80")
  void noSpellingGetsPast(String path) throws IOException {
    try (RawCall raw = new RawCall(port)) {
      raw.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(raw.status()).isIn(400, 401, 404);
    }
  }

  @Test
  @Conforms({"CH-88", "CH-81"})
  void everyFailureLooksTheSame() {
    String path = "/cds-services";
    String used = token(path).header();
    send(to(path).header("Authorization", used));
    List<String> headers =
        List.of(
            "",
            "Bearer",
            "Bearer ",
            "Bearer abc",
            "Basic YTpi",
            used,
            "Bearer " + new PlainJWT(token(path).claims()).serialize(),
            "Bearer " + token(path).signed(JWSAlgorithm.HS256, new byte[48]),
            token(path).with("iss", "https://evil.example.org").header(),
            token(path).with("tenant", "x").header(),
            token(path).with("jti", null).header(),
            token(path).with("exp", java.util.Date.from(Instant.now().minusSeconds(90))).header(),
            token("/other").header(),
            token(path).keyId("unknown").header(),
            token(path).signedWith(new TestEhr("ec-1").key(), JWSAlgorithm.ES384).header(),
            token(path).keyUrl(ELSEWHERE.url("/jwks.json")).header());
    List<String> answers = new ArrayList<>();
    for (String header : headers) {
      HttpRequest.Builder call = to(path);
      if (!header.isEmpty()) {
        call.header("Authorization", header);
      }
      HttpResponse<String> answer = send(call);
      assertThat(answer.statusCode()).as(header).isEqualTo(401);
      Map<String, List<String>> told = new TreeMap<>(answer.headers().map());
      told.remove("date");
      answers.add(answer.body() + told);
    }
    assertThat(answers).containsOnly(answers.get(0));
    HttpResponse<String> one = send(to(path));
    assertThat(one.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    OperationOutcome outcome =
        TestGuideline.FHIR.newJsonParser().parseResource(OperationOutcome.class, one.body());
    assertThat(outcome.getIssueFirstRep().getCode()).isEqualTo(OperationOutcome.IssueType.LOGIN);
  }

  @Test
  @Conforms("CH-84")
  void aKeyUrlThatIsNotRegisteredIsNeverFetched() {
    String path = "/cds-services";
    TestEhr stranger = new TestEhr("stranger");
    ELSEWHERE.serves(stranger.publicKeys());
    for (TestEhr.Token token :
        List.of(
            token(path),
            stranger.token(PUBLIC + path, Instant.now()),
            stranger.token(PUBLIC + path, Instant.now()).with("iss", ELSEWHERE.url("")))) {
      String header = token.keyUrl(ELSEWHERE.url("/jwks.json")).header();
      assertThat(send(to(path).header("Authorization", header)).statusCode()).isEqualTo(401);
    }
    assertThat(ELSEWHERE.requests()).isZero();
  }

  @Test
  @Conforms("CH-86")
  void aTokenCountsForOneCall() {
    String header = token("/cds-services").header();
    assertThat(send(to("/cds-services").header("Authorization", header)).statusCode())
        .isEqualTo(200);
    assertThat(send(to("/cds-services").header("Authorization", header)).statusCode())
        .isEqualTo(401);
  }

  @Test
  @Conforms("CH-83")
  void forwardedHeadersDoNotChangeTheAudience(CapturedOutput log) {
    String header = EHR.token("https://evil.example.org/cds-services", Instant.now()).header();
    assertThat(
            send(to("/cds-services")
                    .header("Authorization", header)
                    .header("X-Forwarded-For", "203.0.113.9")
                    .header("X-Forwarded-Host", "evil.example.org")
                    .header("X-Forwarded-Proto", "https")
                    .header("Forwarded", "host=evil.example.org;proto=https"))
                .statusCode())
        .isEqualTo(401);
    assertThat(log.getOut()).containsPattern("reason=AUDIENCE .* from=[0-9:.]+\\s");
    assertThat(log.getOut()).doesNotContain("203.0.113.9");
  }

  @Test
  @Conforms("CH-90")
  void aPreflightOfAConfiguredOriginNeedsNoToken() {
    for (String path : List.of("/cds-services", "/cds-services/mm-order-sign")) {
      HttpResponse<String> answer = preflight(path, "https://app.example.org");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
          .contains("https://app.example.org");
      assertThat(answer.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
          .contains("authorization", "content-type");
      assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example.org",
        "http://app.example.org",
        "https://app.example.org.evil.example.org",
        "https://app.example.org:8443",
        "null"
      })
  @Conforms("CH-90")
  void aForeignOriginGetsNothing(String origin) {
    HttpResponse<String> preflight = preflight("/cds-services/mm-order-sign", origin);
    assertThat(preflight.statusCode()).isEqualTo(403);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    HttpResponse<String> call =
        send(
            to("/cds-services")
                .header("Origin", origin)
                .header("Authorization", token("/cds-services").header()));
    assertThat(call.statusCode()).isEqualTo(403);
    assertThat(call.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  @Conforms("CH-90")
  void aBrowserCanReadThatItsTokenWasRefused() {
    HttpResponse<String> answer =
        send(to("/cds-services").header("Origin", "https://app.example.org"));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://app.example.org");
  }

  private HttpResponse<String> preflight(String path, String origin) {
    return send(
        to(path)
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type"));
  }
}
