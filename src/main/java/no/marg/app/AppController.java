package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import no.marg.app.PatientRecords.PatientRecord;
import no.marg.calendar.CycleCalendar;
import no.marg.chart.Chart;
import no.marg.chart.OtherPatientException;
import no.marg.engine.CycleOrders;
import no.marg.engine.Finding;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.ReportLine;
import no.marg.engine.Suggestion;
import no.marg.engine.UnusableInputException;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.smart.Launch;
import no.marg.smart.LaunchEndedException;
import no.marg.smart.Launches;
import no.marg.smart.RecordUnreachableException;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.QuestionnaireResponse;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The app's page on one launch, and the JSON it asks. Every answer is about the patient of the
 * launch in the address and of no other. Calls with POST need the header {@code X-Marg-App}, which
 * a page of another origin can not set.
 */
@RestController
@RequestMapping(path = "/smart/app/{launchId}", produces = MediaType.APPLICATION_JSON_VALUE)
final class AppController {
  private static final Logger LOG = LoggerFactory.getLogger(AppController.class);
  private static final int MOST_ANSWERS = 200;

  private final Launches launches;
  private final PatientRecords records;
  private final RecordWriter writer;
  private final GuidelineEngine engine;
  private final FactForm form;
  private final FhirContext fhir;
  private final Clock clock;

  AppController(
      Launches launches,
      PatientRecords records,
      RecordWriter writer,
      GuidelineEngine engine,
      FactForm form,
      FhirContext fhir,
      Clock clock) {
    this.launches = launches;
    this.records = records;
    this.writer = writer;
    this.engine = engine;
    this.form = form;
    this.fhir = fhir;
    this.clock = clock;
  }

  /**
   * What the page sends.
   *
   * @param answers facts of this session that the record does not hold
   */
  record Asked(@Nullable List<FactForm.Answer> answers) {}

  /** Which statement to explain. */
  record AskedStatement(@Nullable List<FactForm.Answer> answers, String id) {}

  /** Which cycle to make. */
  record AskedCycle(
      @Nullable List<FactForm.Answer> answers,
      String regimen,
      String start,
      @Nullable Integer number,
      boolean stepUp) {}

  /** Which offer of which finding to write. */
  record AskedOffer(@Nullable List<FactForm.Answer> answers, String advice, String label) {}

  /** What would be otherwise. */
  record AskedHypothesis(
      @Nullable List<FactForm.Answer> answers,
      @Nullable List<FactForm.Answer> changes,
      @Nullable Integer age) {}

  /** Advice before and after a change. */
  record Comparison(List<Change> changes, int unchanged) {}

  /** One piece of advice that is new, gone or worded otherwise. */
  record Change(String kind, View.Advice advice, View.@Nullable Advice before) {}

  /** A question of the form. */
  record Question(
      String id, String group, String text, String type, String unit, List<Option> options) {}

  /** An answer that can be chosen. */
  record Option(String id, String text) {}

  /**
   * A cycle.
   *
   * @param isWhole whether everything could be decided and dosed; only then is there a file or an
   *     order
   * @param ics the cycle as iCalendar; null when it is not whole
   * @param bundle the draft orders as a FHIR transaction; null when it is not whole
   */
  record Cycle(
      CycleCalendar calendar, boolean isWhole, @Nullable String ics, @Nullable String bundle) {}

  /** The page. It is the same for every launch; what it shows it asks for. */
  @GetMapping(produces = MediaType.TEXT_HTML_VALUE)
  ResponseEntity<org.springframework.core.io.Resource> page(@PathVariable String launchId) {
    return ResponseEntity.ok()
        .contentType(MediaType.parseMediaType("text/html;charset=UTF-8"))
        .body(new ClassPathResource("static/smart-app/index.html"));
  }

  /** Everything the pages show. */
  @PostMapping("/view")
  View view(
      @PathVariable String launchId,
      @RequestBody Asked asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    long start = System.nanoTime();
    List<Observation> entered = observations(asked.answers(), call.launch());
    PatientRecord record = records.read(request, call.launch());
    long read = System.nanoTime();
    Chart chart = records.chart(record.with(entered));
    View view =
        new ViewMaker(engine, records.service(), chart, call.words(), form, fhir)
            .view(
                call.launch(),
                call.launch().scopes().canWrite("Observation"),
                call.launch().scopes().canWrite("MedicationRequest")
                    && call.launch().scopes().canWrite("ServiceRequest"),
                entered(asked.answers(), call.words()));
    LOG.info(
        "app=view resources={} unread={} read-ms={} view-ms={}",
        record.resources().size(),
        record.unread().size(),
        (read - start) / 1_000_000,
        (System.nanoTime() - read) / 1_000_000);
    return view;
  }

