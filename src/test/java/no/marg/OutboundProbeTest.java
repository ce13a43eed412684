package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import no.marg.StubServer.Reply;
import no.marg.access.TestEhr;
import no.marg.smart.FakeEhr;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.Endpoint;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.UriType;
import org.hl7.fhir.r4.model.UrlType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.node.ObjectNode;

/**
 * With authentication and lists of what may be called, nobody else gets a connection: a port that
 * is on no list listens while every kind of address leads to it.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.access.authentication=true",
      "marg.access.public-url=" + OutboundProbeTest.PUBLIC,
      "marg.access.key-set-pause=1ms"
    })
@DirtiesContext
class OutboundProbeTest {
  static final String PUBLIC = "https://marg.example.org";

  private static final String REDIRECTED = "https://redirected.example.org";
  private static final int PORT = freePort();
  private static final String APP = "http://localhost:" + PORT;
  private static final Listener FOREIGN = new Listener();
  private static final TestEhr CLIENT = new TestEhr("key-1");
  private static final StubServer RECORD = stub();
  private static final StubServer KEYS = stub();
  private static final FakeEhr SMART = FakeEhr.withPersonas("first-relapse");
  private static final FakeEhr SMART_CONFIGURATION = FakeEhr.withPersonas("first-relapse");
  private static final FakeEhr SMART_KEYS = FakeEhr.withPersonas("first-relapse");

  @LocalServerPort private int port;
  private Http http;

  /** Counts connections and says nothing. */
  private static final class Listener {
    private final ServerSocket socket;
    private final BlockingQueue<Integer> callers = new LinkedBlockingQueue<>();

    Listener() {
      try {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Thread thread = new Thread(this::listen, "foreign");
      thread.setDaemon(true);
      thread.start();
    }

    private void listen() {
      try {
        while (!socket.isClosed()) {
          try (Socket caller = socket.accept()) {
            callers.add(caller.getPort());
          }
        }
      } catch (IOException e) {
        // It was closed.
      }
    }

    String host() {
      return "localhost:" + socket.getLocalPort();
    }

    String url(String path) {
      return "http://" + host() + path;
    }

    /** How many have connected; callers are counted in their order, so one's own comes last. */
    int connections() throws Exception {
      try (Socket own = new Socket(InetAddress.getLoopbackAddress(), socket.getLocalPort())) {
        int others = 0;
        while (callers.take() != own.getLocalPort()) {
          others++;
        }
        return others;
      }
    }
  }

  private static StubServer stub() {
    try {
      return StubServer.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void lists(DynamicPropertyRegistry settings) {
    settings.add("server.port", () -> PORT);
    client(settings, 0, TestEhr.ISSUER, KEYS.base() + "/keys");
    client(settings, 1, REDIRECTED, KEYS.base() + "/redirected");
    settings.add("marg.smart.base-url", () -> APP);
    smart(settings, 0, SMART);
    smart(settings, 1, SMART_CONFIGURATION);
    smart(settings, 2, SMART_KEYS);
  }

  private static void client(
      DynamicPropertyRegistry settings, int number, String issuer, String keys) {
    String name = "marg.access.clients[" + number + "].";
    settings.add(name + "issuer", () -> issuer);
    settings.add(name + "jwks-url", () -> keys);
    settings.add(name + "fhir-servers", RECORD::base);
  }

  private static void smart(DynamicPropertyRegistry settings, int number, FakeEhr ehr) {
    String name = "marg.smart.ehrs[" + number + "].";
    settings.add(name + "iss", ehr::iss);
    settings.add(name + "client-id", () -> "marg");
    settings.add(name + "write", () -> "Observation");
  }

  @BeforeEach
  void behave() {
    http = new Http(port);
    RECORD.answering(OutboundProbeTest::honest).forget();
    KEYS.answering(asked -> Reply.of(200, CLIENT.publicKeys())).forget();
    Stream.of(SMART, SMART_CONFIGURATION, SMART_KEYS).forEach(FakeEhr::behave);
  }

  @AfterEach
  void nobodyElseWasCalled() throws Exception {
    assertThat(FOREIGN.connections()).isZero();
  }

  @AfterAll
  static void stop() throws IOException {
    FOREIGN.socket.close();
    RECORD.close();
    KEYS.close();
    Stream.of(SMART, SMART_CONFIGURATION, SMART_KEYS).forEach(FakeEhr::close);
  }

  /** Else all others would prove nothing. */
  @Test
  void theListenerCountsWhoComes() throws Exception {
    try (Socket caller = new Socket("localhost", FOREIGN.socket.getLocalPort())) {
      assertThat(caller.isConnected()).isTrue();
      assertThat(FOREIGN.connections()).isEqualTo(1);
    }
  }

  private static TestRecord patient() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static Reply honest(StubServer.Asked asked) {
    return asked.query().startsWith("Patient/")
        ? Reply.of(patient().resources().get(0))
        : Reply.of(StubServer.page(List.of(), ""));
  }

  // ---- the record's server ----

  private static HookCall call(List<? extends Resource> record) {
    HookCall call =
        HookCall.of("order-sign", "p1", record)
            .drafts(List.of(patient().draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    call.body()
        .putObject("fhirAuthorization")
        .put("access_token", "token-of-the-record")
        .put("token_type", "Bearer")
        .put("expires_in", 300)
        .put("scope", "patient/*.rs")
        .put("subject", "marg");
    call.body().put("fhirServer", RECORD.base().toString());
    return call;
  }

  private Http.Answer send(String path, String body, String type) {
    return http.post(
        path, body, type, "Authorization", CLIENT.token(PUBLIC + path, Instant.now()).header());
  }

  private Http.Answer send(HookCall call) {
    return send("/cds-services/mm-order-sign", call.body().toString(), Http.JSON);
  }

  static Stream<String> foreignServers() {
    String own = RECORD.base().toString();
    String host = RECORD.base().getAuthority();
    return Stream.of(
        FOREIGN.url("/fhir"),
        FOREIGN.url("/fhir").replace("localhost", "127.0.0.1"),
        FOREIGN.url("/fhir").replace("localhost", "[::1]"),
        FOREIGN.url("/fhir").replace("http:", "HTTP:"),
        FOREIGN.url("/fhir").replace("http:", "https:"),
        "http://" + host + "@" + FOREIGN.host() + "/fhir",
        "http://" + FOREIGN.host() + "\\@" + host + "/fhir",
        "http://" + FOREIGN.host() + "#@" + host + "/fhir",
        "http://" + FOREIGN.host() + "/?" + own,
        "http://" + FOREIGN.host() + "/" + own,
        "//" + FOREIGN.host() + "/fhir",
        own + "@" + FOREIGN.host(),
        own + " " + FOREIGN.url("/fhir"),
        own + "\r\nHost: " + FOREIGN.host());
  }

  @ParameterizedTest
  @MethodSource("foreignServers")
  @Conforms("CH-36")
  void aRecordThatIsNotOnTheList(String server) {
    HookCall call = call(List.of());
    call.body().remove("prefetch");
    call.body().put("fhirServer", server);
    assertThat(send(call).status()).isIn(400, 412);
    assertThat(
            send("/cds-services/mm-order-sign/$self-check", call.body().toString(), Http.JSON)
                .json()
                .get("refused")
                .get("status")
                .asInt())
        .isIn(400, 412);
    assertThat(RECORD.asked()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  @Conforms("CH-36")
  void aRecordThatPointsElsewhere(int status) {
    RECORD.answering(asked -> Reply.redirect(status, FOREIGN.url("/fhir/" + asked.query())));
    HookCall call = call(List.of());
    call.body().remove("prefetch");
    assertThat(send(call).status()).isEqualTo(412);
    assertThat(RECORD.asked()).isNotEmpty();

    RECORD.forget();
    RECORD.answering(
        asked ->
            asked.query().startsWith("Patient/")
                ? honest(asked)
                : Reply.redirect(status, "//" + FOREIGN.host() + "/fhir/" + asked.query()));
    assertThat(send(call).status()).isEqualTo(200);
    assertThat(RECORD.asked()).hasSizeGreaterThan(1);
  }

  static Stream<String> foreignPages() {
    return Stream.of(
        FOREIGN.url("/fhir/next"),
        "//" + FOREIGN.host() + "/fhir/next",
        "https://" + FOREIGN.host() + "/fhir/next",
        "http://" + RECORD.base().getAuthority() + "@" + FOREIGN.host() + "/fhir/next");
  }

  @ParameterizedTest
  @MethodSource("foreignPages")
  @Conforms("CH-46")
  void aNextPageElsewhere(String next) {
    RECORD.answering(
        asked ->
            asked.query().startsWith("Patient/")
                ? honest(asked)
                : Reply.of(StubServer.page(List.of(), next)));
    HookCall call = call(List.of());
    call.body().remove("prefetch");
    assertThat(send(call).status()).isEqualTo(200);
    assertThat(RECORD.asked()).hasSizeGreaterThan(1);

    // The first page in the prefetch is asked for anew, at the record.
    call = call(patient().resources());
    call.prefetch().set("conditions", HookCall.json(StubServer.page(List.of(), next)));
    assertThat(send(call).status()).isEqualTo(200);
  }

  // ---- what a request holds ----

  /** Every kind of address that FHIR data can hold. */
  private static List<Resource> recordFullOfAddresses() {
    List<Resource> record = new ArrayList<>(patient().resources());
    Patient patient = (Patient) record.get(0);
    patient.addPhoto(new Attachment().setContentType("image/png").setUrl(FOREIGN.url("/photo")));
    patient.addLink().setOther(new Reference(FOREIGN.url("/fhir/Patient/p2")));
    patient.setImplicitRules(FOREIGN.url("/rules"));
    patient.getMeta().addProfile(FOREIGN.url("/profile")).setSource(FOREIGN.url("/source"));
    patient.addExtension(FOREIGN.url("/extension"), new UrlType(FOREIGN.url("/value")));
    patient.getIdentifierFirstRep().setSystem(FOREIGN.url("/system")).setValue("1");
    patient.setManagingOrganization(new Reference(FOREIGN.url("/fhir/Organization/1")));
    DiagnosticReport report = new DiagnosticReport();
    report.setId("report");
    report.setStatus(DiagnosticReport.DiagnosticReportStatus.FINAL);
    report.setSubject(new Reference("Patient/p1"));
    report.getCode().addCoding().setSystem(FOREIGN.url("/codes")).setCode("1");
    report.addResult(new Reference(FOREIGN.url("/fhir/Observation/1")));
    report.addPresentedForm(
        new Attachment().setContentType("application/pdf").setUrl(FOREIGN.url("/report.pdf")));
    record.add(report);
    MedicationRequest order = patient().draft("order", "L04AX04", "Lenalidomid", "25 mg");
    order.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    order.setMedication(new Reference(FOREIGN.url("/fhir/Medication/1")));
    order.addBasedOn(new Reference(FOREIGN.url("/fhir/CarePlan/1")));
    order.addInstantiatesCanonical(FOREIGN.url("/fhir/ActivityDefinition/1"));
    record.add(order);
    Observation result = (Observation) record.get(1);
    result.addDerivedFrom(new Reference(FOREIGN.url("/fhir/Observation/2")));
    result.getCode().addCoding().setSystem(FOREIGN.url("/loinc")).setCode("98979-8");
    return record;
  }

  private static Bundle withFullUrls(List<? extends Resource> resources) {
    Bundle bundle = StubServer.page(resources, "");
    bundle
        .getEntry()
        .forEach(e -> e.setFullUrl(FOREIGN.url("/fhir/" + e.getResource().fhirType() + "/1")));
    bundle.addLink().setRelation("self").setUrl(FOREIGN.url("/fhir/self"));
    bundle.addLink().setRelation("first").setUrl(FOREIGN.url("/fhir/first"));
    bundle.addEntry().setFullUrl(FOREIGN.url("/fhir/Medication/1"));
    return bundle;
  }

  @Test
  @Conforms("CH-36")
  void addressesInTheDataOfACall() {
    HookCall call = call(recordFullOfAddresses());
    for (String key : List.of("medicationRequests", "imagingReports", "latestObservations")) {
      call.prefetch()
          .set(
              key,
              HookCall.json(
                  withFullUrls(
                      recordFullOfAddresses().stream()
                          .filter(each -> !(each instanceof Patient))
                          .toList())));
    }
    MedicationRequest draft = patient().draft("b", "L04AX04", "Lenalidomid", "25 mg");
    draft.setMedication(new Reference(FOREIGN.url("/fhir/Medication/1")));
    draft.setPriorPrescription(new Reference(FOREIGN.url("/fhir/MedicationRequest/1")));
    call.context("draftOrders", List.of(draft));
    ((ObjectNode) call.body().get("context").get("draftOrders").get("entry").get(0))
        .put("fullUrl", FOREIGN.url("/fhir/MedicationRequest/b"));
    call.context().put("userId", "Practitioner/d1");
    call.body().putObject("extension").put("org.example.server", FOREIGN.url("/fhir"));
    for (String suffix : List.of("", "/$self-check")) {
      Http.Answer answer =
          send("/cds-services/mm-order-sign" + suffix, call.body().toString(), Http.JSON);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
    call.context().put("userId", FOREIGN.url("/fhir/Practitioner/d1"));
    assertThat(send(call).status()).isIn(200, 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/fhir/PlanDefinition/mm-patient-view/$apply",
        "/fhir/PlanDefinition/$apply",
        "/fhir/Library/MMData/$evaluate",
        "/fhir/$guideline-report",
        "/fhir/Measure/mm-iss-known/$evaluate-measure?periodStart=2026-01-01&periodEnd=2026-12-31"
      })
  @Conforms("CH-36")
  void addressesInTheDataOfAnOperation(String path) {
    Parameters call = new Parameters();
    call.addParameter("subject", new StringType("Patient/p1"));
    call.addParameter().setName("data").setResource(withFullUrls(recordFullOfAddresses()));
    // These two refuse what they do not know, and would not come to the data.
    if (!path.equals("/fhir/$guideline-report") && !path.startsWith("/fhir/Measure")) {
      call.addParameter("url", new UriType(FOREIGN.url("/fhir/PlanDefinition/1")));
      Endpoint endpoint = new Endpoint().setAddress(FOREIGN.url("/fhir"));
      for (String name : List.of("dataEndpoint", "contentEndpoint", "terminologyEndpoint")) {
        call.addParameter().setName(name).setResource(endpoint);
        call.addParameter(name, new UriType(FOREIGN.url("/fhir")));
      }
    }
    Http.Answer answer =
        send(path, TestGuideline.FHIR.newJsonParser().encodeResourceToString(call), Http.FHIR_JSON);
    assertThat(answer.status()).as(answer.body()).isLessThan(500);
  }

  @Test
  @Conforms("CH-36")
  void addressesInXml() {
    String path = "/fhir/PlanDefinition/mm-patient-view/$apply";
    String xml =
        "<?xml version=\"1.0\"?><!DOCTYPE Parameters SYSTEM \"%s\" [<!ENTITY e SYSTEM \"%s\">"
            + "<!ENTITY %% p SYSTEM \"%s\"> %%p;]>"
            + "<?xml-stylesheet href=\"%s\"?>"
            + "<Parameters xmlns=\"http://hl7.org/fhir\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
            + " xsi:schemaLocation=\"http://hl7.org/fhir %s\"><parameter><name value=\"subject\"/>"
            + "<valueString value=\"&e;\"/></parameter></Parameters>";
    String url = FOREIGN.url("/xml");
    assertThat(send(path, xml.formatted(url, url, url, url, url), "application/fhir+xml").status())
        .isLessThan(500);
    String without = xml.substring(xml.indexOf("<Parameters")).replace("&e;", "Patient/p1");
    assertThat(send(path, without.formatted(url), "application/fhir+xml").status()).isLessThan(500);
  }

  @Test
  void addressesInFeedbackAndHeaders() {
    String feedback =
        "{\"feedback\":[{\"card\":\"%s\",\"outcome\":\"overridden\",\"overrideReason\":{\"reason\":"
            + "{\"code\":\"not-now\",\"system\":\"%s\"},\"userComment\":\"%s\"},"
            + "\"outcomeTimestamp\":\"2026-02-15T12:00:00Z\"}]}";
    String url = FOREIGN.url("/feedback");
    assertThat(
            send(
                    "/cds-services/mm-order-sign/feedback",
                    feedback.formatted(url, url, url),
                    Http.JSON)
                .status())
        .isIn(200, 400);
    for (String name :
        List.of("Origin", "Referer", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded")) {
      String value = name.equals("Forwarded") ? "host=" + FOREIGN.host() : url;
      http.get(
          "/cds-services",
          name,
          value,
          "Authorization",
          CLIENT.token(PUBLIC + "/cds-services", Instant.now()).header());
    }
  }

  // ---- keys ----

  @Test
  @Conforms("CH-84")
  void keysThatAreNotRegistered() {
    TestEhr stranger = new TestEhr("stranger");
    String audience = PUBLIC + "/cds-services";
    for (String jku :
        List.of(
            FOREIGN.url("/keys"),
            "http://" + KEYS.base().getAuthority() + "@" + FOREIGN.host() + "/fhir/keys",
            KEYS.base() + "/keys?" + FOREIGN.url("/keys"))) {
      for (TestEhr.Token token :
          List.of(
              CLIENT.token(audience, Instant.now()),
              stranger.token(audience, Instant.now()),
              stranger.token(audience, Instant.now()).with("iss", FOREIGN.url("")),
              CLIENT.token(audience, Instant.now()).with("iss", FOREIGN.url("/fhir")))) {
        assertThat(http.get("/cds-services", "Authorization", token.keyUrl(jku).header()).status())
            .isEqualTo(401);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  @Conforms("CH-84")
  void keysThatPointElsewhere(int status) {
    KEYS.answering(asked -> Reply.redirect(status, FOREIGN.url("/keys")));
    String token =
        CLIENT.token(PUBLIC + "/cds-services", Instant.now()).with("iss", REDIRECTED).header();
    assertThat(http.get("/cds-services", "Authorization", token).status()).isEqualTo(401);
    assertThat(KEYS.asked()).isNotEmpty();
  }

  // ---- the app ----

  private record Browser(HttpClient client) {
    Browser() {
      this(
          HttpClient.newBuilder()
              .cookieHandler(new CookieManager())
              .followRedirects(HttpClient.Redirect.NORMAL)
              .build());
    }

    HttpResponse<String> get(String address) {
      return send(HttpRequest.newBuilder(URI.create(address)));
    }

    HttpResponse<String> post(String address, String body) {
      return send(
          HttpRequest.newBuilder(URI.create(address))
              .header("Content-Type", Http.JSON)
              .header("X-Marg-App", "1")
              .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
      try {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static HttpResponse<String> launch(FakeEhr ehr) {
    return new Browser().get(ehr.launchAddress(APP, "first-relapse"));
  }

  @ParameterizedTest
  @MethodSource("foreignServers")
  @Conforms("SM-2")
  void aRecordThatMayNotOpenTheApp(String server) {
    String iss = URLEncoder.encode(server, StandardCharsets.UTF_8);
    assertThat(new Browser().get(APP + "/smart/launch?iss=" + iss + "&launch=1").statusCode())
        .isEqualTo(403);
    assertThat(new Browser().get(APP + "/smart/callback?code=1&state=1&iss=" + iss).statusCode())
        .isGreaterThanOrEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  @Conforms("SM-29")
  void anAuthorizationServerThatPointsElsewhere(int status) {
    SMART.redirecting("/auth/token", status, FOREIGN.url("/token"));
    assertThat(launch(SMART).statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(SMART.asked("/auth/token")).isNotEmpty();

    String configuration = "/fhir/r4/.well-known/smart-configuration";
    SMART_CONFIGURATION.redirecting(configuration, status, FOREIGN.url(configuration));
    assertThat(launch(SMART_CONFIGURATION).statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(SMART_CONFIGURATION.asked(configuration)).isNotEmpty();
  }

  /** Keys that can not be read are asked for twice in half a minute, no more. */
  @Test
  @Conforms({"SM-24", "SM-29"})
  void keysOfAnAuthorizationServerThatPointElsewhere() {
    for (int status : List.of(302, 308)) {
      SMART_KEYS.behave().redirecting("/auth/keys", status, FOREIGN.url("/keys"));
      assertThat(launch(SMART_KEYS).statusCode()).isGreaterThanOrEqualTo(400);
      assertThat(SMART_KEYS.asked("/auth/keys")).isNotEmpty();
    }
  }

  @Test
  @Conforms({"SM-21", "SM-25", "SM-26"})
  void addressesInWhatALaunchBrings() {
    SMART.idToken(claims -> claims.claim("fhirUser", FOREIGN.url("/fhir/Practitioner/1")));
    Map<String, Object> context =
        Map.of(
            "patient",
            "first-relapse",
            "smart_style_url",
            FOREIGN.url("/styles"),
            "appContext",
            FOREIGN.url("/context"),
            "fhirContext",
            List.of(Map.of("reference", FOREIGN.url("/fhir/ImagingStudy/1"))));
    Browser browser = new Browser();
    HttpResponse<String> page = browser.get(SMART.launchAddress(APP, context));
    assertThat(page.statusCode()).isEqualTo(200);
    SMART.nextPageAt(FOREIGN.url("/fhir/next"));
    String opened = page.uri().toString();
    assertThat(browser.post(opened + "/view", "{}").statusCode()).isEqualTo(200);
    String id = opened.substring(opened.lastIndexOf('/') + 1);
    assertThat(browser.get(APP + "/smart/styles/" + id).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  @Conforms("SM-26")
  void aRecordOfTheAppThatPointsElsewhere(int status) {
    Browser browser = new Browser();
    HttpResponse<String> page = browser.get(SMART.launchAddress(APP, "first-relapse"));
    String opened = page.uri().toString();
    SMART.redirecting("/fhir/r4/Observation", status, FOREIGN.url("/fhir/Observation"));
    assertThat(browser.post(opened + "/view", "{}").statusCode()).isEqualTo(200);
    SMART.redirecting("/fhir/r4", status, FOREIGN.url("/fhir"));
    String answers =
        "{\"attempt\":\"attempt-0000000001\",\"answers\":[{\"question\":\"bm-plasma-cells-biopsy\","
            + "\"value\":\"35\",\"day\":\"2026-02-15\"}]}";
    assertThat(browser.post(opened + "/save", answers).statusCode()).isEqualTo(502);
    SMART.redirecting("/auth/revoke", status, FOREIGN.url("/revoke"));
    browser.post(opened + "/end", "");
    assertThat(SMART.asked("/auth/revoke")).isNotEmpty();
  }
}
