package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import no.marg.MargApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The start page in a real browser: the patients, and the cards that a clinician sees. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "marg.evaluation-date=2026-02-15")
class StartPageBrowserTest {
  @LocalServerPort private int port;
  @TempDir private Path directory;

  @Test
  void showsThePatientsAndTheCardsOfOne() throws Exception {
    Page page = open("/?patient=new-myeloma-58&lang=en");
    assertThat(page.dom()).contains("smouldering").contains("Myeloma requiring treatment");
    assertThat(page.console()).isEmpty();
  }

  @Test
  void showsWhatSigningAnOrderAnswers() throws Exception {
    Page page =
        open("/?patient=renal-failure&action=order-sign:renal-failure-lenalidomide-25&lang=nb");
    assertThat(page.dom())
        .contains("Lenalidomid over 15 mg ved eGFR under 30")
        .contains("Endre lenalidomid til 15 mg");
    assertThat(page.console()).isEmpty();
  }

  @Test
  void showsACycleAsCalendar() throws Exception {
    Page page =
        open("/?patient=new-myeloma-58&regimen=vrd-induction&start=2026-02-16&number=1&lang=en");
    assertThat(page.dom())
        .contains("16 Feb 2026 – 15 Mar 2026")
        .contains("1.3 mg/m² = 2.4 mg, subcutaneous")
        .contains("Download as iCalendar");
    assertThat(page.console()).isEmpty();
  }

  @Test
  void aCycleThatIsNotRecommendedIsCalledSo() throws Exception {
    String cycle = "&regimen=vrd-induction&start=2026-02-16&number=1&lang=nb";
    String said = "Dette regimet er ikke det handlingsprogrammet anbefaler nå.";
    assertThat(open("/?patient=mgus-low-risk" + cycle).dom())
        .contains("16.02.2026 – 15.03.2026")
        .contains(said);
    assertThat(open("/?patient=new-myeloma-58" + cycle).dom())
        .contains("16.02.2026 – 15.03.2026")
        .doesNotContain(said);
  }

  @Test
  void aCycleThatCanNotBeMadeIsExplainedInTheLanguageOfThePage() throws Exception {
    for (String start : List.of("2026-13-40", "2031-02-16")) {
      assertThat(
              open("/?patient=new-myeloma-58&regimen=vrd-induction&number=1&lang=nb&start=" + start)
                  .dom())
          .contains("Første dag må være en dato innen to år fra")
          .doesNotContain("can not be read", "evaluation date");
    }
  }

  /** Another patient in the place of the one asked for could be taken for that one. */
  @Test
  void aPatientWhoIsNotThereIsSaidSoAndNoOtherIsShown() throws Exception {
    assertThat(open("/?patient=nobody&lang=nb").dom())
        .contains("Fant ikke pasienten")
        .doesNotContain("id=\"patient-name\"");
  }

  @Test
  void theSelfCheckIsLinked() throws Exception {
    assertThat(open("/?lang=en").dom()).contains("href=\"self-check/?lang=en\"");
  }

  private record Page(String dom, List<String> console) {}

  private Page open(String path) throws IOException, InterruptedException {
    Path dom = directory.resolve("dom.html");
    Path log = directory.resolve("console.txt");
    Process browser =
        new ProcessBuilder(
                System.getProperty("marg.browser"),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + directory.resolve("profile"),
                "--enable-logging=stderr",
                "--virtual-time-budget=30000",
                "--dump-dom",
                "http://localhost:" + port + path)
            .redirectOutput(dom.toFile())
            .redirectError(log.toFile())
            .start();
    assertThat(browser.waitFor(120, TimeUnit.SECONDS)).as("the browser ends").isTrue();
    List<String> console =
        Files.readString(log, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.contains("CONSOLE") && !line.contains("INFO:CONSOLE"))
            .toList();
    return new Page(Files.readString(dom, StandardCharsets.UTF_8), console);
  }
}