  /** The questions of the form. */
  @GetMapping("/form")
  List<Question> form(
      @PathVariable String launchId,
      @RequestParam(defaultValue = "") String lang,
      HttpServletRequest request) {
    Words words = new Words(language(launch(launchId, request), lang), engine.guideline());
    return form.questions().stream()
        .map(
            question ->
                new Question(
                    question.id(),
                    words.of(question.group()),
                    words.of(question.text()),
                    question.type(),
                    words.unit(question.unit()),
                    question.choices().stream()
                        .map(choice -> new Option(choice.id(), words.of(choice.text())))
                        .toList()))
        .toList();
  }

  /** How one statement came to its verdict. */
  @PostMapping("/statement")
  Trace statement(
      @PathVariable String launchId,
      @RequestBody AskedStatement asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    Chart chart = chart(request, call.launch(), asked.answers());
    ReportLine line =
        engine.report(chart, null).stream()
            .filter(each -> each.entry().id().equals(asked.id()))
            .findFirst()
            .orElseThrow(() -> new AppException(404, "There is no such statement"));
    return Trace.of(
        line, call.words(), new Sentences(call.words(), form, fhir), engine.guideline());
  }

  /** The text of a CQL definition. */
  @GetMapping("/definition")
  Trace.Logic definition(
      @PathVariable String launchId,
      @RequestParam String library,
      @RequestParam String name,
      HttpServletRequest request) {
    launch(launchId, request);
    Trace.Logic logic = Trace.logic(engine.guideline(), new Definition(library, name));
    if (logic == null) {
      throw new AppException(404, "There is no such definition");
    }
    return logic;
  }

  /** A cycle of a regimen with this patient's doses and dates. */
  @PostMapping("/cycle")
  Cycle cycle(
      @PathVariable String launchId,
      @RequestBody AskedCycle asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    CarePlan applied = apply(asked, request, call.launch());
    String language = call.words().language();
    CycleCalendar calendar = CycleCalendar.of(applied, language);
    String bundle = orders(applied, call);
    boolean isWhole = calendar.problems().isEmpty() && bundle != null;
    return new Cycle(
        calendar,
        isWhole,
        isWhole ? calendar.toICalendar(clock.instant(), language) : null,
        isWhole ? bundle : null);
  }

  /** Writes the draft orders of a cycle to the record. */
  @PostMapping("/order-cycle")
  Map<String, Integer> orderCycle(
      @PathVariable String launchId,
      @RequestBody AskedCycle asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    CarePlan applied = apply(asked, request, call.launch());
    String bundle = orders(applied, call);
    if (bundle == null
        || !CycleCalendar.of(applied, call.words().language()).problems().isEmpty()) {
      throw new AppException(422, "The cycle is not whole");
    }
    return write(request, call.launch(), bundle);
  }

  /** Writes what a finding offers to the record. */
  @PostMapping("/order")
  Map<String, Integer> order(
      @PathVariable String launchId,
      @RequestBody AskedOffer asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    Chart chart = chart(request, call.launch(), asked.answers());
    Suggestion suggestion =
        engine.advise(records.service(), chart, Map.of()).findings().stream()
            .filter(finding -> finding.statement().actionId().equals(asked.advice()))
            .flatMap(finding -> finding.suggestions().stream())
            .filter(each -> call.words().of(each.label()).equals(asked.label()))
            .findFirst()
            .orElseThrow(() -> new AppException(409, "The advice is no longer given"));
    String bundle =
        new Sentences(call.words(), form, fhir)
            .transaction(suggestion.actions().stream().map(Suggestion.Action::resource).toList());
    if (bundle == null) {
      throw new AppException(422, "The offer can not be written");
    }
    return write(request, call.launch(), bundle);
  }

  /** Writes answers to the record, one Observation each. */
  @PostMapping("/save")
  Map<String, Integer> save(
      @PathVariable String launchId,
      @RequestBody Asked asked,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Launch launch = call(launchId, "", own, request).launch();
    List<Observation> observations = observations(asked.answers(), launch);
    if (observations.isEmpty()) {
      throw new AppException(400, "There are no answers");
    }
    List<Resource> resources = new ArrayList<>(observations);
    Bundle bundle = new Bundle().setType(Bundle.BundleType.TRANSACTION);
    if (launch.scopes().canWrite("QuestionnaireResponse")) {
      String url = "urn:uuid:" + UUID.randomUUID();
      add(bundle, url, response(asked.answers(), launch));
      observations.forEach(each -> each.addDerivedFrom(new Reference(url)));
    }
    resources.forEach(each -> add(bundle, "urn:uuid:" + UUID.randomUUID(), each));
    return write(request, launch, fhir.newJsonParser().encodeResourceToString(bundle));
  }

