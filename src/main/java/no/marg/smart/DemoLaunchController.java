package no.marg.smart;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import no.marg.ehr.EhrAccess;
import no.marg.ehr.EhrClient;
import no.marg.ehr.Reading;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Opens the app on a synthetic patient of this service's own FHIR end point, as a record would on a
 * patient of its own. No authorization is asked for, because the records are open.
 */
@RestController
@Profile("!production")
final class DemoLaunchController {
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final Launches launches;
  private final EhrClient ehr;

  DemoLaunchController(Launches launches, EhrClient ehr) {
    this.launches = launches;
    this.ehr = ehr;
  }

  /**
   * Opens the app.
   *
   * @param patient logical id of the synthetic patient
   * @param appContext finding to open, as a card's link names it
   */
  @GetMapping("/smart/demo")
  ResponseEntity<Void> launch(
      @RequestParam(required = false) @Nullable String patient,
      @RequestParam(required = false) @Nullable String appContext,
      HttpServletRequest request,
      HttpServletResponse response) {
    if (patient == null || patient.isBlank()) {
      throw new SmartException(Problem.NO_DEMO_PATIENT, "demo without patient");
    }
    URI record =
        URI.create(
            "http://localhost:" + request.getLocalPort() + request.getContextPath() + "/demo/fhir");
    if (!patient.matches("[A-Za-z0-9.-]{1,64}") || isUnknown(record, patient)) {
      throw new SmartException(Problem.UNKNOWN_DEMO_PATIENT, "demo without such a patient");
    }
    Grant grant =
        new Grant(
            null,
            record,
            patient,
            null,
            "patient/*.rs",
            true,
            null,
            AppContext.checked(appContext),
            null,
            Map.of(),
            null,
            null,
            null);
    return ResponseEntity.status(HttpStatus.SEE_OTHER)
        .location(launches.open(request, response, grant))
        .build();
  }

  private boolean isUnknown(URI record, String patient) {
    Reading reading =
        ehr.read(new EhrAccess(record, null), Map.of("patient", "Patient/" + patient), WITHIN)
            .get("patient");
    return reading instanceof Reading.NotRead none && none.reason() == Reading.Reason.NOT_FOUND;
  }
}
