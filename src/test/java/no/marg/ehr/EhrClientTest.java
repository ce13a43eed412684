package no.marg.ehr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.Conforms;
import no.marg.StubServer;
import no.marg.StubServer.Reply;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class EhrClientTest {
  private static final String TOKEN = "secret-Token.123~/+==";
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private StubServer server;
  private EhrClient client;

  @BeforeEach
  void start() throws IOException {
    server = StubServer.start();
    client = client(Duration.ofSeconds(10), 3, 100_000, 250_000);
  }

  @AfterEach
  void stop() {
    client.destroy();
    server.close();
  }

  private static EhrClient client(Duration timeout, int pages, long response, long total) {
    return new EhrClient(
        TestGuideline.FHIR,
        new EhrSettings(timeout, pages, DataSize.ofBytes(response), DataSize.ofBytes(total), 8));
  }

  private Reading read(String query) {
    return client.read(new EhrAccess(server.base(), TOKEN), Map.of("it", query), WITHIN).get("it");
  }

  private static List<Observation> observations(int number) {
    List<Observation> all = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      Observation observation = new Observation();
      observation.setId("o" + i);
      all.add(observation);
    }
    return all;
  }

  private static Reading.Reason reason(Reading reading) {
    return reading instanceof Reading.NotRead none
        ? none.reason()
        : ((Reading.Partial) reading).reason();
  }

  @Test
  @Conforms("CH-45")
  void asksEachQueryWithTheToken() {
    server.answering(
        asked ->
            asked.query().startsWith("Patient")
                ? Reply.of((Patient) new Patient().setId("p1"))
                : Reply.of(StubServer.page(observations(2), "")));
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put("patient", "Patient/p1");
    queries.put("results", "Observation?patient=p1&code=a|b,c&_count=5");
    Map<String, Reading> readings =
        client.read(new EhrAccess(server.base(), TOKEN), queries, WITHIN);
    assertThat(readings.keySet()).containsExactly("patient", "results");
    assertThat(readings.get("patient")).isInstanceOf(Reading.Complete.class);
    assertThat(readings.get("results").found()).hasSize(2);
    assertThat(server.asked())
        .extracting(StubServer.Asked::query)
        .containsExactlyInAnyOrder("Patient/p1", "Observation?patient=p1&code=a%7Cb,c&_count=5");
    assertThat(server.asked())
        .extracting(StubServer.Asked::authorization)
        .containsOnly("Bearer " + TOKEN);
  }

  @Test
  void asksAnOpenServerWithoutToken() {
    server.answering(asked -> Reply.of(StubServer.page(List.of(), "")));
    Reading reading =
        client
            .read(new EhrAccess(server.base(), null), Map.of("it", "Observation?patient=1"), WITHIN)
            .get("it");
    assertThat(reading).isEqualTo(new Reading.Complete(List.of()));
    assertThat(server.asked().get(0).authorization()).isEmpty();
  }

  @Test
  @Conforms("CH-46")
  void readsAllPagesOfTheSameServer() {
    server.answering(
        asked ->
            asked.query().contains("page=2")
                ? Reply.of(StubServer.page(observations(1), ""))
                : Reply.of(StubServer.page(observations(2), "Observation?page=2|x")));
    assertThat(read("Observation?patient=1").found()).hasSize(3);
    assertThat(server.asked())
        .extracting(StubServer.Asked::authorization)
        .containsOnly("Bearer " + TOKEN);
  }

  @Test
  void ofASortedQueryReadsAsManyAsItAsksFor() {
    server.answering(
        asked ->
            Reply.of(StubServer.page(observations(2), server.base() + "/x?" + asked.hashCode())));
    assertThat(read("Observation?patient=1&_sort=-date&_count=4"))
        .isInstanceOf(Reading.Complete.class);
    assertThat(server.asked()).hasSize(2);
  }

  @Test
  @Conforms({"CH-45", "CH-46"})
  void neverAsksAForeignNextLink() throws IOException {
    try (StubServer foreign = StubServer.start()) {
      for (String next :
          List.of(
              foreign.base() + "/Observation?page=2",
              "//" + foreign.base().getAuthority() + "/x",
              server.base().toString().replace("localhost", "user@localhost"),
              "https://localhost:" + server.base().getPort() + "/fhir/x")) {
        server.answering(asked -> Reply.of(StubServer.page(observations(2), next)));
        Reading reading = read("Observation?patient=1");
        assertThat(reading).as(next).isInstanceOf(Reading.Partial.class);
        assertThat(reading.found()).hasSize(2);
        assertThat(reason(reading)).as(next).isEqualTo(Reading.Reason.FOREIGN_PAGE);
      }
      assertThat(foreign.asked()).isEmpty();
    }
  }

  @Test
  void stopsAtPagesInACircleAndAtTooManyPages() {
    server.answering(
        asked ->
            Reply.of(StubServer.page(observations(1), server.base() + "/Observation?patient=1")));
    assertThat(reason(read("Observation?patient=1"))).isEqualTo(Reading.Reason.PAGES);
    assertThat(server.asked()).hasSize(1);
    server.answering(
        asked ->
            Reply.of(
                StubServer.page(
                    observations(1), server.base() + "/x?n=" + asked.query().length() + "x")));
    Reading reading = read("Observation?patient=2");
    assertThat(reason(reading)).isEqualTo(Reading.Reason.PAGES);
    assertThat(reading.found()).hasSize(3);
  }

  @Test
  @Conforms("CH-36")
  void doesNotFollowRedirects() throws IOException {
    try (StubServer foreign = StubServer.start()) {
      server.answering(asked -> Reply.redirect(foreign.base() + "/Patient/p1"));
      assertThat(read("Patient/p1")).isEqualTo(new Reading.NotRead(Reading.Reason.REDIRECTED));
      assertThat(foreign.asked()).isEmpty();
    }
  }

  @Test
  void saysWhyNothingWasRead() {
    Map<Integer, Reading.Reason> statuses =
        Map.of(
            401, Reading.Reason.TOKEN_REFUSED,
            403, Reading.Reason.DENIED,
            404, Reading.Reason.NOT_FOUND,
            410, Reading.Reason.NOT_FOUND,
            400, Reading.Reason.REFUSED,
            429, Reading.Reason.REFUSED,
            500, Reading.Reason.FAILED,
            503, Reading.Reason.FAILED);
    statuses.forEach(
        (status, reason) -> {
          server.answering(asked -> Reply.of(status, "{}"));
          assertThat(read("Patient/p1")).isEqualTo(new Reading.NotRead(reason));
        });
    for (String body :
        List.of("", "{}", "[]", "<html>", "{\"resourceType\":\"Nonsense\"}", "null")) {
      server.answering(asked -> Reply.of(200, body));
      assertThat(read("Patient/p1"))
          .as(body)
          .isEqualTo(new Reading.NotRead(Reading.Reason.NOT_FHIR));
    }
    server.answering(asked -> Reply.of(new OperationOutcome()));
    assertThat(read("Patient/p1")).isEqualTo(new Reading.NotRead(Reading.Reason.REFUSED));
    server.close();
    assertThat(read("Patient/p1")).isEqualTo(new Reading.NotRead(Reading.Reason.UNREACHABLE));
  }

  @Test
  void aSearchsetThatSaysItIsNotWholeIsNotWhole() {
    OperationOutcome outcome = new OperationOutcome();
    outcome.addIssue().setSeverity(OperationOutcome.IssueSeverity.ERROR);
    var page = StubServer.page(observations(1), "");
    page.addEntry().setResource(outcome);
    server.answering(asked -> Reply.of(page));
    assertThat(read("Observation?patient=1")).isInstanceOf(Reading.Partial.class);
    outcome.getIssueFirstRep().setSeverity(OperationOutcome.IssueSeverity.WARNING);
    assertThat(read("Observation?patient=1")).isInstanceOf(Reading.Complete.class);
  }

  @Test
  @Conforms("CH-92")
  void readsNoMoreBytesThanAllowed() {
    String body = "{\"resourceType\":\"Patient\",\"id\":\"" + "x".repeat(100_000) + "\"}";
    server.answering(asked -> Reply.of(200, body));
    assertThat(read("Patient/p1")).isEqualTo(new Reading.NotRead(Reading.Reason.SIZE));
    String fits = "{\"resourceType\":\"Patient\",\"id\":\"" + "x".repeat(99_000) + "\"}";
    server.answering(asked -> Reply.of(200, fits));
    Map<String, String> three = Map.of("a", "Patient/a", "b", "Patient/b", "c", "Patient/c");
    assertThat(client.read(new EhrAccess(server.base(), TOKEN), three, WITHIN).values())
        .filteredOn(reading -> reading.equals(new Reading.NotRead(Reading.Reason.SIZE)))
        .isNotEmpty();
  }

  @Test
  @Conforms({"CH-92", "CH-96"})
  void keepsItsDeadlineWithWhatCame() {
    server.answering(
        asked ->
            switch (asked.query()) {
              case "Patient/slow" -> Reply.of(new Patient()).after(5_000);
              case "Patient/drips" -> Reply.of(new Patient().setId("d")).dripping(500);
              case "Observation?patient=1" ->
                  Reply.of(StubServer.page(observations(2), "Patient/slow"));
              default -> Reply.of(new Patient());
            });
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put("slow", "Patient/slow");
    queries.put("drips", "Patient/drips");
    queries.put("page", "Observation?patient=1");
    queries.put("fast", "Patient/fast");
    long start = System.nanoTime();
    Map<String, Reading> readings =
        client.read(new EhrAccess(server.base(), TOKEN), queries, Duration.ofMillis(700));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    assertThat(readings.get("slow")).isEqualTo(new Reading.NotRead(Reading.Reason.TIME));
    assertThat(readings.get("drips")).isEqualTo(new Reading.NotRead(Reading.Reason.TIME));
    assertThat(reason(readings.get("page"))).isEqualTo(Reading.Reason.TIME);
    assertThat(readings.get("page").found()).hasSize(2);
    assertThat(readings.get("fast")).isInstanceOf(Reading.Complete.class);
  }

  @Test
  void aQueryCannotLeaveTheBase() {
    for (String query :
        List.of("/Patient/1", "http://x/y", "../admin", "Patient/../../x", "?a=b", "Patient/a b")) {
      assertThatThrownBy(() -> read(query)).as(query).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Conforms("CH-45")
  void theTokenIsInNoText() {
    EhrAccess access = new EhrAccess(URI.create("https://EHR.example:443/fhir/"), TOKEN);
    assertThat(access.toString()).doesNotContain(TOKEN);
    assertThat(access.base()).isEqualTo(URI.create("https://ehr.example/fhir"));
    assertThatThrownBy(() -> new EhrAccess(access.base(), "secret\r\nX: y"))
        .hasMessageNotContaining("secret");
  }

  @Test
  void aServerIsAnAddressOfHostAndPathAlone() {
    for (String base :
        List.of(
            "file:///etc", "ftp://x/y", "https://u:p@x/y", "https://x/y?z", "https://x#y", "/y")) {
      assertThatThrownBy(() -> EhrAccess.normalised(URI.create(base)))
          .as(base)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
