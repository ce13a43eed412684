package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.ehr.Reading;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes with the token: who, which patient, which rights. */
class TokenResponseTest extends SmartService {
  private HttpResponse<String> launched() {
    return new TestBrowser(app).follow(EHR.launchAddress(app, "first-relapse"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"access_token", "token_type", "scope"})
  @Conforms("SM-18")
  void whatIsRequiredMustBeThere(String name) {
    EHR.tokenResponse(
        answer -> {
          answer.remove(name);
          return answer;
        });

    HttpResponse<String> page = launched();

    assertThat(page.statusCode()).isEqualTo(502);
    assertThat(page.body()).contains("Innloggingen mislyktes");
  }

  @ParameterizedTest
  @CsvSource({"Bearer, 303", "bearer, 303", "BEARER, 303", "mac, 502"})
  @Conforms("SM-18")
  void theTokenIsABearerToken(String type, int status) {
    EHR.tokenResponse(
        answer -> {
          answer.put("token_type", type);
          return answer;
        });

    assertThat(launched().statusCode()).isEqualTo(status);
  }

  @Test
  @Conforms("SM-18")
  void aTokenWithoutEndIsUsedUntilItIsRefused() {
    EHR.tokenResponse(
        answer -> {
          answer.remove("expires_in");
          return answer;
        });
    TestBrowser browser = new TestBrowser(app);
    Launch launch = launch(browser, open(browser, EHR));

    assertThat(launches.access(browser.request(), launch).token()).startsWith("secret-access");
    assertThat(EHR.asked("/auth/token")).hasSize(1);
  }

  @Test
  @Conforms("SM-19")
  void withoutAPatientNothingIsGuessed() {
    for (Object patient : List.of("", "a/b", "Patient/1", "x".repeat(65), 7)) {
      HttpResponse<String> page =
          new TestBrowser(app).follow(EHR.launchAddress(app, Map.of("patient", patient)));
      assertThat(page.statusCode()).as(patient.toString()).isEqualTo(400);
      assertThat(page.body()).contains("Ingen pasient er valgt");
    }
    assertThat(new TestBrowser(app).follow(EHR.launchAddress(app, Map.of())).body())
        .contains("Ingen pasient er valgt");
    assertThat(EHR.asked("/fhir/r4/Patient")).isEmpty();
  }

  private Launch with(Map<String, Object> more) {
    Map<String, Object> context = new LinkedHashMap<>(more);
    context.put("patient", "first-relapse");
    TestBrowser browser = new TestBrowser(app);
    return launch(browser, browser.open(EHR.launchAddress(app, context)));
  }

  @Test
  @Conforms({"SM-19", "SM-20", "SM-22"})
  void theContextIsRead() {
    Launch bare = with(Map.of());
    assertThat(bare.encounterId()).isNull();
    assertThat(bare.intent()).isNull();
    assertThat(bare.needPatientBanner()).isTrue();
    assertThat(bare.appContext()).isNull();

    Launch full =
        with(
            Map.of(
                "encounter",
                "enc-1",
                "fhirContext",
                List.of(Map.of("reference", "ImagingStudy/1")),
                "need_patient_banner",
                false,
                "intent",
                "summary",
                "tenant",
                "t1",
                "appContext",
                "REN-2"));
    assertThat(full.encounterId()).isEqualTo("enc-1");
    assertThat(full.needPatientBanner()).isFalse();
    assertThat(full.intent()).isEqualTo("summary");
    assertThat(full.appContext()).isEqualTo("REN-2");

    assertThat(with(Map.of("need_patient_banner", true)).needPatientBanner()).isTrue();
    assertThat(with(Map.of("need_patient_banner", "no")).needPatientBanner()).isTrue();
    assertThat(with(Map.of("encounter", "../../x")).encounterId()).isNull();
  }

  @Test
  @Conforms("SM-23")
  void aDamagedAppContextIsIgnored() {
    for (Object damaged :
        List.of(
            "",
            "<script>alert(1)</script>",
            "{\"patient\":\"smouldering\"}",
            "Patient/smouldering",
            "x".repeat(65),
            42,
            Map.of("finding", "REN-2"))) {
      Launch launch = with(Map.of("appContext", damaged));
      assertThat(launch.appContext()).as(damaged.toString()).isNull();
      assertThat(launch.patientId()).isEqualTo("first-relapse");
    }
  }

  @TestFactory
  @Conforms("SM-24")
  Stream<DynamicTest> anIdentityTokenIsChecked() {
    long now = System.currentTimeMillis();
    Map<String, Consumer<JWTClaimsSet.Builder>> wrong = new LinkedHashMap<>();
    wrong.put("issuer", claims -> claims.issuer(STRANGER.origin()));
    wrong.put("no issuer", claims -> claims.issuer(null));
    wrong.put("audience", claims -> claims.audience("marg-1"));
    wrong.put("no audience", claims -> claims.audience((String) null));
    wrong.put("expired", claims -> claims.expirationTime(new Date(now - 120_000)));
    wrong.put("no end", claims -> claims.expirationTime(null));
    wrong.put("of tomorrow", claims -> claims.issueTime(new Date(now + 86_400_000)));
    wrong.put("no issue time", claims -> claims.issueTime(null));
    wrong.put("nonce", claims -> claims.claim("nonce", "another"));
    wrong.put("no nonce", claims -> claims.claim("nonce", null));
    wrong.put("no subject", claims -> claims.subject(null));
    return wrong.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      EHR.idToken(each.getValue());
                      unconfirmed();
                    }));
  }

  private void unconfirmed() {
    HttpResponse<String> page = launched();
    assertThat(page.statusCode()).isEqualTo(403);
    assertThat(page.body()).contains("Brukeren kunne ikke bekreftes");
  }

  @Test
  @Conforms("SM-24")
  void anIdentityTokenIsSignedByTheIssuer() throws Exception {
    EHR.idTokenSignedWith(new RSAKeyGenerator(2048).keyID("ehr-1").generate());
    unconfirmed();
  }

  @Test
  @Conforms("SM-24")
  void anIdentityTokenIsNeededWhereItWasGranted() {
    for (String token : List.of("", "rubbish", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.")) {
      EHR.tokenResponse(
          answer -> {
            answer.put("id_token", token);
            return answer;
          });
      unconfirmed();
    }
    EHR.tokenResponse(
        answer -> {
          answer.remove("id_token");
          return answer;
        });
    unconfirmed();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "Practitioner/lege-1, Practitioner/lege-1",
        "PractitionerRole/r1, PractitionerRole/r1",
        "Patient/p1, Patient/p1",
        "RelatedPerson/p1, RelatedPerson/p1",
        "Person/p1, Person/p1",
        "BASE/Practitioner/lege-1, Practitioner/lege-1",
        "https://elsewhere.example/fhir/Practitioner/1,"
            + " https://elsewhere.example/fhir/Practitioner/1",
        "Device/1, -",
        "Practitioner/../x, -",
        "javascript:alert(1), -"
      })
  @Conforms("SM-25")
  void whoUsesTheAppIsKnown(String claim, String user) {
    EHR.idToken(claims -> claims.claim("fhirUser", claim.replace("BASE", EHR.iss().toString())));

    assertThat(with(Map.of()).fhirUser()).isEqualTo(user);
    assertThat(EHR.asked("/fhir/r4/Pr")).isEmpty();
  }

  @Test
  @Conforms("SM-11")
  void whatWasGrantedCountsAndTheRestIsNamed() {
    EHR.granting(scope -> "launch patient/Patient.r patient/Observation.rs?category=laboratory");
    TestBrowser browser = new TestBrowser(app);
    Launch launch = launch(browser, open(browser, EHR));

    assertThat(launch.fhirUser()).isNull();
    assertThat(launch.scopes().notWhollyReadable(List.of("Patient", "Observation", "Condition")))
        .containsExactly("Observation", "Condition");
    Map<String, Reading> read =
        launches.read(
            browser.request(),
            launch,
            Map.of(
                "patient", "Patient/first-relapse",
                "observations", "Observation?patient=first-relapse",
                "conditions", "Condition?patient=first-relapse"),
            Duration.ofSeconds(4));
    assertThat(read.get("patient")).isInstanceOf(Reading.Complete.class);
    assertThat(read.get("conditions")).isEqualTo(new Reading.NotRead(Reading.Reason.DENIED));
    assertThat(EHR.asked("/fhir/r4/Condition")).isEmpty();
    // A part of a type is never taken for all of it.
    assertThat(read.get("observations")).isInstanceOf(Reading.Partial.class);
  }

  @Test
  @Conforms("SM-21")
  void theRecordsStylesAreUsedAsFarAsTheyAreSafe() {
    EHR.styles(
        Map.of(
            "color_text", "#112233",
            "color_background", "red; background: url(https://evil.example)",
            "dim_font_size", "14px",
            "dim_spacing_size", "expression(alert(1))",
            "font_family_body", "Georgia, Times",
            "unknown", "#000000"));
    TestBrowser browser = new TestBrowser(app);
    String id =
        browser.open(
            EHR.launchAddress(
                app, Map.of("patient", "first-relapse", "smart_style_url", EHR.iss() + "/styles")));

    assertThat(browser.get("/smart/styles/" + id).body())
        .isEqualTo(
            """
            :root {
              --record-color-text: #112233;
              --record-dim-font-size: 14px;
              --record-font-family-body: Georgia, Times;
            }
            """);
    assertThat(EHR.last("/fhir/r4/styles").header("Authorization")).isEmpty();
  }

  @Test
  @Conforms("SM-21")
  void stylesOfAnotherHostAreNotFetched() {
    TestBrowser browser = new TestBrowser(app);
    String id =
        browser.open(
            EHR.launchAddress(
                app,
                Map.of("patient", "first-relapse", "smart_style_url", STRANGER.iss() + "/styles")));

    assertThat(browser.get("/smart/styles/" + id).body()).isEqualTo(":root {\n}\n");
    assertThat(STRANGER.asked()).isEmpty();
  }
}
