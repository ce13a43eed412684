package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.StubServer;
import no.marg.StubServer.Asked;
import no.marg.StubServer.Reply;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call without prefetch, with a record server that misbehaves: each fault has its status, its
 * cards and its line in docs/operations/cds-hooks.md, which this test compares.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.cdshooks.deadline=1500ms",
      "marg.ehr.pages=3",
      "marg.ehr.response-size=200KB"
    })
@ExtendWith(OutputCaptureExtension.class)
@DirtiesContext
class FaultyFhirServerTest {
  private static final Path PAGE = Path.of("docs/operations/cds-hooks.md");
  private static final String TOKEN = "marker-token-4711";
  private static final StubServer SERVER = start();
  private static final StubServer FOREIGN = start();

  @LocalServerPort private int port;
  private Http http;

  private static StubServer start() {
    try {
      return StubServer.start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void allow(DynamicPropertyRegistry registry) {
    registry.add("marg.access.open-fhir-servers", () -> SERVER.base().toString());
  }

  @AfterAll
  static void stop() {
    SERVER.close();
    FOREIGN.close();
  }

  @BeforeEach
  void connect() {
    http = new Http(port);
    SERVER.forget();
    FOREIGN.forget();
  }

  /** What the server does, and what comes of it. */
  enum Fault {
    NONE("answers", 200),
    PAGES("gives every search in pages of two", 200),
    SLOW_TYPE("answers Condition after 5 s", 200),
    SLOW("answers everything after 5 s", 412),
    DRIPS("sends the body of Procedure a byte at a time", 200),
    NO_ACCESS_TO_TYPE("answers 403 for MedicationStatement", 200),
    NO_ACCESS("answers 401 to everything", 412),
    FAILS_TYPE("answers 500 for Observation", 200),
    FAILS("answers 503 to everything", 412),
    UNKNOWN_PATIENT("answers 404 for the Patient", 412),
    OTHER_PATIENT("gives another Patient", 412),
    OTHERS_RESULT("puts a result of another patient among the others", 412),
    FOREIGN_NEXT("puts the next page of Condition on another server", 200),
    TOO_MANY_PAGES("gives Condition in more pages than are read", 200),
    CIRCLE("points from the second page of Condition to the first", 200),
    REDIRECTS("redirects Procedure to another server", 200),
    REDIRECTS_ALL("redirects everything to another server", 412),
    HUGE("answers Immunization with more than is read", 200),
    OUTCOME("answers AllergyIntolerance with an OperationOutcome", 200),
    WITHHOLDS("says in CarePlan that it holds something back", 200),
    HTML("answers DiagnosticReport with HTML", 200);

    private final String does;
    private final int status;

    Fault(String does, int status) {
      this.does = does;
      this.status = status;
    }
  }

  private static TestRecord record() {
    return TestRecord.of("p1", "1966-01-01")
        .weight("70 kg")
        .height("175 cm")
        .egfr("28 mL/min/{1.73_m2}");
  }

  /** A server without faults: it filters by type and, of Observations, by category. */
  private static Reply honest(Asked asked) {
    if (asked.query().startsWith("Patient/")) {
      return Reply.of(record().resources().get(0));
    }
    return Reply.of(StubServer.page(found(asked), ""));
  }

  private static List<Resource> found(Asked asked) {
    String type = asked.query().replaceFirst("[/?].*", "");
    return asked.query().contains("category=mm-fact")
        ? List.of()
        : record().resources().stream().filter(r -> r.fhirType().equals(type)).toList();
  }

  private static Function<Asked, Reply> server(Fault fault) {
    return switch (fault) {
      case NONE -> FaultyFhirServerTest::honest;
      case PAGES -> FaultyFhirServerTest::paged;
      case SLOW_TYPE -> of("Condition?", asked -> honest(asked).after(5_000));
      case SLOW -> asked -> honest(asked).after(5_000);
      case DRIPS -> of("Procedure?", asked -> honest(asked).dripping(200));
      case NO_ACCESS_TO_TYPE -> of("MedicationStatement?", asked -> Reply.of(403, "{}"));
      case NO_ACCESS -> asked -> Reply.of(401, "{}");
      case FAILS_TYPE -> of("Observation?", asked -> Reply.of(500, "secret of the server"));
      case FAILS -> asked -> Reply.of(503, "");
      case UNKNOWN_PATIENT -> of("Patient/", asked -> Reply.of(404, "{}"));
      case OTHER_PATIENT -> of("Patient/", asked -> Reply.of((Patient) new Patient().setId("p2")));
      case OTHERS_RESULT ->
          of(
              "Observation?",
              asked ->
                  Reply.of(
                      StubServer.page(
                          TestRecord.of("p2", "1950-01-01")
                              .weight("50 kg")
                              .resources()
                              .subList(1, 2),
                          "")));
      case FOREIGN_NEXT ->
          of(
              "Condition?",
              asked -> Reply.of(StubServer.page(found(asked), FOREIGN.base() + "/next")));
      case TOO_MANY_PAGES ->
          of(
              "Condition?",
              asked ->
                  Reply.of(
                      StubServer.page(
                          List.of(), SERVER.base() + "/Condition?n" + asked.query().length())));
      case CIRCLE ->
          of(
              "Condition?",
              asked ->
                  Reply.of(
                      StubServer.page(
                          List.of(),
                          SERVER.base()
                              + (asked.query().contains("second")
                                  ? "/Condition?patient=p1&_count=500"
                                  : "/Condition?second"))));
      case REDIRECTS -> of("Procedure?", asked -> Reply.redirect(FOREIGN.base() + "/Procedure"));
      case REDIRECTS_ALL -> asked -> Reply.redirect(FOREIGN.base() + "/" + asked.query());
      case HUGE ->
          of(
              "Immunization?",
              asked ->
                  Reply.of(
                      200, "{\"resourceType\":\"Bundle\",\"id\":\"" + "x".repeat(300_000) + "\"}"));
      case OUTCOME -> of("AllergyIntolerance?", asked -> Reply.of(outcome()));
      case WITHHOLDS -> of("CarePlan?", asked -> Reply.of(StubServer.page(List.of(outcome()), "")));
      case HTML -> of("DiagnosticReport?", asked -> Reply.of(200, "<html>please log in</html>"));
    };
  }

  private static Function<Asked, Reply> of(String query, Function<Asked, Reply> fault) {
    return asked -> asked.query().startsWith(query) ? fault.apply(asked) : honest(asked);
  }

  /** The next link says by number from where the search goes on. */
  private static Reply paged(Asked asked) {
    if (asked.query().startsWith("Patient/")) {
      return honest(asked);
    }
    boolean further = asked.query().contains("from=");
    List<Resource> all = found(asked);
    int from = Math.min(further ? 2 : 0, all.size());
    int to = Math.min(from + 2, all.size());
    return Reply.of(
        StubServer.page(
            all.subList(from, to),
            to < all.size() ? SERVER.base() + "/" + asked.query() + "&from=" + to : ""));
  }

  private static OperationOutcome outcome() {
    OperationOutcome outcome = new OperationOutcome();
    outcome
        .addIssue()
        .setSeverity(OperationOutcome.IssueSeverity.ERROR)
        .setCode(OperationOutcome.IssueType.SUPPRESSED);
    return outcome;
  }

  private HookCall call() {
    HookCall call =
        HookCall.of("order-sign", "p1", List.of())
            .drafts(List.of(record().draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    call.body().remove("prefetch");
    call.body().put("fhirServer", SERVER.base().toString());
    authorize(call);
    return call;
  }

  private static ObjectNode authorize(HookCall call) {
    return call.body()
        .putObject("fhirAuthorization")
        .put("access_token", TOKEN)
        .put("token_type", "Bearer")
        .put("expires_in", 300)
        .put("scope", "patient/*.rs")
        .put("subject", "marg")
        .put("patient", "p1");
  }

  private record Outcome(int status, String said) {
    String row(Fault fault) {
      return "| " + fault.does + " | " + status + " | " + said + " |";
    }
  }

  private Outcome outcome(Fault fault) {
    SERVER.answering(server(fault));
    HookCall call = call();
    long start = System.nanoTime();
    Http.Answer answer = call.send(http, "Accept-Language", "en");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as(fault + " keeps the deadline")
        .isLessThan(Duration.ofMillis(4_000));
    assertThat(answer.status()).as(fault + " " + answer.body()).isEqualTo(fault.status);
    assertThat(answer.body()).doesNotContain(TOKEN, "secret of the server", "please log in");
    if (answer.status() != 200) {
      OperationOutcome said = answer.as(OperationOutcome.class);
      return new Outcome(answer.status(), said.getIssueFirstRep().getDetails().getText());
    }
    CardRules.check(call.body(), answer.json());
    List<String> parts = new ArrayList<>();
    int others = 0;
    for (JsonNode card : answer.json().get("cards")) {
      if (card.get("summary").asString().equals("Parts of the record were not read")) {
        parts.add(
            card.get("detail")
                .asString()
                .replaceFirst("\\*\\*Not read from the record:\\*\\* ", "not read: ")
                .replaceFirst("\\. What is missing here.*", ""));
      } else {
        others++;
      }
    }
    parts.add(0, others + " cards");
    return new Outcome(200, String.join("; ", parts));
  }

  @Test
  @Conforms({"CH-36", "CH-37", "CH-41", "CH-42", "CH-43", "CH-45", "CH-46", "CH-92", "CH-96"})
  void eachFaultHasItsStatusAndItsCards(CapturedOutput output) throws IOException {
    List<String> rows = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      rows.add(outcome(fault).row(fault));
    }
    rows.forEach(System.out::println);
    assertThat(FOREIGN.asked()).as("the token never leaves its server").isEmpty();
    assertThat(output.getAll()).doesNotContain(TOKEN);
    String page = Files.readString(PAGE);
    if ("update".equals(System.getProperty("golden"))) {
      String table = String.join("\n", rows);
      page =
          page.replaceFirst(
              "(?s)(\\| the server \\| status \\| the answer \\|\n\\| --- \\| --- \\| --- \\|\n)(\\|[^\n]*\n)*",
              "$1" + java.util.regex.Matcher.quoteReplacement(table) + "\n");
      Files.writeString(PAGE, page);
    }
    assertThat(page)
        .as("mvn test -Dtest=FaultyFhirServerTest -Dgolden=update writes the table")
        .contains(rows);
  }

  @Test
  @Conforms("CH-46")
  void pagesGiveTheSameCardsAsOnePage() {
    SERVER.answering(server(Fault.NONE));
    String whole = cards(call());
    SERVER.answering(server(Fault.PAGES));
    assertThat(cards(call())).isEqualTo(whole);
  }

  /** Every query goes to the patient of the call with its token, and nothing asks for metadata. */
  @Test
  @Conforms({"CH-21", "CH-45"})
  void asksForTheKeysAndNothingElse() {
    SERVER.answering(server(Fault.NONE));
    call().send(http);
    assertThat(SERVER.asked()).hasSize(HookCall.dataKeys().size() + 1);
    assertThat(SERVER.asked())
        .allMatch(asked -> asked.method().equals("GET"))
        .allMatch(asked -> asked.authorization().equals("Bearer " + TOKEN))
        .allMatch(
            asked ->
                asked
                    .query()
                    .matches("Patient/p1|[A-Za-z]+\\?patient=p1&.*|[A-Za-z]+\\?patient=p1"));
  }

  /** What was sent is not asked for again; neither is what the client could not fetch. */
  @ParameterizedTest
  @MethodSource("dataKeys")
  @Conforms({"CH-40", "CH-41"})
  void onlyAnAbsentKeyIsAskedFor(String key) {
    SERVER.answering(server(Fault.NONE));
    for (String state : List.of("absent", "null", "data", "failed")) {
      HookCall call = HookCall.of("order-sign", "p1", record().resources());
      call.drafts(List.of(record().draft("a", "L04AX04", "Lenalidomid", "25 mg")));
      call.body().put("fhirServer", SERVER.base().toString());
      authorize(call);
      switch (state) {
        case "absent" -> call.prefetch().remove(key);
        case "null" -> call.prefetch().putNull(key);
        case "failed" -> call.prefetch().set(key, HookCall.json(outcome()));
        default -> {}
      }
      SERVER.forget();
      Http.Answer answer = call.send(http);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(SERVER.asked()).as(state).hasSize(state.equals("absent") ? 1 : 0);
      assertThat(answer.body().contains("Ikke lest fra journalen"))
          .as(state)
          .isEqualTo(state.equals("failed"));
    }
  }

  static List<String> dataKeys() {
    return HookCall.dataKeys();
  }

  /** A first page in the prefetch is not enough, and its link is not trusted. */
  @Test
  @Conforms("CH-46")
  void aFirstPageInThePrefetchIsReadAgainInFull() {
    SERVER.answering(server(Fault.NONE));
    HookCall call = HookCall.of("order-sign", "p1", record().resources());
    call.drafts(List.of(record().draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    call.body().put("fhirServer", SERVER.base().toString());
    ((ObjectNode) call.prefetch().get("conditions"))
        .putArray("link")
        .addObject()
        .put("relation", "next")
        .put("url", FOREIGN.base() + "/next");
    Http.Answer answer = call.send(http);
    assertThat(answer.body()).doesNotContain("Ikke lest fra journalen");
    assertThat(SERVER.asked())
        .extracting(Asked::query)
        .containsExactly("Condition?patient=p1&_count=500");
    assertThat(FOREIGN.asked()).isEmpty();
  }

  @Test
  @Conforms({"CH-36", "CH-42"})
  void aServerThatIsNotAllowedIsNeverAsked() {
    HookCall call = call();
    for (String server :
        List.of(
            FOREIGN.base().toString(),
            FOREIGN.base() + "/" + SERVER.base().getPath(),
            SERVER.base().toString().replace("localhost", "x@localhost"),
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "/fhir",
            "http://localhost:" + port + "/fhir")) {
      call.body().put("fhirServer", server);
      assertThat(call.send(http).status()).as(server).isIn(400, 412);
    }
    assertThat(FOREIGN.asked()).isEmpty();
    assertThat(SERVER.asked()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Refused.class)
  @Conforms({"CH-34", "CH-35"})
  void anAuthorizationThatIsNotWholeIsRefusedAndNothingAsked(Refused change) {
    HookCall call = call();
    ObjectNode authorization = (ObjectNode) call.body().get("fhirAuthorization");
    switch (change) {
      case NO_SERVER -> call.body().remove("fhirServer");
      case NO_TOKEN -> authorization.remove("access_token");
      case NO_TYPE -> authorization.remove("token_type");
      case NO_EXPIRY -> authorization.remove("expires_in");
      case NO_SCOPE -> authorization.remove("scope");
      case NO_SUBJECT -> authorization.remove("subject");
      case OTHER_TYPE -> authorization.put("token_type", "mac");
      case OTHER_PATIENT -> authorization.put("patient", "p2");
      case LINE_BREAK -> authorization.put("access_token", "a\r\nX-Evil: b");
    }
    assertThat(call.send(http).status()).isEqualTo(400);
    assertThat(SERVER.asked()).isEmpty();
  }

  enum Refused {
    NO_SERVER,
    NO_TOKEN,
    NO_TYPE,
    NO_EXPIRY,
    NO_SCOPE,
    NO_SUBJECT,
    OTHER_TYPE,
    OTHER_PATIENT,
    LINE_BREAK
  }

  private String cards(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    String text = answer.body();
    for (String uuid : answer.json().findValuesAsString("uuid")) {
      text = text.replace(uuid, "uuid");
    }
    return text;
  }
}
