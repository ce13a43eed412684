package no.marg.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestRecord;
import no.marg.cdshooks.CardRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The requests of {@code src/test/resources/abuse}, and those too large to be written down. */
@RunningMarg
class AbuseCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/abuse/requests.yaml");
  private static final String MARK = "qcanaryq";
  private static final String SERVICE = "/cds-services/mm-order-sign";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @LocalServerPort private int port;

  /** A request of the corpus; prints as its name. */
  record Case(Map<String, Object> row) {
    @Override
    public String toString() {
      return String.valueOf(row.get("name"));
    }
  }

  static Stream<Case> cases() throws IOException {
    String text = Files.readString(CORPUS).replace("CANARY", MARK);
    List<Map<String, Object>> rows = new Yaml().load(text);
    return rows.stream().map(Case::new);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  @Conforms({"CH-37", "CH-55", "CH-91"})
  void aHostileRequestGetsAProperAnswer(Case each) throws Exception {
    Map<String, Object> row = each.row();
    ObjectNode call = reference().body();
    String text = text(row, call);
    HttpResponse<String> answer;
    try (LogTrap log = new LogTrap(MARK)) {
      answer = send(bytes(row, text), (String) row.getOrDefault("type", "application/json"));
      assertThat(log.caught()).as("in a log").isEmpty();
      assertThat(log.errors()).isEmpty();
    }
    assertThat((List<?>) row.get("expect"))
        .as(answer.body())
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .contains(answer.statusCode());
    JsonNode json = JsonMapper.shared().readTree(answer.body());
    if (answer.statusCode() == 200) {
      CardRules.check(call, json);
    } else {
      assertThat(json.path("resourceType").asString("")).isEqualTo("OperationOutcome");
      assertThat(answer.body()).doesNotContainIgnoringCase(MARK);
    }
    texts(row.get("says")).forEach(said -> assertThat(answer.body()).contains(said));
    texts(row.get("never")).forEach(said -> assertThat(answer.body()).doesNotContain(said));
    StringBuilder prose = new StringBuilder();
    for (JsonNode card : json.path("cards")) {
      prose.append(card.get("summary").asString()).append(card.path("detail").asString(""));
    }
    // A sign of markup after a backslash is a sign and no markup.
    String shown = prose.toString().replaceAll("\\\\.", "");
    texts(row.get("silent")).forEach(said -> assertThat(shown).doesNotContain(said));
  }

  /** Large, but within what is accepted: answered like any other. */
  @Test
  @Conforms("CH-92")
  void twentyMegabytesAreRead() throws Exception {
    TestRecord patient = patient();
    for (int i = 0; i < 100; i++) {
      patient.result("718-7", "11.2 g/dL", LocalDate.of(2026, 2, 14).minusDays(i));
    }
    ObjectNode call = call(patient).body();
    String filler = "x".repeat(20_000_000);
    call.putObject("extension").put("no.example.filler", filler);
    HttpResponse<String> answer = send(bytes(Map.of(), call.toString()), "application/json");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("REN-2");
  }

  @Test
  @Conforms("CH-92")
  void moreThanIsAcceptedIsRefused() throws Exception {
    ObjectNode call = reference().body();
    call.putObject("extension").put("no.example.filler", "x".repeat(31_000_000));
    HttpResponse<String> answer = send(bytes(Map.of(), call.toString()), "application/json");
    assertThat(answer.statusCode()).isEqualTo(413);
  }

  /** Sixty callers that send a byte now and then; another is answered as ever. */
  @Test
  @Conforms("CH-92")
  void slowSendersDoNotKeepOthersWaiting() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        Socket socket = new Socket("localhost", port);
        slow.add(socket);
        socket
            .getOutputStream()
            .write(
                ("POST "
                        + SERVICE
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 100000\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII));
      }
      for (Socket socket : slow) {
        socket.getOutputStream().write(' ');
      }
      long start = System.nanoTime();
      assertThat(reference().send(new Http(port)).status()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  private HttpResponse<String> send(byte[] body, String type) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + SERVICE))
                .timeout(PATIENCE)
                .header("Content-Type", type)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private static String text(Map<String, Object> row, ObjectNode call) {
    if (row.get("body") instanceof String body) {
      int times = (Integer) row.getOrDefault("times", 1);
      return row.getOrDefault("before", "") + body.repeat(times) + row.getOrDefault("after", "");
    }
    if (row.get("set") instanceof Map<?, ?> set) {
      set.forEach((at, value) -> set(call, (String) at, JsonMapper.shared().valueToTree(value)));
    }
    for (String at : texts(row.get("remove"))) {
      int cut = at.lastIndexOf('/');
      ((ObjectNode) call.at(at.substring(0, cut))).remove(at.substring(cut + 1));
    }
    String text = call.toString();
    if (row.get("replace") instanceof Map<?, ?> replace) {
      assertThat(text).contains((String) replace.get("from"));
      text = text.replace((String) replace.get("from"), (String) replace.get("to"));
    }
    return text;
  }

  private static void set(ObjectNode root, String at, JsonNode value) {
    int cut = at.lastIndexOf('/');
    JsonNode parent = root.at(at.substring(0, cut));
    String name = at.substring(cut + 1);
    assertThat(parent.isContainer()).as(at).isTrue();
    if (parent instanceof ArrayNode array) {
      array.add(value);
    } else {
      ((ObjectNode) parent).set(name, value);
    }
  }

  private static byte[] bytes(Map<String, Object> row, String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (Boolean.TRUE.equals(row.get("bom"))) {
      bytes.write(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF});
    }
    bytes.write(text.getBytes(Charset.forName((String) row.getOrDefault("charset", "UTF-8"))));
    return bytes.toByteArray();
  }

  private static List<String> texts(Object list) {
    return list instanceof List<?> all ? all.stream().map(String::valueOf).toList() : List.of();
  }

  private static TestRecord patient() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static HookCall call(TestRecord patient) {
    return HookCall.of("order-sign", "p1", patient.resources())
        .drafts(List.of(patient.draft("a", "L04AX04", "Lenalidomid", "25 mg")));
  }

  private static HookCall reference() {
    return call(patient());
  }
}
