package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.access.CdsClient;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.chart.OtherPatientException;
import no.marg.ehr.EhrClient;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.journal.CardMemory;
import no.marg.knowledge.Service;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The CDS Hooks end points: discovery and calls (CDS Hooks 2.0). */
@RestController
final class CdsHooksController {
  private static final Logger LOG = LoggerFactory.getLogger(CdsHooksController.class);
  private static final int LARGEST_BODY = 30_000_000;

  private static final Text OPEN_DEMO =
      new Text(
          " ÅPEN DEMO: alle kan kalle tjenesten, uten innlogging.",
          " OPEN DEMO: anybody can call the service, without authentication.");

  private final GuidelineEngine engine;
  private final Offered offered;
  private final HookRequestReader reader;
  private final CardMaker cards;
  private final EhrClient ehr;
  private final CardSettings settings;
  private final HooksSettings hooks;
  private final Clock clock;
  private final CallMeters meters;
  private final CallAudit audit;
  private final CardMemory memory;
  private final FhirContext fhir;
  private final JsonMapper json = JsonMapper.builder().build();

  CdsHooksController(
      GuidelineEngine engine,
      Offered offered,
      FhirContext fhir,
      CardSettings settings,
      HooksSettings hooks,
      EhrClient ehr,
      Clock clock,
      CallMeters meters,
      CallAudit audit,
      CardMemory memory) {
    this.engine = engine;
    this.offered = offered;
    this.reader = new HookRequestReader(fhir);
    this.cards = new CardMaker(engine.guideline(), fhir, settings, hooks.guidelineUrl());
    this.settings = settings;
    this.hooks = hooks;
    this.ehr = ehr;
    this.clock = clock;
    this.meters = meters;
    this.audit = audit;
    this.memory = memory;
    this.fhir = fhir;
  }

  /** The services offered. */
  @GetMapping(path = "/cds-services", produces = MediaType.APPLICATION_JSON_VALUE)
  String discovery(
      @RequestHeader(name = "Accept-Language", defaultValue = "nb") String accepted,
      HttpServletRequest http) {
    String language = language(accepted);
    // Nobody may take a service that answers everybody for one that is ready for patients.
    String open = CdsClient.of(http).open() ? OPEN_DEMO.in(language) : "";
    List<Map<String, Object>> services = new ArrayList<>();
    for (Service service : offered.services().values()) {
      Map<String, Object> described = new LinkedHashMap<>();
      described.put("hook", service.hook());
      described.put("title", service.title().in(language));
      described.put("description", service.description().in(language) + open);
      described.put("id", service.id());
      if (!service.prefetch().isEmpty()) {
        described.put("prefetch", service.prefetch());
      }
      if (hooks.ballot().versions()) {
        described.put("version", Offered.SPECIFICATION);
        String hookVersion = Offered.hookVersion(service.hook());
        if (hookVersion != null) {
          described.put("hookVersion", hookVersion);
        }
      }
      if (!service.usage().nb().isEmpty()) {
        described.put("usageRequirements", service.usage().in(language));
      }
      services.add(described);
    }
    return json.writeValueAsString(Map.of("services", services));
  }

