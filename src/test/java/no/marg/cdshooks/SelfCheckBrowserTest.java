package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Level;
import no.marg.RunningMarg;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The self-check page with the example of the README, in both languages. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
@RunningMarg
class SelfCheckBrowserTest {
  private static final Path EXAMPLE = Path.of("docs/examples/order-sign-lenalidomide.json");

  @LocalServerPort private int port;
  @TempDir private Path profile;
  private ChromeDriver browser;

  @BeforeEach
  void open() {
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(System.getProperty("marg.browser"));
    options.addArguments(
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(
                    new File(System.getProperty("marg.chromedriver", "/usr/bin/chromedriver")))
                .usingAnyFreePort()
                .build(),
            options);
  }

  @AfterEach
  void close() {
    browser.quit();
  }

  @Test
  void aRequestThatIsPastedIsCheckedAndItsResultIsShownInTheLanguageChosen() throws Exception {
    browser.get("http://localhost:" + port + "/self-check/index.html?lang=nb");
    await("#service option[value=mm-order-sign]");
    browser.executeScript(
        "const box = document.getElementById('request'); box.value = arguments[0];"
            + "box.dispatchEvent(new Event('input', { bubbles: true }));",
        Files.readString(EXAMPLE));
    assertThat(browser.findElement(By.id("service")).getDomProperty("value"))
        .as("the service of the hook in the request")
        .isEqualTo("mm-order-sign");
    browser.findElement(By.cssSelector("button[type=submit]")).click();
    await("#result table");
    assertThat(result())
        .contains("Kort i svaret", "REN-2, REN-4", "betingelsen er ukjent", "spørre reglene")
        .doesNotContain("engine", "undefined", "[object");

    browser.findElement(By.id("language")).click();
    new WebDriverWait(browser, Duration.ofSeconds(30))
        .until(page -> result().contains("multiple or high thrombosis risk"));
    assertThat(result())
        .contains("Cards in the answer", "the condition is unknown", "ask the rules")
        .doesNotContain("betingelsen", "undefined");
    assertThat(browser.findElement(By.id("problem")).getText()).isEmpty();
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .map(LogEntry::getMessage)
        .noneMatch(line -> line.contains("Uncaught") || line.contains("Content Security Policy"));
  }

  @Test
  void aRequestThatIsNoJsonIsSaidToBeNone() {
    browser.get("http://localhost:" + port + "/self-check/index.html?lang=en");
    await("#service option[value=mm-order-sign]");
    browser.findElement(By.id("request")).sendKeys("{ not json");
    browser.findElement(By.cssSelector("button[type=submit]")).click();
    new WebDriverWait(browser, Duration.ofSeconds(30))
        .until(
            page -> page.findElement(By.id("problem")).getText().equals("This is not valid JSON."));
  }

  @Test
  void theLanguageOfTheAddressIsKept() {
    browser.get("http://localhost:" + port + "/self-check/?lang=en");
    await("#service option[value=mm-order-sign]");
    assertThat(browser.findElement(By.tagName("h1")).getText()).isEqualTo("Marg – self-check");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .map(LogEntry::getMessage)
        .noneMatch(line -> line.contains("404"));
  }

  @Test
  void whatHindersTheCheckIsSaidInTheLanguageOfThePage() {
    browser.get("http://localhost:" + port + "/self-check/?lang=nb");
    await("#service option[value=mm-order-sign]");
    browser.findElement(By.cssSelector("button[type=submit]")).click();
    said("Lim inn en forespørsel først.");
    browser.findElement(By.id("request")).sendKeys("{\"hook\": \"order-sign\"}");
    browser.findElement(By.cssSelector("button[type=submit]")).click();
    said("hookInstance mangler");
  }

  private void said(String text) {
    new WebDriverWait(browser, Duration.ofSeconds(30))
        .until(page -> page.findElement(By.tagName("main")).getText().contains(text));
  }

  private String result() {
    return browser.findElement(By.id("result")).getText();
  }

  private void await(String selector) {
    new WebDriverWait(browser, Duration.ofSeconds(30))
        .until(page -> !page.findElements(By.cssSelector(selector)).isEmpty());
  }
}
