package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.Conforms;
import no.marg.MargApplication;
import no.marg.smart.FakeEhr;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The app in a real browser, opened by a record, in a window and in a frame of the record. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.DEFINED_PORT,
    properties = "marg.evaluation-date=2026-02-15")
class AppLaunchBrowserTest extends Chromium {
  private static final FakeEhr EHR =
      FakeEhr.withPersonas("first-relapse", "new-myeloma-58", "fourth-line");
  private static final int PORT = freePort();
  private static final String APP = "http://localhost:" + PORT;

  /** A page of the record, of another site than the app, and one of nobody that is configured. */
  private static final HttpServer RECORD = framing();

  private static final HttpServer STRANGER = framing();

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry settings) {
    settings.add("server.port", () -> PORT);
    settings.add("marg.smart.base-url", () -> APP);
    settings.add("marg.smart.ehrs[0].iss", EHR::iss);
    settings.add("marg.smart.ehrs[0].client-id", () -> "marg");
    settings.add("marg.smart.ehrs[0].frame-hosts", () -> origin(RECORD));
  }

  @BeforeEach
  void begin() {
    EHR.behave();
  }

  @AfterAll
  static void end() {
    RECORD.stop(0);
    STRANGER.stop(0);
  }

  private void launch(Map<String, Object> context) {
    Map<String, Object> all = new HashMap<>(Map.of("patient", "first-relapse"));
    all.putAll(context);
    browser.get(EHR.launchAddress(APP, all));
    until("nav a[aria-current], .ended");
  }

  private String style(String selector, String name) {
    return (String)
        browser.executeScript(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]",
            selector,
            name);
  }

  @Test
  @Conforms("SM-21")
  void theRecordsStylesAreSeenAndAdviceKeepsItsColours() {
    launch(Map.of());
    String own = style("body", "backgroundColor");
    String warning = style(".card.warning", "borderLeftColor");

    EHR.styles(
        Map.of(
            "color_background", "#f5ead8",
            "color_text", "#202020",
            "color_highlight", "#5b2a86",
            "color_error", "#ffffff",
            "font_family_body", "Georgia, serif",
            "dim_font_size", "18px"));
    launch(Map.of("smart_style_url", EHR.iss() + "/styles"));

    assertThat(own).isNotEqualTo("rgb(245, 234, 216)");
    new WebDriverWait(browser, Duration.ofSeconds(60))
        .until(any -> style("body", "backgroundColor").equals("rgb(245, 234, 216)"));
    assertThat(style("body", "color")).isEqualTo("rgb(32, 32, 32)");
    assertThat(style("body", "fontFamily")).startsWith("Georgia, serif");
    assertThat(style("html", "fontSize")).isEqualTo("18px");
    assertThat(style(".top", "backgroundColor")).isEqualTo("rgb(91, 42, 134)");
    assertThat(style(".card.warning", "borderLeftColor")).isEqualTo(warning);
    assertThat(errors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "timeline, timeline",
    "order-review, treatment",
    "supportive-care, care",
    "missing, missing",
    "reconcile-medications, overview",
    "'<script>alert(1)</script>', overview",
    "__proto__, overview"
  })
  @Conforms("SM-22")
  void anIntentOpensItsView(String intent, String page) {
    launch(Map.of("intent", intent));
    until(".page-" + page);
    assertThat(browser.findElement(By.cssSelector("nav a[aria-current]")).getDomAttribute("href"))
        .isEqualTo("#" + page);
  }

  @Test
  @Conforms("SM-23")
  void whatACardsLinkNamesIsOpen() {
    launch(Map.of("appContext", "REL-PD-1"));
    until("dialog[open] .trace");
    assertThat(browser.findElement(By.cssSelector("dialog")).getText()).contains("REL-PD-1");
    for (String nothing : List.of("NOT-THERE-1", "<b>x</b>", "Patient/fourth-line")) {
      launch(Map.of("appContext", nothing));
      assertThat(browser.findElements(By.cssSelector(".summary, .ended"))).isNotEmpty();
      assertThat(text()).contains("Demo-Hagen").doesNotContain("Demo-Aasen");
      browser.executeAsyncScript("setTimeout(arguments[0], 500)");
      assertThat(browser.findElements(By.cssSelector("dialog[open]"))).as(nothing).isEmpty();
    }
  }

  @Test
  @Conforms("SM-20")
  void thePatientIsShownUnlessTheRecordDoesIt() {
    launch(Map.of());
    assertThat(browser.findElement(By.id("banner")).getText()).contains("Demo-Hagen, Eva");
    launch(Map.of("need_patient_banner", true));
    assertThat(browser.findElement(By.id("banner")).getText()).contains("Demo-Hagen, Eva");
    launch(Map.of("need_patient_banner", false));
    assertThat(browser.findElement(By.id("banner")).getText()).isEmpty();
    // Paper leaves the frame of the record: there the patient is always named.
    page("meeting");
    assertThat(text()).contains("Demo-Hagen, Eva");
  }

  private static final int MANY = 2000;

  /** Printed, not asserted: a machine may be slow. */
  @Test
  void tellsHowLongTheFirstPageTakesWithTwoThousandResources() {
    EHR.add("large-history");
    List<JsonNode> own =
        EHR.resources().stream()
            .filter(each -> each.path("id").asString("").startsWith("large-history"))
            .toList();
    List<JsonNode> results =
        own.stream()
            .filter(each -> each.path("effectiveDateTime").asString("").length() > 9)
            .toList();
    for (int i = 0; i < MANY - own.size(); i++) {
      // The same results again, each time a week earlier.
      ObjectNode earlier = (ObjectNode) results.get(i % results.size()).deepCopy();
      int weeks = i / results.size() + 1;
      String when = earlier.path("effectiveDateTime").asString();
      earlier.put("id", earlier.path("id").asString() + "-" + weeks);
      earlier.put(
          "effectiveDateTime",
          LocalDate.parse(when.substring(0, 10)).minusWeeks(weeks) + when.substring(10));
      EHR.add(earlier);
    }
    for (int i = 0; i < 8; i++) {
      launch(Map.of("patient", "large-history"));
      System.out.println(
          "first page with "
              + MANY
              + " resources: "
              + browser.executeScript(
                  "const page = performance.getEntriesByType('navigation')[0];"
                      + " const view = performance.getEntriesByType('resource')"
                      + ".find(each => each.name.includes('/view'));"
                      + " const shown = performance.getEntriesByName('marg-shown')[0].startTime;"
                      + " const ms = (from, to) => Math.round(to - from) + ' ms';"
                      + " return 'launch to page ' + ms(0, page.fetchStart)"
                      + " + ', page to shown ' + ms(page.fetchStart, shown)"
                      + " + ', of it waiting for the answer '"
                      + " + ms(view.startTime, view.responseEnd);"));
    }
    assertThat(text()).contains("Demo-Fjeld");
  }

  private static final String HOSTILE =
      "<script>window.hostile=1</script><img src=x onerror=window.hostile=2>"
          + " **fet** [klikk](javascript:window.hostile=3) \u202Eomvendt \u2066isolert | a | b | ";

  private static final Pattern TEXT =
      Pattern.compile(
          "\"(display|text|family|title|description|comment)\":\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** The resource with hostile text wherever people write text; its codes are as they were. */
  private static String hostile(String resource) {
    String quoted = HOSTILE.replace("\"", "\\\"");
    String changed =
        TEXT.matcher(resource)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        "\"%s\":\"%s\""
                            .formatted(
                                found.group(1),
                                List.of("family", "title").contains(found.group(1))
                                    ? quoted + "x".repeat(10_000)
                                    : quoted)));
    return resource.contains("\"resourceType\":\"Observation\"")
        ? changed.replaceFirst(
            "\\{", Matcher.quoteReplacement("{\"note\":[{\"text\":\"" + quoted + "\"}],"))
        : changed;
  }

  @ParameterizedTest
  @CsvSource({"fourth-line", "new-myeloma-58"})
  @Conforms({"SM-29", "SM-35"})
  void hostileTextOfARecordStaysTextAndThePagesHold(String patient) {
    EHR.changing(AppLaunchBrowserTest::hostile);
    launch(Map.of("patient", patient));
    assertThat(browser.findElement(By.id("banner")).getText()).contains("<script>");
    for (String name : PAGES) {
      page(name);
      if (name.equals("treatment")) {
        browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
        until("#cycle .facts, #cycle .notice");
      }
      browser.executeScript(
          "document.querySelectorAll('details').forEach(each => { each.open = true; })");
      holds(name);
    }
    page("overview");
    browser.findElement(By.cssSelector(".why-button")).click();
    until("dialog[open] .trace");
    holds("trace");
    assertThat(errors()).isEmpty();
  }

  private void holds(String where) {
    assertThat(
            browser.executeScript(
                "return [window.hostile ?? 0, document.querySelectorAll('body img, body b, body em,"
                    + " main a[href^=javascript], body script').length].join(' ')"))
        .as(where)
        .isEqualTo("0 0");
    assertThat(overflow()).as(where).isZero();
    assertThat(
            (Boolean)
                browser.executeScript(
                    "return document.getElementById('tabs').getBoundingClientRect().top"
                        + " + window.scrollY < 300"))
        .as("the pages can be reached from " + where)
        .isTrue();
    assertThat(text()).as(where).doesNotContainPattern("[\u202A-\u202E\u2066-\u2069]|x{300}");
  }

  @Test
  @Conforms("SM-30")
  void goingBackNeverShowsAnEndedSessionOrAnotherPatient() {
    launch(Map.of());
    for (String name : List.of("treatment", "care")) {
      browser.findElement(By.cssSelector("nav a[href='#" + name + "']")).click();
      until(".page-" + name);
    }
    browser.navigate().back();
    until(".page-treatment");
    browser.navigate().back();
    until(".page-overview");
    browser.navigate().forward();
    until(".page-treatment");

    browser.findElement(By.cssSelector(".top button:last-of-type")).click();
    until(".ended");
    gone();
    browser.navigate().back();
    until(".ended");
    gone();
    browser.get("about:blank");
    browser.navigate().back();
    until(".ended");
    gone();
  }

  private void gone() {
    assertThat((String) browser.executeScript("return document.documentElement.outerHTML"))
        .doesNotContain("Demo-Hagen")
        .doesNotContain("Myelomatose");
  }

  @Test
  @Conforms("SM-30")
  void twoLaunchesInTwoTabsStayApartAndOneEndsAlone() {
    launch(Map.of("patient", "first-relapse"));
    String first = browser.getWindowHandle();
    browser.switchTo().newWindow(WindowType.TAB);
    launch(Map.of("patient", "fourth-line"));
    String second = browser.getWindowHandle();
    assertThat(text()).contains("Demo-Aasen").doesNotContain("Demo-Hagen");

    browser.switchTo().window(first);
    browser.navigate().refresh();
    until(SHOWN);
    assertThat(text()).contains("Demo-Hagen").doesNotContain("Demo-Aasen");
    browser.findElement(By.cssSelector(".top button:last-of-type")).click();
    until(".ended");

    browser.switchTo().window(second);
    browser.navigate().refresh();
    until(SHOWN);
    assertThat(text()).contains("Demo-Aasen");
  }

  @Test
  @Conforms("SM-31")
  void theRecordsPageOfAnotherSiteShowsTheAppInAFrame() {
    frame(RECORD);
    until(SHOWN);
    assertThat(text()).contains("Demo-Hagen");
    page("treatment");
    browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
    until("table.days");
    // The cookie is kept apart: a window of its own does not have the launch of the frame.
    String page = (String) browser.executeScript("return location.href");
    browser.switchTo().newWindow(WindowType.TAB);
    browser.get(page.split("#")[0]);
    until(".ended");
    assertThat(text()).doesNotContain("Demo-Hagen");
  }

  @Test
  @Conforms("SM-31")
  void noOtherPageShowsTheAppInAFrame() {
    frame(STRANGER);
    browser.executeAsyncScript("setTimeout(arguments[0], 3000)");
    assertThat(browser.findElements(By.cssSelector(".summary, .ended, #banner"))).isEmpty();
    assertThat(String.join(" ", errors())).contains("frame-ancestors");
  }

  private void frame(HttpServer page) {
    browser.get(
        origin(page)
            + "/?"
            + java.net.URLEncoder.encode(
                EHR.launchAddress(APP, "first-relapse"), StandardCharsets.UTF_8));
    browser.switchTo().frame(0);
  }

  /** Serves a page with a frame; its address is of another site than localhost. */
  private static HttpServer framing() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            String query = exchange.getRequestURI().getRawQuery();
            String address =
                query == null ? "" : java.net.URLDecoder.decode(query, StandardCharsets.UTF_8);
            byte[] body =
                ("<!doctype html><title>Record</title><iframe width=1200 height=800 src=\""
                        + address.replace("&", "&amp;")
                        + "\"></iframe>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html;charset=UTF-8");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String origin(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
