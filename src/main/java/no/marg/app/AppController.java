package no.marg.app;

import ca.uhn.fhir.context.FhirContext;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
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
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
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
import org.springframework.dao.DataAccessException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
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
  private static final int LAST_CYCLE = 99;

  private final Launches launches;
  private final PatientRecords records;
  private final RecordWriter writer;
  private final MarkedTransaction transactions;
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
    this.transactions = new MarkedTransaction(fhir);
    this.engine = engine;
    this.form = form;
    this.fhir = fhir;
    this.clock = clock;
  }

  /**
   * What the page sends.
   *
   * @param answers facts of this session that the record does not hold, or that are to be saved
   * @param attempt of a press of a button that writes; see {@link MarkedTransaction}. Null for a
   *     question
   */
  record Asked(@Nullable List<FactForm.Answer> answers, @Nullable String attempt) {}

  /** Which statement to explain. */
  record AskedStatement(@Nullable List<FactForm.Answer> answers, String id) {}

  /** Which cycle to make, or to order. */
  record AskedCycle(
      @Nullable List<FactForm.Answer> answers,
      String regimen,
      String start,
      @Nullable Integer number,
      boolean stepUp,
      @Nullable String attempt) {}

  /** Which offer of which finding to write. */
  record AskedOffer(
      @Nullable List<FactForm.Answer> answers,
      String advice,
      String label,
      @Nullable String attempt) {}

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
   * @param canSend whether the record allows this session to create each of them
   */
  record Cycle(
      CycleCalendar calendar,
      boolean isWhole,
      @Nullable String ics,
      @Nullable String bundle,
      boolean canSend) {}

  /** The page. It is the same for every launch; what it shows it asks for. */
  @GetMapping(produces = MediaType.TEXT_HTML_VALUE)
  ResponseEntity<org.springframework.core.io.Resource> page() {
    return ResponseEntity.ok()
        .contentType(MediaType.parseMediaType("text/html;charset=UTF-8"))
        .body(new ClassPathResource("static/smart-app/index.html"));
  }

  /** Everything the pages show. */
  @PostMapping("/view")
  View view(Call call, @RequestBody Asked asked) {
    long start = System.nanoTime();
    List<Observation> entered = observations(asked.answers(), call.launch());
    PatientRecord record = records.read(call.request(), call.launch());
    long read = System.nanoTime();
    Chart chart = records.chart(record.with(entered));
    View view =
        new ViewMaker(
                engine, records.service(), chart, call.words(), form, fhir, call.launch().scopes())
            .view(call.launch(), entered(asked.answers(), entered, record, call.words()));
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
  List<Question> form(Call call) {
    Words words = call.words();
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
  Trace statement(Call call, @RequestBody AskedStatement asked) {
    Chart chart = chart(call, asked.answers());
    ReportLine line =
        engine.report(chart, null).stream()
            .filter(each -> each.entry().id().equals(asked.id()))
            .findFirst()
            .orElseThrow(() -> new AppException(404, "There is no such statement"));
    return Trace.of(line, call.words(), sentences(call), engine.guideline());
  }

  /** The text of a CQL definition. */
  @GetMapping("/definition")
  Trace.Logic definition(Call call, @RequestParam String library, @RequestParam String name) {
    Trace.Logic logic = Trace.logic(engine.guideline(), new Definition(library, name));
    if (logic == null) {
      throw new AppException(404, "There is no such definition");
    }
    return logic;
  }

  /** A cycle of a regimen with this patient's doses and dates. */
  @PostMapping("/cycle")
  Cycle cycle(Call call, @RequestBody AskedCycle asked) {
    CarePlan applied = apply(asked, call);
    String language = call.words().language();
    CycleCalendar calendar = CycleCalendar.of(applied, language);
    List<Resource> orders = orders(applied, call);
    boolean isWhole = calendar.problems().isEmpty() && !orders.isEmpty();
    return new Cycle(
        calendar,
        isWhole,
        isWhole ? calendar.toICalendar(clock.instant(), language) : null,
        isWhole ? sentences(call).transaction(orders) : null,
        isWhole && sentences(call).canSend(orders));
  }

  /** Writes the draft orders of a cycle to the record. */
  @PostMapping("/order-cycle")
  Map<String, Integer> orderCycle(Call call, @RequestBody AskedCycle asked) {
    CarePlan applied = apply(asked, call);
    List<Resource> orders = orders(applied, call);
    if (orders.isEmpty()
        || !CycleCalendar.of(applied, call.words().language()).problems().isEmpty()) {
      throw new AppException(422, "The cycle is not whole");
    }
    return write(call, transactions.of(call.launch(), asked.attempt(), orders));
  }

  /** Writes what a finding offers to the record. */
  @PostMapping("/order")
  Map<String, Integer> order(Call call, @RequestBody AskedOffer asked) {
    Chart chart = chart(call, asked.answers());
    Suggestion suggestion =
        engine.advise(records.service(), chart, Map.of()).findings().stream()
            .filter(finding -> finding.statement().actionId().equals(asked.advice()))
            .flatMap(finding -> finding.suggestions().stream())
            .filter(each -> call.words().of(each.label()).equals(asked.label()))
            .findFirst()
            .orElseThrow(() -> new AppException(409, "The advice is no longer given"));
    List<Resource> orders =
        sentences(call)
            .fresh(suggestion.actions().stream().map(Suggestion.Action::resource).toList());
    if (orders.isEmpty()) {
      throw new AppException(422, "The offer can not be written");
    }
    return write(call, transactions.of(call.launch(), asked.attempt(), orders));
  }

  /**
   * Writes answers to the record: each as an Observation, or as a Condition where that is its form
   * and the record allows it and does not hold it yet. A diagnosis is both.
   */
  @PostMapping("/save")
  Map<String, Integer> save(Call call, @RequestBody Asked asked) {
    Launch launch = call.launch();
    List<FactForm.Answer> answers = checked(asked.answers());
    if (answers.isEmpty()) {
      throw new AppException(400, "There are no answers");
    }
    Map<FactForm.Answer, Condition> conditions = conditions(answers, asked.attempt(), call);
    List<Resource> resources = new ArrayList<>();
    for (FactForm.Answer answer : answers) {
      Condition condition = conditions.get(answer);
      if (condition == null || isDiagnosis(answer)) {
        resources.add(stated(form.observation(answer, launch.patientId(), today()), launch));
      }
      if (condition != null) {
        resources.add(condition);
      }
    }
    boolean asAsked = launch.scopes().canWrite("QuestionnaireResponse");
    if (asAsked) {
      resources.add(0, response(answers, launch));
    }
    Bundle bundle = transactions.of(launch, asked.attempt(), resources);
    String response = bundle.getEntryFirstRep().getFullUrl();
    for (Resource resource : resources) {
      if (resource instanceof QuestionnaireResponse given) {
        given.setAuthoredElement(new DateTimeType(Date.from(clock.instant())));
      } else if (resource instanceof Observation observation) {
        observation.setIssued(Date.from(clock.instant()));
        if (asAsked) {
          observation.addDerivedFrom(new Reference(response));
        }
      }
    }
    return write(call, bundle);
  }

  /** Conditions that answers are and the record does not hold yet. */
  private Map<FactForm.Answer, Condition> conditions(
      List<FactForm.Answer> answers, @Nullable String attempt, Call call) {
    Launch launch = call.launch();
    Map<FactForm.Answer, Condition> conditions = new LinkedHashMap<>();
    if (!launch.scopes().canWrite("Condition")) {
      return conditions;
    }
    for (FactForm.Answer answer : answers) {
      Condition condition = form.condition(answer, launch.patientId(), today());
      if (condition != null) {
        Reference user = user(launch);
        if (user != null) {
          condition.setRecorder(user).setAsserter(user.copy());
        }
        conditions.put(answer, condition);
      }
    }
    if (!conditions.isEmpty()) {
      List<Resource> recorded = records.read(call.request(), launch).resources();
      conditions
          .entrySet()
          .removeIf(
              entry ->
                  recorded.stream()
                      .anyMatch(
                          each ->
                              each instanceof Condition held
                                  && form.isSaidBy(entry.getKey(), held)
                                  && !transactions.isOf(
                                      launch, attempt, entry.getValue(), held.getIdentifier())));
    }
    return conditions;
  }

  /** The statement of a diagnosis ranks before what a list of problems says, so it stands too. */
  private boolean isDiagnosis(FactForm.Answer answer) {
    return form.question(answer.question()).type().equals("choice");
  }

  /** What the advice would be with other values. */
  @PostMapping("/what-if")
  Comparison whatIf(Call call, @RequestBody AskedHypothesis asked) {
    Integer age = asked.age();
    if (age != null && (age < 18 || age > 110)) {
      throw new AppException(400, "The age must be from 18 to 110 years");
    }
    PatientRecord record =
        records
            .read(call.request(), call.launch())
            .with(observations(asked.answers(), call.launch()));
    PatientRecord changed =
        Hypothesis.of(record, observations(asked.changes(), call.launch()), age, today());
    return compare(advice(record, call), advice(changed, call));
  }

  /** Ends the session. */
  @PostMapping("/end")
  ResponseEntity<Void> end(Call call) {
    launches.end(call.request(), call.launch());
    return ResponseEntity.noContent().build();
  }

  private LocalDate today() {
    return records.today();
  }

  private Sentences sentences(Call call) {
    return new Sentences(call.words(), form, fhir, call.launch().scopes());
  }

  private Chart chart(Call call, @Nullable List<FactForm.Answer> answers) {
    List<Observation> entered = observations(answers, call.launch());
    return records.chart(records.read(call.request(), call.launch()).with(entered));
  }

  private static List<FactForm.Answer> checked(@Nullable List<FactForm.Answer> answers) {
    if (answers == null) {
      return List.of();
    }
    if (answers.size() > MOST_ANSWERS) {
      throw new AppException(400, "Too many answers");
    }
    return answers;
  }

  /** Facts of the session, in the order of the answers; entered now. */
  private List<Observation> observations(@Nullable List<FactForm.Answer> answers, Launch launch) {
    List<Observation> observations = new ArrayList<>();
    for (FactForm.Answer answer : checked(answers)) {
      Observation observation = form.observation(answer, launch.patientId(), today());
      observation.setIssued(Date.from(clock.instant()));
      observations.add(stated(observation, launch));
    }
    return observations;
  }

  private static Observation stated(Observation observation, Launch launch) {
    Reference user = user(launch);
    if (user != null) {
      observation.addPerformer(user);
    }
    return observation;
  }

  /** Who uses the app, where that is known and one who can state a finding; otherwise null. */
  private static @Nullable Reference user(Launch launch) {
    String user = launch.fhirUser();
    return user != null && user.matches("Practitioner(Role)?/[A-Za-z0-9.-]{1,64}")
        ? new Reference(user)
        : null;
  }

  private List<View.Entered> entered(
      @Nullable List<FactForm.Answer> answers,
      List<Observation> observations,
      PatientRecord record,
      Words words) {
    List<View.Entered> entered = new ArrayList<>();
    for (FactForm.Answer answer : checked(answers)) {
      FactForm.Question question = form.question(answer.question());
      Observation observation = observations.get(entered.size());
      entered.add(
          new View.Entered(
              answer.question(),
              words.of(question.text()),
              shown(answer.value(), question, words),
              words.date(LocalDate.parse(answer.day())),
              record.answers(observation)));
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

  private QuestionnaireResponse response(List<FactForm.Answer> answers, Launch launch) {
    QuestionnaireResponse response = new QuestionnaireResponse();
    response.setStatus(QuestionnaireResponse.QuestionnaireResponseStatus.COMPLETED);
    response.setQuestionnaire(
        Guideline.BASE + "/Questionnaire/mm-facts|" + engine.guideline().version());
    response.setSubject(new Reference("Patient/" + launch.patientId()));
    Reference user = user(launch);
    if (user != null) {
      response.setAuthor(user);
    }
    for (FactForm.Answer answer : answers) {
      Observation observation = form.observation(answer, launch.patientId(), today());
      var item = response.addItem().setLinkId(answer.question());
      if (observation.hasValueCodeableConcept()) {
        item.addAnswer().setValue(observation.getValueCodeableConcept().getCodingFirstRep());
      } else if (observation.hasValue()) {
        item.addAnswer().setValue(observation.getValue());
      }
    }
    return response;
  }

  private CarePlan apply(AskedCycle asked, Call call) {
    Parameters parameters = new Parameters();
    parameters.addParameter("CycleStart", new DateType(firstDay(asked, call.words()).toString()));
    if (asked.stepUp()) {
      parameters.addParameter("Phase", new StringType("step-up"));
    } else {
      Integer number = asked.number();
      if (number == null || number < 1 || number > LAST_CYCLE) {
        throw new AppException(
            400,
            call.words()
                .of(
                    "Kurens nummer må være fra 1 til " + LAST_CYCLE,
                    "The number of the cycle must be from 1 to " + LAST_CYCLE));
      }
      parameters.addParameter("CycleNumber", new IntegerType(number));
    }
    return engine.apply(asked.regimen(), chart(call, asked.answers()), parameters);
  }

  /** The first day; the rules refuse one that is further away, in English. */
  private LocalDate firstDay(AskedCycle asked, Words words) {
    LocalDate today = today();
    try {
      LocalDate day = LocalDate.parse(asked.start());
      if (!day.isBefore(today.minusYears(2)) && !day.isAfter(today.plusYears(2))) {
        return day;
      }
    } catch (DateTimeException e) {
      LOG.debug("the first day is no date");
    }
    throw new AppException(
        400,
        words.of(
            "Første dag må være en dato innen to år fra " + words.date(today),
            "The first day must be a date within two years of " + words.date(today)));
  }

  /** The draft orders of a cycle; none when it must not be ordered as a whole. */
  private List<Resource> orders(CarePlan applied, Call call) {
    CycleOrders orders = CycleOrders.of(applied);
    if (!orders.isWhole()) {
      return List.of();
    }
    List<Resource> resources = new ArrayList<>();
    for (CycleOrders.Part part : orders.parts()) {
      if (!(part.resource() instanceof CommunicationRequest)) {
        Resource resource = part.resource().copy();
        resource.setId((String) null);
        resources.add(resource);
      }
    }
    return sentences(call).fresh(resources);
  }

  private Map<String, Integer> write(Call call, Bundle bundle) {
    mustBeAllowed(call.launch(), bundle);
    launches.write(
        call.request(),
        call.launch(),
        access -> {
          // A new token may have come with fewer rights.
          launches
              .of(call.request(), call.launch().id())
              .ifPresent(now -> mustBeAllowed(now, bundle));
          return writer.write(access, bundle);
        });
    LOG.info("app=write resources={}", bundle.getEntry().size());
    return Map.of("written", bundle.getEntry().size());
  }

  private static void mustBeAllowed(Launch launch, Bundle bundle) {
    for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
      if (!launch.scopes().canWrite(entry.getResource().fhirType())) {
        throw new AppException(403, "The record does not allow this user to write");
      }
    }
  }

  private Map<String, View.Advice> advice(PatientRecord record, Call call) {
    Sentences sentences = sentences(call);
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

  /**
   * A problem as the page reads it.
   *
   * @param reason what the record said, to be shown as text; empty for nothing
   */
  record Problem(String problem, String reason) {}

  @ExceptionHandler
  ResponseEntity<Problem> refused(AppException e) {
    return ResponseEntity.status(e.status())
        .contentType(MediaType.APPLICATION_JSON)
        .body(new Problem(String.valueOf(e.getMessage()), e.reason()));
  }

  @ExceptionHandler
  ResponseEntity<Problem> ended(LaunchEndedException e) {
    return refused(new AppException(401, "The session has ended"));
  }

  /** Before anything was sent: a new token could not be asked for. */
  @ExceptionHandler
  ResponseEntity<Problem> unreachable(RecordUnreachableException e) {
    return refused(new AppException(502, "The record does not answer; nothing was sent"));
  }

  /** Before anything was sent: the launch could not be looked up. */
  @ExceptionHandler
  ResponseEntity<Problem> away(DataAccessException e) {
    LOG.error("the database does not answer: {}", e.getClass().getName());
    return refused(new AppException(503, "The service can not answer now"));
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
    return refused(new AppException(502, "The record answered with another patient"));
  }
}
