package no.marg.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.selenium.AxeBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import no.marg.Conforms;
import no.marg.Http;
import no.marg.MargApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.Select;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The app in a real browser, as a clinician uses it. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "marg.evaluation-date=2026-02-15")
class AppBrowserTest extends Chromium {
  @LocalServerPort private int port;

  private void launch(String patient, String language) {
    browser.get("http://localhost:" + port + "/smart/demo?patient=" + patient);
    browser.get(browser.getCurrentUrl().split("[?#]")[0] + "?lang=" + language);
    until(SHOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nb", "en"})
  @Conforms("SM-36")
  void everyPageOfEveryPersonaIsShownWithoutErrors(String language) {
    List<String> empty = new ArrayList<>();
    for (JsonNode persona : new Http(port).get("/demo/personas").json()) {
      String id = persona.get("id").asString();
      launch(id, language);
      for (String name : PAGES) {
        page(name);
        if (text().contains("undefined") || text().contains("[object")) {
          empty.add(id + " " + name);
        }
      }
      assertThat(printedPages()).as("pages of the meeting sheet of " + id).isEqualTo(1);
      assertThat(errors()).as(id).isEmpty();
    }
    assertThat(empty).isEmpty();
  }

  /** How many pages of A4 the page would be on paper. */
  private int printedPages() {
    Object pdf =
        browser.executeCdpCommand("Page.printToPDF", Map.of("preferCSSPageSize", true)).get("data");
    String text =
        new String(Base64.getDecoder().decode(String.valueOf(pdf)), StandardCharsets.ISO_8859_1);
    assertThat(text).contains("/MediaBox [0 0 594.95996 841.91998]");
    return (int) Pattern.compile("/Type\\s*/Page\\b(?!s)").matcher(text).results().count();
  }

  @ParameterizedTest
  @CsvSource({
    "new-myeloma-58, nb",
    "new-myeloma-58, en",
    "fourth-line, nb",
    "fourth-line, en",
    "insufficient-data, nb",
    "insufficient-data, en"
  })
  @Conforms("SM-36")
  void noPageHasAnAccessibilityViolation(String patient, String language) {
    launch(patient, language);
    List<String> found = new ArrayList<>();
    for (String name : PAGES) {
      page(name);
      if (name.equals("treatment")) {
        new Select(browser.findElement(By.id("regimen"))).selectByValue("vrd-induction");
        // Known for some of the patients only.
        browser.findElement(By.id("cycle-number")).clear();
        browser.findElement(By.id("cycle-number")).sendKeys("1");
        browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
        until("#cycle .facts, #cycle .notice");
      } else if (name.equals("whatif")) {
        browser.findElement(By.id("if-age")).sendKeys("82");
        browser.findElement(By.cssSelector("form.facts-form button[type=submit]")).click();
        until(".imagined");
      }
      browser.executeScript(
          "document.querySelectorAll('details').forEach(each => { each.open = true; })");
      violations(name, found);
    }
    page("overview");
    browser.findElement(By.cssSelector(".why-button")).click();
    until("dialog[open] pre, dialog[open] .trace");
    violations("trace", found);
    browser.switchTo().activeElement().sendKeys(Keys.ESCAPE);
    browser.findElement(By.cssSelector(".top button:last-of-type")).click();
    until(".ended");
    violations("ended", found);
    assertThat(found).isEmpty();
  }

  /** From the address line to a cycle and to a fact of the session, without a pointer. */
  @Test
  @Conforms("SM-36")
  void everythingIsReachedByKeyboard() {
    launch("insufficient-data", "en");
    press(Keys.TAB);
    assertThat(focused("textContent")).isEqualTo("To the content");
    press(Keys.ENTER);
    assertThat(focused("id")).isEqualTo("content");

    // Every control of the page, in the order in which it stands there, and each can be seen.
    Object wanted =
        browser.executeScript(
            "return [...document.querySelectorAll('main a[href], main button, main summary,"
                + " main [tabindex=\"0\"]')].filter(e => e.checkVisibility()).length");
    long reached = 0;
    while (focusedIn("main") && reached < 300) {
      press(Keys.TAB);
      if (focusedIn("main")) {
        reached++;
        assertThat(
                (Boolean)
                    browser.executeScript(
                        "const box = document.activeElement.getBoundingClientRect();"
                            + " return box.width > 0 && box.bottom > 0"
                            + " && box.top < innerHeight"))
            .as(focused("outerHTML"))
            .isTrue();
      }
    }
    assertThat(reached).isEqualTo(wanted);

    goTo("treatment");
    tabTo("regimen");
    press(Keys.ARROW_DOWN);
    tabTo("cycle-number");
    browser.switchTo().activeElement().sendKeys("1");
    press(Keys.ENTER);
    until("#cycle .facts, #cycle .notice");

    goTo("missing");
    until("form.facts-form");
    tabTo("q-bm-plasma-cells-biopsy");
    browser.switchTo().activeElement().sendKeys("35", Keys.ENTER);
    until("#session");
    assertThat(focused("id")).isEqualTo("content");
  }

  private void goTo(String page) {
    browser.executeScript("document.activeElement.blur(); getSelection().removeAllRanges()");
    browser.executeScript("document.getElementById('skip').focus()");
    for (int i = 0; i < 20 && !("#" + page).equals(focused("hash")); i++) {
      press(Keys.TAB);
    }
    press(Keys.ENTER);
    until(".page-" + page);
  }

  private void tabTo(String id) {
    for (int i = 0; i < 200 && !id.equals(focused("id")); i++) {
      press(Keys.TAB);
    }
    assertThat(focused("id")).isEqualTo(id);
  }

  private void press(Keys key) {
    new Actions(browser).sendKeys(key).perform();
  }

  private String focused(String property) {
    return String.valueOf(
        browser.executeScript("return document.activeElement[arguments[0]]", property));
  }

  private boolean focusedIn(String selector) {
    return (Boolean)
        browser.executeScript("return !!document.activeElement.closest(arguments[0])", selector);
  }

  private void violations(String where, List<String> found) {
    new AxeBuilder()
        .analyze(browser)
        .getViolations()
        .forEach(
            rule ->
                found.add(where + " " + rule.getId() + ": " + rule.getNodes().get(0).getHtml()));
  }

  @Test
  @Conforms("SM-36")
  void theTraceOpensAndClosesByKeyboardAndFocusComesBack() {
    launch("new-myeloma-58", "nb");
    var button = browser.findElement(By.cssSelector(".card .why-button"));
    browser.executeScript("arguments[0].focus()", button);
    button.sendKeys(Keys.ENTER);
    until("dialog[open] .rule pre");
    assertThat(browser.findElement(By.cssSelector("dialog")).getText())
        .contains("DX-MM-1")
        .contains("MMDiagnosis")
        .contains("define \"")
        .contains("Observation/new-myeloma-58-hb-2026-02-10");
    browser.switchTo().activeElement().sendKeys(Keys.ESCAPE);
    assertThat(browser.findElements(By.cssSelector("dialog[open]"))).isEmpty();
    assertThat(browser.switchTo().activeElement()).isEqualTo(button);
  }

  @Test
  @Conforms("SM-36")
  void atDoubleSizeNothingIsCutOff() {
    launch("fourth-line", "nb");
    browser.manage().window().setSize(new org.openqa.selenium.Dimension(640, 900));
    for (String name : PAGES) {
      page(name);
      assertThat(overflow()).as(name).isZero();
    }
  }

  @Test
  @Conforms("SM-30")
  void twoTabsShowTwoPatientsAndNeitherBecomesTheOther() {
    launch("new-myeloma-58", "nb");
    String first = browser.getWindowHandle();
    browser.switchTo().newWindow(WindowType.TAB);
    launch("fourth-line", "nb");
    assertThat(text()).contains("Demo-Aasen").doesNotContain("Demo-Nilsen");
    browser.switchTo().window(first);
    assertThat(text()).contains("Demo-Nilsen").doesNotContain("Demo-Aasen");
    browser.navigate().refresh();
    until(SHOWN);
    assertThat(text()).contains("Demo-Nilsen").doesNotContain("Demo-Aasen");
  }

  @Test
  @Conforms("SM-30")
  void anEndedSessionLeavesNothingOfThePatient() {
    launch("new-myeloma-58", "nb");
    browser.executeScript(
        "return fetch(location.pathname + '/end', {method: 'POST', headers:"
            + " {'Content-Type': 'application/json', 'X-Marg-App': '1'}, body: '{}'})");
    browser.findElement(By.cssSelector(".card .why-button")).click();
    until(".ended");
    assertThat((String) browser.executeScript("return document.documentElement.outerHTML"))
        .doesNotContain("Demo-Nilsen")
        .doesNotContain("Myelomatose");
    browser.navigate().refresh();
    until(".ended");
    assertThat(text()).contains("Åpne appen fra journalen igjen");
  }

  @Test
  @Conforms("SM-35")
  void nothingOfThePatientIsInAddressTitleOrStorageAndNoOtherHostIsAsked() {
    launch("new-myeloma-58", "nb");
    PAGES.forEach(this::page);
    assertThat(browser.getCurrentUrl()).doesNotContain("new-myeloma-58");
    assertThat(browser.getTitle()).isEqualTo("Marg");
    assertThat(browser.executeScript("return localStorage.length + sessionStorage.length"))
        .isEqualTo(0L);
    @SuppressWarnings("unchecked")
    List<String> asked =
        (List<String>)
            browser.executeScript(
                "return performance.getEntriesByType('resource').map(entry => entry.name)");
    assertThat(asked)
        .isNotEmpty()
        .allMatch(address -> address.startsWith("http://localhost:" + port + "/smart/"));
  }

  @Test
  void aFactOfTheSessionChangesTheAdviceAtOnceAndIsMarked() {
    launch("insufficient-data", "en");
    assertThat(text()).doesNotContain("facts are in this session");
    page("missing");
    browser.findElement(By.id("q-bm-plasma-cells-biopsy")).sendKeys("35");
    browser.findElement(By.cssSelector("form.facts-form button[type=submit]")).click();
    until("#session");
    assertThat(browser.findElement(By.id("session")).getText()).contains("35");
    page("overview");
    assertThat(browser.findElement(By.cssSelector("table.criteria")).getText()).contains("35 %");
    browser.navigate().refresh();
    until(SHOWN);
    assertThat(browser.findElements(By.id("session"))).isEmpty();
  }

  @Test
  void aCycleHasThisPatientsDosesAndFiles() {
    launch("new-myeloma-58", "nb");
    page("treatment");
    assertThat(new Select(browser.findElement(By.id("regimen"))).getFirstSelectedOption().getText())
        .contains("VRd");
    browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
    until("table.days");
    assertThat(text()).contains("1,3 mg/m² = 2,4 mg").contains("Last ned kalender");
  }

  @Test
  void aRecommendedRegimenShowsItsCycleAtOnce() {
    launch("fourth-line", "en");
    page("treatment");
    browser.findElements(By.cssSelector(".regimens button")).get(1).click();
    until("table.days");
    assertThat(browser.findElement(By.id("cycle")).getText())
        .contains("Elranatamab")
        .contains("given this day");
  }

  @Test
  void withoutARecommendationNoRegimenIsChosenForTheClinician() {
    launch("insufficient-data", "nb");
    page("treatment");
    assertThat(new Select(browser.findElement(By.id("regimen"))).getFirstSelectedOption().getText())
        .isEqualTo("Velg regime");
    browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
    assertThat(browser.findElements(By.cssSelector("table.days"))).isEmpty();
    new Select(browser.findElement(By.id("regimen"))).selectByValue("vrd-induction");
    assertThat(browser.findElement(By.id("cycle-number")).getDomProperty("value")).isEmpty();
    browser.findElement(By.id("cycle-number")).sendKeys("1");
    browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
    until("#cycle .notice.warning");
    assertThat(browser.findElement(By.cssSelector("#cycle .notice.warning")).getText())
        .contains("kan ikke avgjøres");
  }

  /** The dose of belantamab falls after the first cycle. */
  @Test
  void aRunningRegimenShowsItsNextCycleAndIsNotCalledUnadvised() {
    launch("belantamab-eyes", "nb");
    page("treatment");
    browser.findElement(By.cssSelector("form.ask button[type=submit]")).click();
    until("table.days");
    assertThat(browser.findElement(By.id("cycle")).getText())
        .contains("1,9 mg/kg")
        .doesNotContain("2,5 mg/kg")
        .doesNotContain("ikke det handlingsprogrammet anbefaler");
  }

  @Test
  void theNextStepOfAnOfferOpensTheOffer() {
    launch("new-myeloma-58", "en");
    var step = browser.findElement(By.cssSelector(".to-offer"));
    assertThat(step.getText()).isEqualTo("Order PPV23 …");
    step.click();
    assertThat(browser.switchTo().activeElement().getText()).isEqualTo("Download as FHIR");
    assertThat(
            browser
                .switchTo()
                .activeElement()
                .findElement(By.xpath("ancestor::article//h3"))
                .getText())
        .contains("PPV23");
  }

  @Test
  void aHypothesisIsMarkedAndShowsWhatChanges() {
    launch("new-myeloma-58", "nb");
    page("whatif");
    browser.findElement(By.id("if-age")).sendKeys("82");
    browser.findElement(By.cssSelector("form.facts-form button[type=submit]")).click();
    until(".imagined .change");
    assertThat(browser.findElement(By.cssSelector(".imagined")).getText())
        .contains("TENKT TILFELLE")
        .contains("Kandidat for HMAS");
    page("overview");
    assertThat(text()).contains("58 år").doesNotContain("82 år");
  }

  /** A list of 200 facts is only found one's way in by headings. */
  @ParameterizedTest
  @CsvSource({"nb, Prøvesvar, FISH og mutasjoner, CAR-T", "en, Results, FISH and mutations, CAR-T"})
  void theFactsThatMayChangeStandUnderHeadings(
      String language, String results, String genetics, String cart) {
    launch("fourth-line", language);
    page("whatif");
    assertThat(set("if-lab.egfr")).isEqualTo(results);
    assertThat(set("if-del17p")).isEqualTo(genetics);
    for (WebElement group : browser.findElements(By.cssSelector("#if-more optgroup"))) {
      assertThat(group.findElements(By.tagName("option")))
          .as(group.getAttribute("label"))
          .hasSizeBetween(1, 30);
    }
    new Select(browser.findElement(By.id("if-more"))).selectByValue("cart-considered");
    assertThat(set("if-cart-considered")).isEqualTo(cart);
    assertThat(focused("id")).isEqualTo("if-cart-considered");
    assertThat(
            browser.findElements(By.cssSelector(".changes fieldset:not([hidden])")).stream()
                .filter(shown -> shown.findElements(By.cssSelector(".field")).isEmpty()))
        .isEmpty();
  }

  /** The heading that a field stands under. */
  private String set(String id) {
    return browser
        .findElement(By.id(id))
        .findElement(By.xpath("ancestor::fieldset/legend"))
        .getText();
  }

  /** Every text of the view is what a hostile record could hold; the pages are made from it. */
  @Test
  void textFromARecordNeverBecomesMarkup() {
    launch("fourth-line", "nb");
    browser.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
    Object found =
        browser.executeAsyncScript(
            """
            const done = arguments[arguments.length - 1];
            const hostile = '<img src=x onerror="window.hostile=1"><b>b</b>';
            const texts = ['name', 'title', 'value', 'note', 'description', 'label', 'shown',
              'reference', 'what', 'reason', 'why', 'heading', 'chapter', 'test', 'status',
              'identifier', 'birthDate', 'unit'];
            const poison = (key, value) =>
              typeof value === 'string' && texts.includes(key) ? hostile : value;
            (async () => {
              const answer = await fetch(location.pathname + '/view?lang=nb', {
                method: 'POST',
                headers: { 'Content-Type': 'application/json', 'X-Marg-App': '1' },
                body: '{}',
              });
              const view = JSON.parse(await answer.text(), poison);
              const app = { explain() {}, go() {}, update() {}, say() {}, failed() {} };
              const place = document.createElement('div');
              document.body.append(place);
              for (const name of ['overview', 'timeline', 'treatment', 'care', 'missing',
                'whatif', 'meeting']) {
                const page = (await import('/smart/files/' + name + '.js'))[name];
                place.append(...[page(view, app)].flat(9).filter((each) => each instanceof Node));
              }
              await new Promise((wait) => setTimeout(wait, 500));
              done([place.querySelectorAll('img, b').length, window.hostile ?? 0,
                place.textContent.includes('<img src=x') ? 1 : 0].join(' '));
            })().catch((error) => done(String(error)));
            """);
    assertThat(found).isEqualTo("0 0 1");
  }
}
