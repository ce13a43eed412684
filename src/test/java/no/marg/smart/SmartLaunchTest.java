package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.Conforms;
import no.marg.ehr.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A record opens the app: from the launch to the app's page. */
@ExtendWith(OutputCaptureExtension.class)
class SmartLaunchTest extends SmartService {
  @Autowired private JdbcClient database;

  @Test
  @Conforms({"SM-1", "SM-4"})
  void aRecordOpensTheAppOnItsPatient() {
    TestBrowser browser = new TestBrowser(app);

    Launch launch = launch(browser, open(browser, EHR));

    assertThat(launch.patientId()).isEqualTo("first-relapse");
    assertThat(launch.fhirBase()).isEqualTo(EHR.iss());
    assertThat(launch.fhirUser()).isEqualTo("Practitioner/lege-1");
    assertThat(launch.demo()).isFalse();
    Map<String, Reading> read =
        launches.read(
            browser.request(),
            launch,
            Map.of("patient", "Patient/first-relapse"),
            Duration.ofSeconds(4));
    assertThat(read.get("patient")).isInstanceOf(Reading.Complete.class);
    assertThat(EHR.last("/fhir/r4/Patient").header("Authorization"))
        .startsWith("Bearer secret-access-");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "iss=ISS",
        "launch=LAUNCH",
        "iss=&launch=LAUNCH",
        "iss=ISS&launch=",
        "iss=ISS&iss=ISS&launch=LAUNCH",
        "iss=ISS&launch=LAUNCH&launch=LAUNCH"
      })
  @Conforms("SM-1")
  void withoutIssAndLaunchNothingIsAsked(String query) {
    HttpResponse<String> answer =
        new TestBrowser(app)
            .get(
                "/smart/launch?"
                    + query
                        .replace("ISS", EHR.iss().toString())
                        .replace("LAUNCH", EHR.launch("first-relapse")));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Appen åpnes fra journalen");
    assertThat(EHR.asked()).isEmpty();
  }

  @Test
  @Conforms("SM-2")
  void aRecordThatIsNotConfiguredIsNotAsked() {
    List<String> strangers =
        List.of(
            STRANGER.iss().toString(),
            EHR.iss() + "/more",
            EHR.origin(),
            EHR.iss().toString().replace("localhost", "localhost@127.0.0.1"),
            EHR.iss() + "%3Fx=1",
            "http://127.0.0.1:" + EHR.iss().getPort() + "/fhir/r4",
            "file:///etc/passwd",
            "javascript:alert(1)");
    for (String iss : strangers) {
      HttpResponse<String> answer =
          new TestBrowser(app).get("/smart/launch?iss=" + iss + "&launch=x");
      assertThat(answer.statusCode()).as(iss).isEqualTo(403);
    }
    assertThat(STRANGER.asked()).isEmpty();
    assertThat(EHR.asked()).isEmpty();
  }

  @Test
  @Conforms({"SM-3", "SM-8", "SM-10", "SM-28"})
  void theAuthorizationRequestIsComplete() {
    String launch = EHR.launch("first-relapse");
    new TestBrowser(app)
        .follow(EHR.address(app, launch) + "&redirect_uri=https://evil.example.org");

    FakeEhr.Asked asked = EHR.last("/auth/authorize");
    assertThat(asked.method()).isEqualTo("GET");
    assertThat(asked.parameters().keySet())
        .isEqualTo(
            Set.of(
                "response_type",
                "client_id",
                "redirect_uri",
                "launch",
                "scope",
                "state",
                "aud",
                "nonce",
                "code_challenge",
                "code_challenge_method"));
    assertThat(asked.parameters())
        .containsEntry("response_type", "code")
        .containsEntry("client_id", "marg-0")
        .containsEntry("redirect_uri", app + "/smart/callback")
        .containsEntry("launch", launch)
        .containsEntry("aud", EHR.iss().toString())
        .containsEntry("code_challenge_method", "S256")
        .containsEntry(
            "scope",
            "launch openid fhirUser online_access patient/Patient.r"
                + " patient/AllergyIntolerance.rs patient/CarePlan.rs patient/Condition.rs"
                + " patient/DiagnosticReport.rs patient/Immunization.rs"
                + " patient/MedicationAdministration.rs patient/MedicationRequest.rs"
                + " patient/MedicationStatement.rs patient/Observation.rs patient/Procedure.rs");
  }

  @Test
  @Conforms({"SM-10", "SM-28"})
  void aServerOfSmartOneIsAskedInItsOwnSyntax() {
    new TestBrowser(app).follow(OLD.launchAddress(app, "first-relapse"));

    assertThat(OLD.last("/auth/authorize").parameters().get("scope"))
        .startsWith("launch openid fhirUser patient/Patient.read patient/AllergyIntolerance.read")
        .doesNotContain(".rs", "online_access", "offline_access");
  }

  @Test
  @Conforms("SM-9")
  void aLongRequestIsAForm() {
    TestBrowser browser = new TestBrowser(app);
    String launch = OLD.launch("l".repeat(2000), Map.of("patient", "first-relapse"));

    HttpResponse<String> page = browser.get(OLD.address(app, launch));

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("form-action https: " + OLD.origin())
        .contains("script-src 'self'")
        .doesNotContain("unsafe-inline");
    assertThat(page.body())
        .contains("method=\"post\" action=\"" + OLD.origin() + "/auth/authorize\"")
        .contains("<script src=\"/smart/launch.js\" defer></script>");
    assertThat(browser.get("/smart/launch.js").body()).contains("submit()");
    // What a browser sends when the form is submitted.
    StringBuilder form = new StringBuilder();
    java.util.regex.Matcher field =
        java.util.regex.Pattern.compile("name=\"([^\"]+)\" value=\"([^\"]*)\"")
            .matcher(page.body());
    while (field.find()) {
      form.append(form.isEmpty() ? "" : "&")
          .append(field.group(1))
          .append('=')
          .append(
              java.net.URLEncoder.encode(
                  org.springframework.web.util.HtmlUtils.htmlUnescape(field.group(2)),
                  java.nio.charset.StandardCharsets.UTF_8));
    }
    HttpResponse<String> back = browser.form(OLD.origin() + "/auth/authorize", form.toString());
    String id = browser.open(back.headers().firstValue("Location").orElseThrow());
    assertThat(launch(browser, id).patientId()).isEqualTo("first-relapse");
    assertThat(OLD.last("/auth/authorize").method()).isEqualTo("POST");
  }

  @Test
  @Conforms({"SM-6", "SM-7"})
  void secretsAreFreshAndLong(CapturedOutput log) {
    Set<String> values = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      TestBrowser browser = new TestBrowser(app);
      open(browser, EHR);
      Map<String, String> asked = EHR.last("/auth/authorize").parameters();
      String verifier = EHR.last("/auth/token").parameters().get("code_verifier");
      // 256 bits each; the fake server has checked that verifier and challenge fit.
      assertThat(verifier).matches("[A-Za-z0-9._~-]{43,128}");
      assertThat(asked.get("state")).matches("[A-Za-z0-9_-]{43}");
      for (String value :
          List.of(verifier, asked.get("state"), asked.get("code_challenge"), asked.get("nonce"))) {
        assertThat(values.add(value)).isTrue();
      }
    }
    values.forEach(value -> assertThat(log.getAll()).doesNotContain(value));
  }

  /** Goes as far as the address of the way back, without going back. */
  private String wayBack(TestBrowser browser, FakeEhr ehr) {
    HttpResponse<String> launched = browser.get(ehr.launchAddress(app, "first-relapse"));
    HttpResponse<String> authorized =
        browser.get(launched.headers().firstValue("Location").orElseThrow());
    return authorized.headers().firstValue("Location").orElseThrow();
  }

  private static void refused(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Innloggingen hører ikke til her");
  }

  @Test
  @Conforms("SM-7")
  void stateIsNeededAndRight() {
    TestBrowser browser = new TestBrowser(app);
    String back = wayBack(browser, EHR);

    refused(browser.get(back.replaceAll("&state=[^&]+", "")));
    refused(browser.get(back.replaceAll("&state=[^&]+", "&state=" + Secrets.random())));
    refused(browser.get(back + "&state=again"));
    assertThat(EHR.asked("/auth/token")).isEmpty();
  }

  @Test
  @Conforms("SM-7")
  void stateIsGoodOnce() {
    TestBrowser browser = new TestBrowser(app);
    String back = wayBack(browser, EHR);

    assertThat(browser.get(back).statusCode()).isEqualTo(303);
    refused(browser.get(back));
    assertThat(EHR.asked("/auth/token")).hasSize(1);
  }

  @Test
  @Conforms("SM-7")
  void stateIsOfOneBrowser() {
    String back = wayBack(new TestBrowser(app), EHR);
    TestBrowser other = new TestBrowser(app);
    open(other, EHR);
    int asked = EHR.asked("/auth/token").size();

    refused(other.get(back));
    refused(new TestBrowser(app).get(back));
    assertThat(EHR.asked("/auth/token")).hasSize(asked);
  }

  @Test
  @Conforms("SM-7")
  void stateIsGoodForTenMinutes() {
    TestBrowser browser = new TestBrowser(app);
    String back = wayBack(browser, EHR);

    TIME.ahead(Duration.ofMinutes(11));

    refused(browser.get(back));
  }

  @ParameterizedTest
  @CsvSource({
    "access_denied, 403, Tilgang ble ikke gitt",
    "invalid_scope, 502, Innloggingen mislyktes",
    "invalid_request, 502, Innloggingen mislyktes",
    "server_error, 502, Innloggingen mislyktes"
  })
  @Conforms({"SM-12", "SM-29"})
  void aRefusalIsToldInPlainWords(String error, int status, String title) {
    EHR.refusing(error, "Nei <script>alert(1)</script> & \"takk\"");
    TestBrowser browser = new TestBrowser(app);

    HttpResponse<String> page = browser.follow(EHR.launchAddress(app, "first-relapse"));

    assertThat(page.statusCode()).isEqualTo(status);
    assertThat(page.body())
        .contains(title, error, "Nei &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;takk&quot;")
        .doesNotContain("<script");
    assertThat(EHR.asked("/auth/authorize")).hasSize(1);
    assertThat(EHR.asked("/auth/token")).isEmpty();
  }

  @Test
  @Conforms("SM-12")
  void aRefusalIsToldInEnglishToo() {
    EHR.refusing("access_denied", "No");

    assertThat(
            new TestBrowser(app, "en-GB,en;q=0.9")
                .follow(EHR.launchAddress(app, "first-relapse"))
                .body())
        .contains("<html lang=\"en\">", "Access was not given", "The record says: <q>No</q>");
  }

  @Test
  @Conforms("SM-29")
  void anErrorThatNobodyAskedForIsNotShown() {
    HttpResponse<String> page =
        new TestBrowser(app)
            .get("/smart/callback?error=access_denied&error_description=Ring-12345678");

    refused(page);
    assertThat(page.body()).doesNotContain("12345678");
  }

  @Test
  @Conforms("SM-29")
  void noParameterSendsTheBrowserElsewhere() {
    TestBrowser browser = new TestBrowser(app);
    String back = wayBack(browser, EHR);

    HttpResponse<String> opened =
        browser.get(back + "&redirect=https://evil.example.org&next=//evil.example.org");

    assertThat(opened.headers().firstValue("Location").orElseThrow())
        .matches("/smart/app/[A-Za-z0-9_-]{43}");
  }

  @Test
  @Conforms("SM-29")
  void theWayBackOfAnotherIssuerIsRefused() {
    TestBrowser browser = new TestBrowser(app);

    refused(browser.get(wayBack(browser, EHR) + "&iss=" + STRANGER.origin()));
    assertThat(EHR.asked("/auth/token")).isEmpty();
  }

  @Test
  @Conforms("SM-5")
  void aRecordWithoutPkceIsNotUsed() {
    HttpResponse<String> page =
        new TestBrowser(app).follow(BROKEN.launchAddress(app, "first-relapse"));

    assertThat(page.statusCode()).isEqualTo(502);
    assertThat(page.body()).contains("Journalen er ikke satt opp for apper");
    assertThat(BROKEN.asked("/auth")).isEmpty();
  }

  @Test
  @Conforms("SM-13")
  void aPublicClientNamesItself() {
    open(new TestBrowser(app), EHR);

    FakeEhr.Asked asked = EHR.last("/auth/token");
    assertThat(asked.method()).isEqualTo("POST");
    assertThat(asked.header("Content-Type")).startsWith("application/x-www-form-urlencoded");
    assertThat(asked.parameters().keySet())
        .isEqualTo(Set.of("grant_type", "code", "redirect_uri", "code_verifier", "client_id"));
    assertThat(asked.parameters())
        .containsEntry("grant_type", "authorization_code")
        .containsEntry("redirect_uri", app + "/smart/callback")
        .containsEntry("client_id", "marg-0");
    assertThat(asked.header("Authorization")).isEmpty();
  }

  @Test
  @Conforms({"SM-17", "SM-6"})
  void noTokenLeavesTheServer(CapturedOutput log) {
    EHR.expiresIn(5);
    TestBrowser browser = new TestBrowser(app);
    String id = open(browser, EHR);
    launches.access(browser.request(), launch(browser, id));
    browser.get("/smart/styles/" + id);
    browser.post("/smart/end/" + id);

    assertThat(EHR.asked("/auth/token")).hasSize(2);
    String shown = browser.seen() + "" + browser.addresses() + browser.cookies();
    for (String secret :
        List.of(
            "secret-access",
            "secret-refresh",
            "eyJ",
            EHR.asked("/auth/token").get(0).parameters().get("code_verifier"))) {
      assertThat(shown).doesNotContain(secret);
      assertThat(log.getAll()).doesNotContain(secret);
    }
    assertThat(log.getAll()).contains("launch iss=" + EHR.iss()).doesNotContain("first-relapse");
  }

  @Test
  @Conforms("SM-17")
  void noTokenStandsReadableInTheDatabase() {
    TestBrowser browser = new TestBrowser(app);
    String id = open(browser, EHR);

    List<Map<String, Object>> rows =
        database.sql("SELECT * FROM smart_launch").query().listOfRows();

    assertThat(rows).isNotEmpty();
    for (Map<String, Object> row : rows) {
      assertThat(row.toString())
          .doesNotContain("secret-", "first-relapse", id, browser.cookies().toString());
    }
    assertThat(database.sql("SELECT content FROM smart_launch").query(String.class).list())
        .allMatch(content -> content.startsWith("eyJ") && content.split("\\.").length == 5);
  }

  @Test
  @Conforms({"SM-30", "SM-17"})
  void twoLaunchesOfOneBrowserStayApart() {
    TestBrowser browser = new TestBrowser(app);
    String first = browser.open(EHR.launchAddress(app, "first-relapse"));
    String second = browser.open(EHR.launchAddress(app, "smouldering"));

    assertThat(browser.cookies()).hasSize(1);
    assertThat(launch(browser, first).patientId()).isEqualTo("first-relapse");
    assertThat(launch(browser, second).patientId()).isEqualTo("smouldering");
    launches.end(browser.request(), launch(browser, second));
    assertThat(launches.of(browser.request(), second)).isEmpty();
    assertThat(launch(browser, first).patientId()).isEqualTo("first-relapse");
    assertThat(new HashSet<>(List.of(first, second))).hasSize(2);
  }

  @Test
  @Conforms("SM-30")
  void aLaunchIsOfOneBrowser() {
    TestBrowser browser = new TestBrowser(app);
    TestBrowser other = new TestBrowser(app);
    String id = open(browser, EHR);
    open(other, EHR);

    assertThat(launches.of(other.request(), id)).isEmpty();
    assertThat(launches.of(new TestBrowser(app).request(), id)).isEmpty();
    assertThat(launches.of(browser.request(), "../" + id)).isEmpty();
    // Nobody can end what is another's.
    other.post("/smart/end/" + id);
    assertThat(launches.of(browser.request(), id)).isPresent();
  }

  @Test
  @Conforms("SM-31")
  void inAWindowTheCookieIsForThisSiteAlone() {
    HttpResponse<String> launched =
        new TestBrowser(app).get(EHR.launchAddress(app, "first-relapse"));

    assertThat(launched.headers().firstValue("Set-Cookie").orElseThrow())
        .contains("HttpOnly", "SameSite=Lax", "Path=/")
        .doesNotContain("Max-Age", "Expires", "Domain");
  }

  @Test
  @Conforms({"SM-32", "SM-17"})
  void whoLeavesTheAppLeavesNoToken() {
    TestBrowser browser = new TestBrowser(app);
    String id = open(browser, EHR);

    HttpResponse<String> page = browser.post("/smart/end/" + id);

    assertThat(page.body()).contains("Du har avsluttet appen");
    assertThat(launches.of(browser.request(), id)).isEmpty();
    assertThat(EHR.asked("/auth/revoke"))
        .extracting(asked -> asked.parameters().get("token").replaceAll("-\\d+$", ""))
        .containsExactly("secret-refresh", "secret-access");
  }

  @Test
  @Conforms("SM-32")
  void anUnusedLaunchEndsAndAUsedOneEndsLater() {
    TestBrowser browser = new TestBrowser(app);
    String unused = open(browser, EHR);
    String used = open(browser, EHR);

    TIME.ahead(Duration.ofMinutes(29));
    assertThat(launches.of(browser.request(), used)).isPresent();
    TIME.ahead(Duration.ofMinutes(31));
    assertThat(launches.of(browser.request(), used)).isPresent();
    assertThat(launches.of(browser.request(), unused)).isEmpty();

    for (int minutes = 31; minutes < 12 * 60; minutes += 20) {
      TIME.ahead(Duration.ofMinutes(minutes));
      assertThat(launches.of(browser.request(), used)).isPresent();
    }
    TIME.ahead(Duration.ofHours(12).plusMinutes(1));
    assertThat(launches.of(browser.request(), used)).isEmpty();
    assertThat(
            database
                .sql("SELECT COUNT(*) FROM smart_launch WHERE id_hash IN (?, ?)")
                .params(Secrets.hash(unused), Secrets.hash(used))
                .query(Integer.class)
                .single())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/smart/launch", "/smart/callback?state=x", "/smart/launch.css", "/smart/none"})
  @Conforms({"SM-35", "SM-31"})
  void everythingUnderSmartHasStrictHeaders(String address) {
    HttpResponse<String> answer = new TestBrowser(app).get(address);

    assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe", "http:", "https:", "*");
    assertThat(answer.headers().firstValue("Cache-Control").orElseThrow()).contains("no-store");
    assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
  }

  @Test
  @Conforms("SM-35")
  void noAddressOrTitleNamesThePatient() {
    TestBrowser browser = new TestBrowser(app);
    open(browser, EHR);

    for (URI address : browser.addresses()) {
      assertThat(address.toString()).doesNotContain("first-relapse");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site, cross-site",
    "Sec-Fetch-Site, same-site",
    "Origin, https://x.example"
  })
  void anotherSitesPageCanNotEndALaunch(String header, String value) {
    TestBrowser browser = new TestBrowser(app);
    String id = open(browser, EHR);

    assertThat(browser.post("/smart/end/" + id, header, value).statusCode()).isEqualTo(403);
    assertThat(launches.of(browser.request(), id)).isPresent();
    assertThat(browser.post("/smart/end/" + id, "Sec-Fetch-Site", "same-origin").statusCode())
        .isEqualTo(200);
  }

  @Test
  @Conforms("SM-34")
  void onlyAUsersGrantsAreAskedFor() {
    EHR.expiresIn(5);
    TestBrowser browser = new TestBrowser(app);
    Launch launch = launch(browser, open(browser, EHR));
    launches.access(browser.request(), launch);

    assertThat(EHR.asked("/auth/token"))
        .extracting(asked -> asked.parameters().get("grant_type"))
        .containsExactly("authorization_code", "refresh_token");
    assertThat(EHR.last("/auth/authorize").parameters().get("scope")).doesNotContain("system/");
  }
}
