package no.marg.statements;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.selenium.AxeBuilder;
import no.marg.RunningMarg;
import no.marg.app.Chromium;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The pages of the statements in a real browser. */
@EnabledIfSystemProperty(
    named = "marg.browser",
    matches = ".+",
    disabledReason = "needs Chromium: -Dmarg.browser=/usr/bin/chromium (.ci/run installs it)")
@RunningMarg
class StatementsBrowserTest extends Chromium {
  @LocalServerPort private int port;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SUP-BISPHOS-6?lang=nb",
        "SUP-BISPHOS-6?lang=en",
        "RX-BPD?lang=nb#RX-BPD",
        "L1-GEN-0?lang=nb",
        "?lang=en",
        "?lang=nb"
      })
  void aPageIsWithoutErrorsAndAccessibilityViolations(String path) {
    browser.get("http://localhost:" + port + "/guideline/" + path);
    until("main h1");
    assertThat(new AxeBuilder().analyze(browser).getViolations()).isEmpty();
    assertThat(overflow()).isZero();
    assertThat(errors()).isEmpty();
  }
}