  /** What the advice would be with other values. */
  @PostMapping("/what-if")
  Comparison whatIf(
      @PathVariable String launchId,
      @RequestBody AskedHypothesis asked,
      @RequestParam(defaultValue = "") String lang,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    Call call = call(launchId, lang, own, request);
    Integer age = asked.age();
    if (age != null && (age < 18 || age > 110)) {
      throw new AppException(400, "The age must be from 18 to 110 years");
    }
    PatientRecord record =
        records.read(request, call.launch()).with(observations(asked.answers(), call.launch()));
    PatientRecord changed =
        Hypothesis.of(record, observations(asked.changes(), call.launch()), age, records.today());
    return compare(advice(record, call.words()), advice(changed, call.words()));
  }

  /** Ends the session. */
  @PostMapping("/end")
  ResponseEntity<Void> end(
      @PathVariable String launchId,
      @RequestHeader(name = "X-Marg-App", required = false) @Nullable String own,
      HttpServletRequest request) {
    launches.end(request, call(launchId, "", own, request).launch());
    return ResponseEntity.noContent().build();
  }

  private record Call(Launch launch, Words words) {}

  private Call call(
      String launchId, String lang, @Nullable String own, HttpServletRequest request) {
    if (own == null) {
      throw new AppException(403, "The header X-Marg-App is missing");
    }
    Launch launch = launch(launchId, request);
    return new Call(launch, new Words(language(launch, lang), engine.guideline()));
  }

  private Launch launch(String launchId, HttpServletRequest request) {
    return launches
        .of(request, launchId)
        .orElseThrow(() -> new AppException(401, "The session has ended"));
  }

  private static String language(Launch launch, String asked) {
    return switch (asked) {
      case "nb", "en" -> asked;
      default -> launch.locale().getLanguage().equals("en") ? "en" : "nb";
    };
  }

  private Chart chart(
      HttpServletRequest request, Launch launch, @Nullable List<FactForm.Answer> answers) {
    List<Observation> entered = observations(answers, launch);
    return records.chart(records.read(request, launch).with(entered));
  }

  private List<Observation> observations(@Nullable List<FactForm.Answer> answers, Launch launch) {
    if (answers == null) {
      return List.of();
    }
    if (answers.size() > MOST_ANSWERS) {
      throw new AppException(400, "Too many answers");
    }
    List<Observation> observations = new ArrayList<>();
    for (FactForm.Answer answer : answers) {
      Observation observation = form.observation(answer, launch.patientId(), records.today());
      String user = launch.fhirUser();
      if (user != null && user.matches("Practitioner(Role)?/[A-Za-z0-9.-]{1,64}")) {
        observation.addPerformer(new Reference(user));
      }
      observations.add(observation);
    }
    return observations;
  }

  private List<View.Entered> entered(@Nullable List<FactForm.Answer> answers, Words words) {
    List<View.Entered> entered = new ArrayList<>();
    for (FactForm.Answer answer : answers == null ? List.<FactForm.Answer>of() : answers) {
      FactForm.Question question = form.question(answer.question());
      entered.add(
          new View.Entered(
              answer.question(),
              words.of(question.text()),
              shown(answer.value(), question, words),
              words.date(LocalDate.parse(answer.day()))));
    }
    return entered;
  }

  private static String shown(@Nullable String value, FactForm.Question question, Words words) {
    if (value == null) {
      return words.of("spurt, ikke kjent", "asked, not known");
    }
    return switch (question.type()) {
      case "boolean" -> value.equals("true") ? words.of("ja", "yes") : words.of("nei", "no");
      case "choice" ->
          question.choices().stream()
              .filter(choice -> choice.id().equals(value))
              .map(choice -> words.of(choice.text()))
              .findFirst()
              .orElse(value);
      case "date", "dateTime" -> words.date(LocalDate.parse(value));
      default -> (value + " " + words.unit(question.unit())).strip();
    };
  }

  private QuestionnaireResponse response(@Nullable List<FactForm.Answer> answers, Launch launch) {
    QuestionnaireResponse response = new QuestionnaireResponse();
    response.setStatus(QuestionnaireResponse.QuestionnaireResponseStatus.COMPLETED);
    response.setQuestionnaire(
        Guideline.BASE + "/Questionnaire/mm-facts|" + engine.guideline().version());
    response.setSubject(new Reference("Patient/" + launch.patientId()));
    for (FactForm.Answer answer : answers == null ? List.<FactForm.Answer>of() : answers) {
      Observation observation = form.observation(answer, launch.patientId(), records.today());
      var item = response.addItem().setLinkId(answer.question());
      if (observation.hasValueCodeableConcept()) {
        item.addAnswer().setValue(observation.getValueCodeableConcept().getCodingFirstRep());
      } else if (observation.hasValue()) {
        item.addAnswer().setValue(observation.getValue());
      }
    }
    return response;
  }

