package no.marg.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.cdshooks.CardRules;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What clients really send beside the specification: {@code src/test/resources/lenient}, one
 * request a file. Beside it stand the status, statements that the cards must and must not hold
 * ({@code statements}, {@code absent}), and texts of the answer ({@code says}). What can not be
 * read rightly, such as another version of FHIR, is refused with its reason.
 */
@RunningMarg
class LenientCorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/lenient");

  @LocalServerPort private int port;

  static Stream<String> files() throws IOException {
    try (Stream<Path> files = Files.list(CORPUS)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  @Conforms({"CH-38", "CH-39"})
  void aRequestBesideTheSpecificationIsReadAsFarAsItGoes(String file) throws IOException {
    JsonNode each = JsonMapper.shared().readTree(Files.readString(CORPUS.resolve(file)));
    assertThat(each.propertyNames()).containsExactly("about", "expect", "request");
    JsonNode request = each.get("request");
    JsonNode expected = each.get("expect");
    Http.Answer answer;
    try (LogTrap log = new LogTrap("no mark")) {
      answer =
          new Http(port)
              .post(
                  "/cds-services/mm-" + request.get("hook").asString(),
                  request.toString(),
                  Http.JSON);
      assertThat(log.errors()).isEmpty();
    }
    String about = each.get("about").asString() + ": " + answer.body();
    assertThat(answer.status()).as(about).isEqualTo(expected.get("status").asInt());
    List<String> statements = new ArrayList<>();
    if (answer.status() == 200) {
      CardRules.check(request, answer.json());
      for (JsonNode card : answer.json().get("cards")) {
        card.path("extension")
            .path("no.marg.statements")
            .forEach(statement -> statements.add(statement.asString()));
      }
    } else {
      assertThat(answer.as(OperationOutcome.class).getIssueFirstRep().getDetails().getText())
          .isNotBlank();
    }
    assertThat(statements).as(about).containsAll(texts(expected.path("statements")));
    assertThat(statements).as(about).noneMatch(texts(expected.path("absent"))::contains);
    texts(expected.path("says")).forEach(said -> assertThat(answer.body()).contains(said));
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
  }
}
