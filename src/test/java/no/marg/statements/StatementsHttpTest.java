package no.marg.statements;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The pages that a card's source and link lead to. */
@RunningMarg
class StatementsHttpTest {
  private static final Pattern LINK = Pattern.compile("href=\"([^\"]+)\"");

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  @Test
  void aStatementIsReadInNorwegian() {
    Http.Answer page = http.get("/guideline/SUP-BISPHOS-6?lang=nb");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.contentType()).isEqualTo("text/html;charset=UTF-8");
    assertThat(page.body())
        .contains("<html lang=\"nb\">", "Ikke for klinisk bruk før godkjenning")
        .contains("GFR &lt; 30: bisfosfonat er ikke anbefalt; denosumab kan brukes")
        .contains("Bisfosfonater og denosumab", "&lt; 30 mL/min/1,73 m²", "eGFR")
        .contains("MMSupportiveCare.&quot;Bisphosphonate With Low GFR&quot;")
        .contains("Vises når opplysninger mangler")
        .contains("href=\"../fhir/PlanDefinition/mm-bone-protection\"")
        .doesNotContain("<script", "null");
  }

  @Test
  void aStatementIsReadInEnglish() {
    assertThat(http.get("/guideline/SUP-BISPHOS-6?lang=en").body())
        .contains("<html lang=\"en\">", "Not for clinical use until approved")
        .contains("GFR &lt; 30: bisphosphonate is not recommended; denosumab may be used")
        .contains("Bisphosphonates and denosumab", "Shown when information is missing")
        .doesNotContain("Vises", "Kapittel");
  }

  @Test
  void theBrowsersLanguageCountsWhereNoneIsAskedFor() {
    assertThat(http.get("/guideline/SUP-BISPHOS-6", "Accept-Language", "en-GB").body())
        .contains("<html lang=\"en\">");
    assertThat(http.get("/guideline/SUP-BISPHOS-6").body()).contains("<html lang=\"nb\">");
  }

  /** AMB-43 stands under several headings; here those of the rule's library count. */
  @Test
  void theReadingThatDecidedIsTold() {
    assertThat(http.get("/guideline/SUP-BISPHOS-6?lang=nb").body())
        .contains(
            "Lesemåte",
            "<h3>AMB-43",
            "<dt>Tryggere valg</dt>",
            "<span lang=\"en\">clinician decides");
    assertThat(http.get("/guideline/REN-2?lang=en").body()).contains("<h3>AMB-LEN-30");
  }

  @Test
  void everyStatementHasAPageWithItsRulesInBothLanguages() {
    List<String> lacking = new ArrayList<>();
    for (CatalogueEntry entry : TestGuideline.GUIDELINE.catalogue()) {
      for (String language : List.of("nb", "en")) {
        Http.Answer page = http.get("/guideline/" + entry.id() + "?lang=" + language);
        boolean isWhole =
            page.status() == 200
                && TestGuideline.GUIDELINE.statements().stream()
                    .filter(rule -> rule.catalogueId().equals(entry.id()))
                    .map(Statement::actionId)
                    .allMatch(id -> page.body().contains("<span id=\"" + id + "\">"));
        if (!isWhole) {
          lacking.add(entry.id() + " " + language);
        }
      }
    }
    assertThat(lacking).isEmpty();
  }

  @Test
  void theIndexLeadsToEveryStatement() {
    Http.Answer page = http.get("/guideline/?lang=en");
    assertThat(page.status()).isEqualTo(200);
    for (CatalogueEntry entry : TestGuideline.GUIDELINE.catalogue()) {
      assertThat(page.body()).contains("<a href=\"" + entry.id() + "?lang=en\">");
    }
  }

  /** They hold below any path that a proxy puts before the service. */
  @ParameterizedTest
  @ValueSource(strings = {"/guideline/", "/guideline/SUP-BISPHOS-6", "/guideline/RX-BPD"})
  void everyLinkOfAPageIsRelativeAndLeadsSomewhere(String path) {
    URI page = URI.create(http.base() + path);
    List<String> links =
        LINK.matcher(http.get(path).body()).results().map(found -> found.group(1)).toList();
    assertThat(links).hasSizeGreaterThan(5);
    for (String link : links.subList(0, Math.min(links.size(), 60))) {
      URI target = page.resolve(link);
      assertThat(URI.create(link).isAbsolute()).isFalse();
      assertThat(link).doesNotStartWith("/");
      String rest = target.toString().substring(http.base().length()).split("#")[0];
      // java.net.URI resolves a query alone against the folder, browsers against the page.
      if (!link.startsWith("?")) {
        assertThat(http.get(rest).status()).as(link).isEqualTo(200);
      }
    }
  }

  @Test
  void withoutTheSlashTheIndexIsFound() throws Exception {
    HttpResponse<Void> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(http.base() + "/guideline?lang=en")).build(),
                HttpResponse.BodyHandlers.discarding());
    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("Location")).hasValue("guideline/?lang=en");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/guideline/NONE-1",
        "/guideline/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/guideline/x%22y"
      })
  void anUnknownStatementIsAPageThatRepeatsNothing(String path) {
    Http.Answer page = http.get(path);
    assertThat(page.status()).isIn(400, 404);
    assertThat(page.body()).doesNotContain("NONE-1", "alert", "x\"y");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/guideline/", "/guideline/SUP-BISPHOS-6", "/guideline/NONE-1"})
  void browsersAreToldToLoadAndRunNothingElse(String path) throws Exception {
    HttpResponse<Void> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(http.base() + path)).build(),
                HttpResponse.BodyHandlers.discarding());
    assertThat(answer.headers().firstValue("Content-Security-Policy"))
        .hasValue(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action"
                + " 'none'; frame-ancestors 'none'");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(answer.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    assertThat(answer.headers().firstValue("X-Frame-Options")).hasValue("DENY");
  }

  @Test
  void aBrowserFindsAnIcon() {
    Http.Answer icon = http.get("/favicon.ico");
    assertThat(icon.status()).isEqualTo(200);
    assertThat(icon.contentType()).isEqualTo("image/png");
  }
}
