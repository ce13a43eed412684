package no.marg.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A new browser for each test, and what tests of the pages do with it. */
public abstract class Chromium {
  /** The names of the app's pages. */
  static final List<String> PAGES =
      List.of("overview", "timeline", "treatment", "care", "missing", "whatif", "meeting");

  /** What is there as soon as the app has an answer. */
  static final String SHOWN = ".summary, .ended";

  @TempDir private Path profile;
  protected ChromeDriver browser;

  @BeforeEach
  void open() {
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(System.getProperty("marg.browser"));
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        "--user-data-dir=" + profile);
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
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

  protected void until(String selector) {
    new WebDriverWait(browser, Duration.ofSeconds(60))
        .until(any -> !browser.findElements(By.cssSelector(selector)).isEmpty());
  }

  void page(String name) {
    browser.executeScript("location.hash = arguments[0]", name);
    until(".page-" + name);
    if (name.equals("missing") || name.equals("whatif")) {
      until("form.facts-form");
    }
  }

  String text() {
    return (String) browser.executeScript("return document.body.innerText");
  }

  /** How many pixels the page is wider than its window. */
  protected long overflow() {
    return (Long)
        browser.executeScript(
            "return document.documentElement.scrollWidth"
                + " - document.documentElement.clientWidth");
  }

  protected List<String> errors() {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .toList();
  }
}
