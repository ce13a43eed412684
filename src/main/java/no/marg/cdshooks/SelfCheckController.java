package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.chart.Chart;
import no.marg.chart.OtherPatientException;
import no.marg.ehr.EhrClient;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.RuleTrace;
import no.marg.journal.CardMemory;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * Answers a request of a service with what became of it instead of with its cards. Nothing that is
 * sent is kept: no audit, no log of it, no uuid that feedback could name.
 */
@RestController
final class SelfCheckController {
  private static final int LARGEST_BODY = 30_000_000;

  private final GuidelineEngine engine;
  private final Offered offered;
  private final CdsHooksController calls;
  private final HookRequestReader reader;
  private final CardMaker cards;
  private final EhrClient ehr;
  private final HooksSettings hooks;
  private final CardMemory memory;
  private final FhirContext fhir;

  SelfCheckController(
      GuidelineEngine engine,
      Offered offered,
      CdsHooksController calls,
      FhirContext fhir,
      CardSettings settings,
      HooksSettings hooks,
      EhrClient ehr,
      CardMemory memory) {
    this.engine = engine;
    this.offered = offered;
    this.calls = calls;
    this.reader = new HookRequestReader(fhir);
    this.cards = new CardMaker(engine.guideline(), fhir, settings, hooks.guidelineUrl());
    this.hooks = hooks;
    this.ehr = ehr;
    this.memory = memory;
    this.fhir = fhir;
  }

  /** What becomes of a request. */
  @PostMapping(
      path = "/cds-services/{id}/$self-check",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  SelfCheck check(
      @PathVariable String id,
      @RequestBody byte[] body,
      @RequestHeader(name = "Accept-Language", defaultValue = "nb") String accepted,
      HttpServletRequest http) {
    Service service = offered.services().get(id);
    if (service == null) {
      throw HookException.unknownService(id);
    }
    if (body.length > LARGEST_BODY) {
      throw HookException.tooLarge("The request is larger than " + LARGEST_BODY + " bytes");
    }
    Steps steps = new Steps();
    HookRequest request;
    try {
      request = reader.read(body, service);
    } catch (HookException e) {
      return refused(service, e.status(), String.valueOf(e.getMessage()), List.of(), steps);
    }
    steps.done("read");
    PatientData data = null;
    try {
      data = PatientData.of(request, service, calls.server(request, http), ehr, hooks.deadline());
      steps.done("data");
      Chart chart = calls.chart(request, data, request.orders());
      steps.done("chart");
      return answered(
          service, request, data, chart, CdsHooksController.language(accepted), http, steps);
    } catch (HookException e) {
      return refused(
          service,
          e.status(),
          String.valueOf(e.getMessage()),
          SelfChecks.keys(service, request, data),
          steps);
    } catch (OtherPatientException e) {
      return refused(
          service,
          400,
          String.valueOf(e.getMessage()),
          SelfChecks.keys(service, request, data),
          steps);
    }
  }

  private SelfCheck answered(
      Service service,
      HookRequest request,
      PatientData data,
      Chart chart,
      String language,
      HttpServletRequest http,
      Steps steps) {
    Map<String, Object> parameters = CdsHooksController.parameters(request);
    List<Finding> findings = calls.findings(service, request, data, chart);
    steps.done("engine");
    CardMaker.Made made =
        cards.cards(
            findings,
            chart,
            data.gaps(),
            language,
            "",
            new Repeats(
                memory.of(CallAudit.caller(http), CdsHooksController.patientOfServer(request)),
                service.id(),
                engine.guideline().version(),
                fhir));
    steps.done("cards");
    List<RuleTrace> traces = engine.trace(service, chart, parameters);
    List<Resource> resources = new ArrayList<>(request.orders());
    data.resources().values().forEach(resources::addAll);
    return new SelfCheck(
        service.id(),
        service.hook(),
        null,
        SelfChecks.keys(service, request, data),
        SelfChecks.unknownCodes(resources, engine.guideline()),
        SelfChecks.unused(chart),
        SelfChecks.units(chart),
        SelfChecks.verdicts(traces),
        made.shown().stream()
            .map(card -> new SelfCheck.OfCard(card.indicator(), CardMaker.statements(card)))
            .toList(),
        SelfChecks.statements(engine.guideline(), traces, made, language),
        steps.milliseconds());
  }

  private static SelfCheck refused(
      Service service, int status, String text, List<SelfCheck.Key> keys, Steps steps) {
    return new SelfCheck(
        service.id(),
        service.hook(),
        new SelfCheck.Refused(status, text),
        keys,
        List.of(),
        Map.of(),
        List.of(),
        Map.of(),
        List.of(),
        List.of(),
        steps.milliseconds());
  }

  /** The time of each step, in the order they were done. */
  private static final class Steps {
    private final Map<String, Double> milliseconds = new LinkedHashMap<>();
    private long last = System.nanoTime();

    void done(String step) {
      long now = System.nanoTime();
      milliseconds.put(step, Math.round((now - last) / 1e4) / 100.0);
      last = now;
    }

    Map<String, Double> milliseconds() {
      return milliseconds;
    }
  }
}