  private CarePlan apply(AskedCycle asked, HttpServletRequest request, Launch launch) {
    Parameters parameters = new Parameters();
    try {
      parameters.addParameter(
          "CycleStart", new DateType(LocalDate.parse(asked.start()).toString()));
    } catch (DateTimeException e) {
      throw new AppException(400, "The first day must be a date");
    }
    if (asked.stepUp()) {
      parameters.addParameter("Phase", new StringType("step-up"));
    } else {
      Integer number = asked.number();
      parameters.addParameter("CycleNumber", new IntegerType(number == null ? 1 : number));
    }
    return engine.apply(asked.regimen(), chart(request, launch, asked.answers()), parameters);
  }

  /** The draft orders of a cycle; null when it must not be ordered as a whole. */
  private @Nullable String orders(CarePlan applied, Call call) {
    CycleOrders orders = CycleOrders.of(applied);
    if (!orders.isWhole()) {
      return null;
    }
    List<Resource> resources = new ArrayList<>();
    for (CycleOrders.Part part : orders.parts()) {
      if (!(part.resource() instanceof CommunicationRequest)) {
        Resource resource = part.resource().copy();
        resource.setId((String) null);
        resources.add(resource);
      }
    }
    return new Sentences(call.words(), form, fhir).transaction(resources);
  }

  private static void add(Bundle bundle, String url, Resource resource) {
    bundle
        .addEntry()
        .setFullUrl(url)
        .setResource(resource)
        .getRequest()
        .setMethod(Bundle.HTTPVerb.POST)
        .setUrl(resource.fhirType());
  }

  private Map<String, Integer> write(HttpServletRequest request, Launch launch, String text) {
    Bundle bundle = fhir.newJsonParser().parseResource(Bundle.class, text);
    for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
      if (!launch.scopes().canWrite(entry.getResource().fhirType())) {
        throw new AppException(403, "The record does not allow this user to write");
      }
    }
    writer.write(launches.access(request, launch), bundle);
    LOG.info("app=write resources={}", bundle.getEntry().size());
    return Map.of("written", bundle.getEntry().size());
  }

  private Map<String, View.Advice> advice(PatientRecord record, Words words) {
    Sentences sentences = new Sentences(words, form, fhir);
    Map<String, View.Advice> advice = new LinkedHashMap<>();
    for (Finding finding :
        engine.advise(records.service(), records.chart(record), Map.of()).findings()) {
      advice.put(finding.statement().actionId(), sentences.of(finding));
    }
    return advice;
  }

  private static Comparison compare(
      Map<String, View.Advice> before, Map<String, View.Advice> after) {
    List<Change> changes = new ArrayList<>();
    int unchanged = 0;
    for (Map.Entry<String, View.Advice> entry : after.entrySet()) {
      View.Advice old = before.get(entry.getKey());
      if (old == null) {
        changes.add(new Change("new", entry.getValue(), null));
      } else if (!old.title().equals(entry.getValue().title())
          || !labels(old).equals(labels(entry.getValue()))) {
        changes.add(new Change("changed", entry.getValue(), old));
      } else {
        unchanged++;
      }
    }
    before.forEach(
        (id, old) -> {
          if (!after.containsKey(id)) {
            changes.add(new Change("gone", old, null));
          }
        });
    return new Comparison(changes, unchanged);
  }

  private static List<String> labels(View.Advice advice) {
    return advice.offers().stream().map(offer -> offer.label() + offer.steps()).toList();
  }

  /** A problem as the page reads it. */
  record Problem(String problem) {}

  @ExceptionHandler
  ResponseEntity<Problem> refused(AppException e) {
    return ResponseEntity.status(e.status())
        .contentType(MediaType.APPLICATION_JSON)
        .body(new Problem(String.valueOf(e.getMessage())));
  }

  @ExceptionHandler
  ResponseEntity<Problem> ended(LaunchEndedException e) {
    return refused(new AppException(401, "The session has ended"));
  }

  /** Before anything was sent: a new token could not be asked for. */
  @ExceptionHandler
  ResponseEntity<Problem> unreachable(RecordUnreachableException e) {
    return refused(new AppException(502, "The record does not answer"));
  }

  @ExceptionHandler
  ResponseEntity<Problem> unusable(UnusableInputException e) {
    return refused(new AppException(422, String.valueOf(e.getMessage())));
  }

  @ExceptionHandler({NoSuchElementException.class})
  ResponseEntity<Problem> unknown(NoSuchElementException e) {
    return refused(new AppException(404, "There is no such regimen"));
  }

  @ExceptionHandler
  ResponseEntity<Problem> foreign(OtherPatientException e) {
    return ResponseEntity.status(HttpStatus.BAD_GATEWAY)
        .contentType(MediaType.APPLICATION_JSON)
        .body(new Problem("The record answered with another patient"));
  }
}