  /** Answers one call. */
  @PostMapping(
      path = "/cds-services/{id}",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  byte[] call(
      @PathVariable String id,
      @RequestBody byte[] body,
      @RequestHeader(name = "Accept-Language", defaultValue = "nb") String accepted,
      HttpServletRequest http) {
    long start = System.nanoTime();
    Service service = offered.services().get(id);
    if (service == null) {
      throw HookException.unknownService(id);
    }
    if (body.length > LARGEST_BODY) {
      throw HookException.tooLarge("The request is larger than " + LARGEST_BODY + " bytes");
    }
    audit.received(http, body);
    HookRequest request = reader.read(body, service);
    audit.named(http, request.hookInstance());
    String correlation = loggable(request.hookInstance());
    MDC.put(CallFilter.CORRELATION, correlation);
    PatientData data =
        PatientData.of(
            request,
            service,
            server(request, http),
            ehr,
            hooks.deadline().minusNanos(System.nanoTime() - start));
    Chart chart = chart(request, data, request.orders());
    List<Finding> findings = findings(service, request, data, chart);
    CardMaker.Made made =
        cards.cards(
            findings,
            chart,
            data.gaps(),
            language(accepted),
            settings.addressFor(http),
            new Repeats(
                memory.of(CallAudit.caller(http), patientOfServer(request)),
                id,
                engine.guideline().version(),
                fhir));
    if (hooks.ballot().actionSelection().contains(CdsClient.of(http).issuer())) {
      made = made.withActionSelection();
    }
    List<Card> found = made.shown();
    byte[] answer = json.writeValueAsBytes(Card.Answer.of(made));
    meters.answered(id, findings, data.gaps().keySet(), found);
    audit.answered(http, id, made.remembered());
    LOG.info(
        "service={} call={} cards={} fetched={} gaps={} ms={}",
        id,
        correlation,
        found.size(),
        data.fetched(),
        data.gaps().size(),
        (System.nanoTime() - start) / 1_000_000);
    return answer;
  }

  /** An id names a patient on one server only. */
  static String patientOfServer(HookRequest request) {
    HookRequest.Server named = request.server();
    return (named == null ? "" : named.base()) + '|' + request.patientId();
  }

  /** The FHIR server to ask for what the prefetch does not hold; null when there is none. */
  @Nullable URI server(HookRequest request, HttpServletRequest http) {
    HookRequest.Server named = request.server();
    if (named == null) {
      return null;
    }
    if (hooks.requireHttps() && !named.base().regionMatches(true, 0, "https:", 0, 6)) {
      throw HookException.badRequest("fhirServer must be https");
    }
    try {
      URI base = URI.create(named.base());
      if (CdsClient.of(http).allowsFhirServer(base)) {
        return base;
      }
    } catch (IllegalArgumentException e) {
      throw HookException.badRequest("fhirServer is not an address");
    }
    LOG.info("call={} the FHIR server is not allowed", loggable(request.hookInstance()));
    return null;
  }

  /** What the guideline says in this call, about its own orders only. */
  List<Finding> findings(Service service, HookRequest request, PatientData data, Chart chart) {
    Map<String, Object> parameters = parameters(request);
    List<Finding> all = engine.advise(service, chart, parameters).findings();
    Selected selected = Selected.of(request);
    if (!selected.hasOthers()) {
      return all;
    }
    Chart others = chart(request, data, selected.others());
    Chart none = chart(request, data, List.of());
    return selected.about(
        all,
        engine.advise(service, others, parameters).findings(),
        engine.advise(service, none, parameters).findings());
  }

  Chart chart(HookRequest request, PatientData data, List<Resource> orders) {
    List<Resource> resources = new ArrayList<>();
    data.resources().values().forEach(resources::addAll);
    for (Resource condition : request.conditions()) {
      // A diagnosis being written is this patient's, also where the record has yet to say so.
      if (condition instanceof Condition added && !added.hasSubject()) {
        added.setSubject(new Reference("Patient/" + request.patientId()));
      }
      resources.add(condition);
    }
    try {
      return engine.chart(
          new ChartReader.Source(
              request.patientId(),
              LocalDate.now(clock),
              resources,
              orders,
              data.gaps().keySet(),
              request.server() == null ? null : request.server().base()),
          ChartReader.OtherPatient.REFUSE);
    } catch (OtherPatientException e) {
      if (data.fetched()) {
        throw HookException.dataNotObtained(
            "The FHIR server gave data of another patient; nothing was advised");
      }
      throw e;
    }
  }

  /** What the hook's context holds, as CQL parameters of MMData. */
  static Map<String, Object> parameters(HookRequest request) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("Selections", request.selections());
    parameters.put("Appointments", request.appointments());
    if (request.encounterId() != null) {
      parameters.put("Encounter", request.encounterId());
    }
    if (request.userId() != null) {
      parameters.put("User", request.userId());
    }
    return parameters;
  }

  /** A client chooses this id; only what a UUID can hold goes to the log. */
  private static String loggable(String hookInstance) {
    return hookInstance.matches("[0-9a-fA-F-]{36}") ? hookInstance : "not-a-uuid";
  }

  static String language(String accepted) {
    return accepted.trim().startsWith("en") ? "en" : "nb";
  }
}
