package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import no.marg.Conforms;
import no.marg.ehr.EhrAccess;
import no.marg.ehr.Reading;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that end while the app is open, and records that do not give what is asked for. */
class RenewalTest extends SmartService {
  private static final Map<String, String> PATIENT = Map.of("patient", "Patient/first-relapse");

  private final TestBrowser browser = new TestBrowser(app);

  private Map<String, Reading> read(Launch launch, Map<String, String> queries) {
    return launches.read(browser.request(), launch, queries, Duration.ofSeconds(4));
  }

  @Test
  @Conforms("SM-27")
  void aTokenIsRenewedBeforeItEnds() {
    EHR.expiresIn(5);
    Launch launch = launch(browser, open(browser, EHR));
    EHR.expiresIn(3600);

    EhrAccess first = launches.access(browser.request(), launch);
    EhrAccess second = launches.access(browser.request(), launch);

    assertThat(second.token()).isEqualTo(first.token());
    assertThat(EHR.asked("/auth/token")).hasSize(2);
    FakeEhr.Asked asked = EHR.last("/auth/token");
    assertThat(asked.parameters().get("grant_type")).isEqualTo("refresh_token");
    assertThat(asked.parameters()).doesNotContainKey("scope");
    assertThat(read(launch, PATIENT).get("patient")).isInstanceOf(Reading.Complete.class);
  }

  @Test
  @Conforms("SM-27")
  void aRefusedTokenIsRenewedOnce() {
    Launch launch = launch(browser, open(browser, EHR));
    EHR.expireTokens();

    assertThat(read(launch, PATIENT).get("patient")).isInstanceOf(Reading.Complete.class);
    assertThat(EHR.asked("/auth/token")).hasSize(2);
    assertThat(EHR.asked("/fhir/r4/Patient")).hasSize(2);
  }

  @Test
  @Conforms("SM-27")
  void aTokenThatIsRefusedAgainEndsTheLaunch() {
    String id = open(browser, EHR);
    Launch launch = launch(browser, id);
    EHR.expireTokens();
    EHR.tokenResponse(
        answer -> {
          answer.put("access_token", "no-good");
          return answer;
        });

    assertThatThrownBy(() -> read(launch, PATIENT)).isInstanceOf(LaunchEndedException.class);
    assertThat(EHR.asked("/fhir/r4/Patient")).hasSize(2);
    assertThat(launches.of(browser.request(), id)).isEmpty();
  }

  @Test
  @Conforms("SM-27")
  void whereRenewalIsRefusedTheAppMustBeOpenedAgain() {
    EHR.expiresIn(5);
    String id = open(browser, EHR);
    Launch launch = launch(browser, id);
    EHR.refusingRenewal("invalid_grant");

    assertThatThrownBy(() -> launches.access(browser.request(), launch))
        .isInstanceOf(LaunchEndedException.class);
    assertThat(launches.of(browser.request(), id)).isEmpty();
  }

  @Test
  @Conforms("SM-27")
  void withoutARefreshTokenTheAppMustBeOpenedAgain() {
    String id = open(browser, OLD);
    Launch launch = launch(browser, id);
    assertThat(read(launch, PATIENT).get("patient")).isInstanceOf(Reading.Complete.class);
    OLD.expireTokens();

    assertThatThrownBy(() -> read(launch, PATIENT)).isInstanceOf(LaunchEndedException.class);
    assertThat(OLD.asked("/auth/token")).hasSize(1);
  }

  @Test
  @Conforms("SM-27")
  void aServerThatIsDownDoesNotEndTheLaunch() {
    EHR.expiresIn(10);
    String id = open(browser, EHR);
    Launch launch = launch(browser, id);
    EHR.refusingRenewal("503");

    // It ends within seconds, but has not ended.
    assertThat(launches.access(browser.request(), launch).token()).startsWith("secret-access");
    TIME.ahead(Duration.ofMinutes(1));
    assertThatThrownBy(() -> launches.access(browser.request(), launch))
        .isInstanceOf(RecordUnreachableException.class);
    assertThat(read(launch, PATIENT).get("patient"))
        .isEqualTo(new Reading.NotRead(Reading.Reason.UNREACHABLE));
    EHR.refusingRenewal(null);
    assertThat(launches.access(browser.request(), launch).token()).startsWith("secret-access");
    assertThat(launches.of(browser.request(), id)).isPresent();
  }

  @Test
  @Conforms("SM-27")
  void aRotatedRefreshTokenReplacesTheOld() {
    EHR.rotating().expiresIn(5);
    Launch launch = launch(browser, open(browser, EHR));

    launches.access(browser.request(), launch);
    launches.access(browser.request(), launch);
    launches.access(browser.request(), launch);

    List<String> used = new ArrayList<>();
    EHR.asked("/auth/token").stream()
        .skip(1)
        .forEach(asked -> used.add(asked.parameters().get("refresh_token")));
    assertThat(used).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  @Conforms("SM-27")
  void manyTabsRenewOnce() throws Exception {
    EHR.rotating().expiresIn(5);
    Launch launch = launch(browser, open(browser, EHR));
    EHR.expiresIn(3600).slow(Duration.ofMillis(300));
    ExecutorService tabs = Executors.newFixedThreadPool(6);
    try {
      List<Future<EhrAccess>> tokens = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        tokens.add(tabs.submit(() -> launches.access(browser.request(), launch)));
      }
      HashSet<String> different = new HashSet<>();
      for (Future<EhrAccess> token : tokens) {
        different.add(token.get().token());
      }
      assertThat(different).hasSize(1);
    } finally {
      tabs.shutdownNow();
    }
    assertThat(EHR.asked("/auth/token")).hasSize(2);
  }

