package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import no.marg.Conforms;
import no.marg.ehr.Reading;
import org.junit.jupiter.api.Test;

/** Launches from a record that behaves well. */
class SmartLaunchTest extends SmartService {
  @Test
  @Conforms({"SM-1", "SM-4", "SM-8", "SM-19", "SM-26"})
  void aRecordOpensTheAppOnItsPatient() {
    TestBrowser browser = new TestBrowser(app);

    String id = browser.open(EHR.launchAddress(app, "first-relapse"));

    Launch launch = launches.of(browser.request(), id).orElseThrow();
    assertThat(launch.patientId()).isEqualTo("first-relapse");
    assertThat(launch.fhirBase()).isEqualTo(EHR.iss());
    assertThat(launch.fhirUser()).isEqualTo("Practitioner/lege-1");
    assertThat(launch.demo()).isFalse();
    Map<String, Reading> read =
        launches.read(
            browser.request(),
            launch,
            Map.of("patient", "Patient/first-relapse"),
            Duration.ofSeconds(4));
    assertThat(read.get("patient")).isInstanceOf(Reading.Complete.class);
  }
}
