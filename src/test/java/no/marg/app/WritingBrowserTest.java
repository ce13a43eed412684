package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import no.marg.Conforms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.WebDriverWait;

/** What a clinician sees of a send: that it was taken, refused, or that nobody knows. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
class WritingBrowserTest extends LaunchedApp {
  private static final String SAVE = "form.facts-form button[type=submit]";
  private static final String SEND = "#cycle .buttons button.primary";

  @TempDir private Path profile;
  private ChromeDriver browser;

  @BeforeEach
  void open() {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(System.getProperty("marg.browser"));
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-sync",
        "--disable-background-networking",
        "--user-data-dir=" + profile);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(
                    new java.io.File(
                        System.getProperty("marg.chromedriver", "/usr/bin/chromedriver")))
                .usingAnyFreePort()
                .build(),
            options);
  }

  @AfterEach
  void close() {
    browser.quit();
  }

  private void launch(String patient, String language) {
    browser.get(EHR.launchAddress(APP, patient));
    browser.get(browser.getCurrentUrl().split("[?#]")[0] + "?lang=" + language);
    until(".summary");
  }

  private WebElement until(String selector) {
    return new WebDriverWait(browser, Duration.ofSeconds(60))
        .until(
            any -> {
              List<WebElement> found = browser.findElements(By.cssSelector(selector));
              return found.isEmpty() ? null : found.get(0);
            });
  }

  private void untilText(String words) {
    new WebDriverWait(browser, Duration.ofSeconds(60)).until(any -> text().contains(words));
  }

  private void page(String name) {
    browser.executeScript("location.hash = arguments[0]", name);
    until(".page-" + name);
  }

  private void press(WebElement button) {
    browser.executeScript("arguments[0].click()", button);
  }

  private String text() {
    return (String) browser.executeScript("return document.body.innerText");
  }

  @Test
  @Conforms("SM-38")
  void afterAnOutcomeThatNobodyKnowsTheButtonStaysOffUntilTheUserHasLooked() {
    launch("insufficient-data", "nb");
    page("missing");
    until("#q-bm-plasma-cells-biopsy").sendKeys("35");
    EHR.writesEnd(true, 0);
    press(until(SAVE));
    WebElement again = until("form.facts-form .not-there");
    assertThat(until(SAVE).isEnabled()).isFalse();
    assertThat(text()).contains("Det er ikke kjent om journalen tok imot. Se i journalen først.");

    // It is taken once, though it is sent again.
    EHR.writesEnd(true, 200);
    press(again);
    untilText("Lagret i journalen");
    assertThat(EHR.transactions()).hasSize(2);
    assertThat(EHR.stored("Observation")).hasSize(1);
    page("overview");
    assertThat(until("table.criteria").getText()).contains("35 %");
    page("missing");
    assertThat(until(SAVE).isEnabled()).isTrue();
  }

  @Test
  @Conforms({"SM-29", "SM-38"})
  void aRefusalIsShownAndMayBeSentAgainAndWhatIsSentIsSaid() {
    launch("first-relapse", "en");
    page("treatment");
    press(until("form.ask button[type=submit]"));
    EHR.writesEnd(false, 422);
    press(until(SEND));
    untilText("The record did not take it. Nothing is saved. The record answered: told to <b>");
    assertThat(browser.findElements(By.cssSelector("#cycle .done b"))).isEmpty();
    assertThat(until(SEND).isEnabled()).isTrue();

    // An outcome that nobody knows is remembered when the page is left, and settled by looking.
    EHR.writesEnd(true, 503);
    press(until(SEND));
    until("#cycle .not-there");
    int taken = EHR.stored("MedicationRequest").size();
    page("overview");
    page("treatment");
    press(until("form.ask button[type=submit]"));
    assertThat(until(SEND).isEnabled()).isFalse();
    press(until("#cycle .is-there"));
    untilText("Sent to the record as drafts");
    assertThat(until(SEND).isEnabled()).isFalse();
    assertThat(EHR.stored("MedicationRequest")).hasSize(taken);
  }

  @Test
  @Conforms({"SM-27", "SM-30"})
  void aSessionThatEndsAtASendSaysThatNothingWasSent() {
    launch("insufficient-data", "nb");
    page("missing");
    until("#q-bm-plasma-cells-biopsy").sendKeys("35");
    EHR.tokensEndAtWrite(2);
    press(until(SAVE));
    until(".ended");
    assertThat(text())
        .contains("Åpne appen fra journalen igjen")
        .contains("Det du sendte nå, er ikke lagret i journalen.")
        .doesNotContain("Demo-");
    assertThat(EHR.stored("Observation")).isEmpty();
  }

  @Test
  @Conforms("SM-33")
  void whatCouldNotBeReadIsSaidAndThePageWorks() {
    launch("nobody", "nb");
    assertThat(until("#unread").getText()).contains("pasienten");
    assertThat(until(".page-overview").getText())
        .contains("Pasienten ble ikke lest")
        .doesNotContain("har ingen råd");
    for (String page : Chromium.PAGES) {
      browser.executeScript("location.hash = arguments[0]", page);
      until(".page-" + page);
    }
  }
}