  @Test
  @Conforms("SM-27")
  void aTokenForAnotherPatientIsNotTaken() {
    EHR.expiresIn(5);
    String id = open(browser, EHR);
    Launch launch = launch(browser, id);
    EHR.tokenResponse(
        answer -> {
          answer.put("patient", "smouldering");
          return answer;
        });

    assertThatThrownBy(() -> launches.access(browser.request(), launch))
        .isInstanceOf(LaunchEndedException.class);
    assertThat(launches.of(browser.request(), id)).isEmpty();
  }

  @Test
  @Conforms("SM-27")
  void fewerScopesOfARenewalCount() {
    EHR.expiresIn(5);
    String id = open(browser, EHR);
    Launch launch = launch(browser, id);
    assertThat(launch.scopes().canRead("Condition")).isTrue();
    EHR.granting(scope -> "launch patient/Patient.r online_access");

    launches.access(browser.request(), launch);

    assertThat(launch(browser, id).scopes().canRead("Condition")).isFalse();
  }

  @Test
  @Conforms("SM-33")
  void whatATypeDoesNotGiveIsNamedAndTheRestWorks() {
    EHR.denying("Condition").pagesOf(5);
    Launch launch = launch(browser, open(browser, EHR));

    Map<String, Reading> read =
        read(
            launch,
            Map.of(
                "observations", "Observation?patient=first-relapse",
                "conditions", "Condition?patient=first-relapse"));

    assertThat(read.get("conditions")).isEqualTo(new Reading.NotRead(Reading.Reason.DENIED));
    assertThat(read.get("observations")).isInstanceOf(Reading.Complete.class);
    assertThat(read.get("observations").found().size()).isGreaterThan(5);
    assertThat(EHR.asked("/auth/token")).hasSize(1);
  }

  @Test
  @Conforms("SM-26")
  void theTokenGoesToTheRecordAlone() {
    EHR.nextPageAt(STRANGER.iss() + "/Observation?patient=first-relapse");
    Launch launch = launch(browser, open(browser, EHR));

    Map<String, Reading> read =
        read(launch, Map.of("observations", "Observation?patient=first-relapse"));

    assertThat(read.get("observations")).isInstanceOf(Reading.Partial.class);
    assertThat(STRANGER.asked()).isEmpty();
    assertThatThrownBy(() -> read(launch, Map.of("x", "Observation/../../" + STRANGER.origin())))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"es", "rs"})
  @Conforms({"SM-14", "SM-15"})
  void aConfidentialClientSignsEachRequestToTheTokenEndPoint(String which) throws Exception {
    FakeEhr ehr = which.equals("es") ? ES : RS;
    ehr.expiresIn(5);
    Launch launch = launch(browser, open(browser, ehr));
    launches.access(browser.request(), launch);

    // The fake server has checked signature, audience, end and single use of each.
    List<FakeEhr.Asked> asked = ehr.asked("/auth/token");
    assertThat(asked).hasSize(2);
    for (FakeEhr.Asked each : asked) {
      assertThat(each.parameters())
          .doesNotContainKeys("client_id", "client_secret")
          .containsEntry(
              "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      com.nimbusds.jwt.SignedJWT jwt =
          com.nimbusds.jwt.SignedJWT.parse(each.parameters().get("client_assertion"));
      assertThat(jwt.getHeader().getAlgorithm().getName())
          .isEqualTo(which.equals("es") ? "ES384" : "RS384");
      assertThat(jwt.getHeader().getType().getType()).isEqualTo("JWT");
      assertThat(jwt.getHeader().getKeyID()).isEqualTo(which.equals("es") ? "new-ec" : "rsa");
      assertThat(jwt.getJWTClaimsSet().getIssuer())
          .isEqualTo(jwt.getJWTClaimsSet().getSubject())
          .isEqualTo(which.equals("es") ? "marg-1" : "marg-2");
    }
    launches.end(browser.request(), launch);
    assertThat(ehr.last("/auth/revoke").parameters()).containsKey("client_assertion");
  }

  @Test
  @Conforms("SM-16")
  void thePublicKeysAreOpenAndNothingElseIs() {
    var answer = browser.get("/.well-known/jwks.json");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Cache-Control")).contains("max-age=300, public");
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    var keys =
        tools.jackson.databind.json.JsonMapper.builder()
            .build()
            .readTree(answer.body())
            .path("keys");
    // The new key signs; the old one is still shown.
    assertThat(keys).hasSize(3);
    keys.forEach(
        key -> {
          assertThat(key.path("kid").asString()).isIn("new-ec", "old-ec", "rsa");
          assertThat(key.path("kty").asString()).isIn("EC", "RSA");
          for (String secret : List.of("d", "p", "q", "dp", "dq", "qi", "oth", "k")) {
            assertThat(key.has(secret)).as(secret).isFalse();
          }
        });
  }
}
