package no.marg.smart;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.Map;
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
  private final Launches launches;

  DemoLaunchController(Launches launches) {
    this.launches = launches;
  }

  /**
   * Opens the app.
   *
   * @param patient logical id of the synthetic patient
   * @param appContext finding to open, as a card's link names it
   */
  @GetMapping("/smart/demo")
  ResponseEntity<Void> launch(
      @RequestParam String patient,
      @RequestParam(required = false) @Nullable String appContext,
      HttpServletRequest request,
      HttpServletResponse response) {
    if (!patient.matches("[A-Za-z0-9.-]{1,64}")) {
      return ResponseEntity.badRequest().build();
    }
    Grant grant =
        new Grant(
            null,
            URI.create(
                "http://localhost:"
                    + request.getLocalPort()
                    + request.getContextPath()
                    + "/demo/fhir"),
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
}
