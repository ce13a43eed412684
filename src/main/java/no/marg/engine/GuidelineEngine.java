package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.CatalogueEntry;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Input;
import no.marg.knowledge.Service;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.fhir.utility.model.FhirModelResolverCache;

/**
 * Asks the guideline about one patient. Safe for many threads: everything that belongs to a patient
 * lives in the call.
 */
public final class GuidelineEngine {
  private static final Answer ALWAYS = new Answer.Value(true);
  private static final Text DEAD =
      new Text(
          "Pasienten er registrert som død: ingen bestillinger og ingen råd gis",
          "The patient is recorded as dead: no orders and no advice are given");

  private final Guideline guideline;
  private final Evaluator evaluator;
  private final ChartReader charts;
  private final FactReader facts;
  private final PlanApplier applier;
  private final FhirValues values;
  private final TestOrders tests;
  private final Map<String, Candidates> candidates = new HashMap<>();
  // Copied when first asked for: few calls need them, and the start should not wait for it.
  private volatile @Nullable List<PlanDefinition> cyclePlans;

  /** By activity, made when it is first refused: to read them copies every plan. */
  private final Map<String, List<Input>> activityInputs = new ConcurrentHashMap<>();

  /**
   * An engine.
   *
   * @param siteSettings what the hospital decides: CQL parameters of MMData by name
   * @param zone the zone of the hospital
   */
  public GuidelineEngine(
      Guideline guideline, FhirContext fhir, Parameters siteSettings, ZoneId zone) {
    this.guideline = guideline;
    this.charts = new ChartReader(new GuidelineRules(guideline), zone);
    this.facts = new FactReader(guideline);
    this.values = new FhirValues(fhir);
    this.applier = new PlanApplier(fhir, guideline, facts, values, this::cycle);
    this.tests = new TestOrders(guideline);
    this.evaluator = new Evaluator(guideline, fhir, zone, values.toCql(siteSettings));
    guideline
        .services()
        .values()
        .forEach(
            service ->
                candidates.put(service.id(), Candidates.of(service.statements(), evaluator::find)));
  }

  /**
   * Does that part of making an engine that needs no guideline, so that it can be done while the
   * guideline is loaded.
   */
  public static void prepare(FhirContext fhir) {
    ChartModelResolver.of(fhir);
    // cqf keeps a FHIR context of its own; it is made here and stays.
    FhirModelResolverCache.resolverForVersion(FhirVersionEnum.R4);
  }

  /** The guideline this engine asks. */
  public Guideline guideline() {
    return guideline;
  }

  /**
   * Reads a patient's record.
   *
   * @throws no.marg.chart.OtherPatientException if the record is another patient's
   */
  public Chart chart(ChartReader.Source source, ChartReader.OtherPatient otherPatient) {
    return charts.read(source, otherPatient);
  }

  /** The evaluation behind the other methods, for tests. */
  Evaluation evaluation(Chart chart, @Nullable Parameters parameters) {
    return start(chart, parameters);
  }

  /** The definitions that are not prepared (decision 3), each with the reason; for tests. */
  Map<String, String> leftToTheEngine() {
    return evaluator.leftToTheEngine();
  }

  /**
   * Starts an evaluation for a caller from outside.
   *
   * @throws UnusableInputException if a parameter has an unknown name, or a value of another type
   */
  private Evaluation startChecked(Chart chart, @Nullable Parameters parameters) {
    List<String> errors = evaluator.errors(values.toCql(parameters));
    if (!errors.isEmpty()) {
      throw new UnusableInputException(errors);
    }
    return start(chart, parameters);
  }

  private Evaluation start(Chart chart, @Nullable Parameters parameters) {
    return evaluator.start(chart, values.toCql(parameters));
  }

  /**
   * Evaluates definitions of one library.
   *
   * @param names names of the definitions; empty for all
   * @param parameters CQL parameters; they win over the site's settings
   * @return one parameter a definition; unknown and failed ones carry {@code data-absent-reason}
   * @throws NoSuchElementException if the library or a definition does not exist
   */
  public Parameters evaluate(
      String library, List<String> names, Chart chart, @Nullable Parameters parameters) {
    guideline.libraries().identifier(library);
    Collection<String> wanted =
        names.isEmpty()
            ? new java.util.TreeSet<>(guideline.libraries().definitionsOf(library))
            : names;
    List<Definition> definitions =
        wanted.stream().map(name -> new Definition(library, name)).toList();
    for (Definition definition : definitions) {
      if (!guideline.libraries().has(definition)) {
        throw new NoSuchElementException(
            "There is no definition \"" + definition.name() + "\" in library " + library);
      }
    }
    Evaluation evaluation = start(chart, parameters);
    Map<String, @Nullable Object> results = new LinkedHashMap<>();
    Set<String> failed = new LinkedHashSet<>();
    for (Definition definition : definitions) {
      Answer answer = evaluation.answer(definition);
      results.put(definition.name(), answer.orNull());
      if (answer instanceof Answer.Failure) {
        failed.add(definition.name());
      }
    }
    Parameters found = values.toParameters(results);
    found.getParameter().stream()
        .filter(parameter -> failed.contains(parameter.getName()))
        .forEach(parameter -> markFailed(parameter));
    return found;
  }

  /**
   * Evaluates definitions of any libraries in one run.
   *
   * @param parameters CQL parameters; they win over the site's settings
   * @return one parameter a definition, named {@code library.name}; of unknown and failed ones it
   *     has no value but {@code data-absent-reason}
   */
  public Parameters evaluate(
      List<Definition> definitions, Chart chart, @Nullable Parameters parameters) {
    return evaluate(definitions, start(chart, parameters));
  }

  private Parameters evaluate(List<Definition> definitions, Evaluation evaluation) {
    Map<String, @Nullable Object> results = new LinkedHashMap<>();
    for (Definition definition : definitions) {
      results.put(
          definition.library() + "." + definition.name(), evaluation.answer(definition).orNull());
    }
    return values.toParameters(results);
  }

  /**
   * Which of some definitions hold, from one run.
   *
   * @param parameters CQL parameters; they win over the site's settings
   */
  public Map<Definition, Truth> truths(
      List<Definition> definitions, Chart chart, @Nullable Parameters parameters) {
    Evaluation evaluation = start(chart, parameters);
    Map<Definition, Truth> truths = new LinkedHashMap<>();
    definitions.forEach(each -> truths.put(each, Truth.of(evaluation.answer(each))));
    return truths;
  }

  private static void markFailed(Parameters.ParametersParameterComponent parameter) {
    if (parameter.getValue() != null) {
      parameter.getValue().getExtension().stream()
          .filter(extension -> extension.getUrl().endsWith("data-absent-reason"))
          .forEach(extension -> extension.setValue(new org.hl7.fhir.r4.model.CodeType("error")));
    }
  }

  /**
   * The verdict on every statement of the guideline.
   *
   * @throws UnusableInputException if a parameter has an unknown name, or a value of another type
   */
  public List<ReportLine> report(Chart chart, @Nullable Parameters parameters) {
    return report(startChecked(chart, parameters));
  }

  /**
   * Everything about one patient, from one run: what several of them rest on is evaluated once.
   *
   * @param findings as {@link #advise} gives them without a hook's context
   * @param report as {@link #report}
   * @param results as {@link #evaluate(List, Chart, Parameters)}
   */
  public record Whole(List<Finding> findings, List<ReportLine> report, Parameters results) {}

  /** What a service advises, the verdict on every statement, and the results of definitions. */
  public Whole whole(Service service, Chart chart, List<Definition> definitions) {
    Evaluation evaluation = start(chart, null);
    return new Whole(
        advise(service, evaluation).findings(),
        report(evaluation),
        evaluate(definitions, evaluation));
  }

  private List<ReportLine> report(Evaluation evaluation) {
    List<ReportLine> lines = new ArrayList<>();
    for (CatalogueEntry each : guideline.catalogue()) {
      CatalogueEntry entry = facts.judging(each, evaluation);
      Statement statement = entry.statement();
      lines.add(
          new ReportLine(
              entry,
              facts.verdict(entry, evaluation),
              statement == null ? List.of() : facts.evidence(statement, evaluation)));
    }
    return lines;
  }

  /**
   * Applies a plan: an order set by its own conditions, any other plan by the statements it
   * reaches. For a patient recorded as dead it holds the note that says so, and nothing else.
   *
   * @throws NoSuchElementException if there is no such plan
   * @throws UnusableInputException if the plan can not be applied with these parameters
   */
  public CarePlan apply(String planId, Chart chart, @Nullable Parameters parameters) {
    Evaluation evaluation = startChecked(chart, parameters);
    List<Statement> statements = guideline.statementsOf(planId);
    if (isDead(chart)) {
      return applier.applyNothing(planId, DEAD, evaluation);
    }
    if (statements.isEmpty()) {
      return applyOrderSet(guideline.plan(planId), evaluation);
    }
    Service service =
        guideline.services().values().stream()
            .filter(each -> each.plan().equals(planId))
            .findFirst()
            .orElse(null);
    List<Statement> due =
        service == null
            ? due(Candidates.of(statements, evaluator::find), evaluation)
            : due(service, evaluation);
    return applier.apply(planId, due, evaluation);
  }

  private CarePlan applyOrderSet(PlanDefinition plan, Evaluation evaluation) {
    refuseBadInput(plan, evaluation);
    return applier.apply(plan, evaluation);
  }

  /** A cycle for a suggestion; without orders when its parameters can not be used. */
  private CycleOrders cycle(String planId, Map<String, Object> parameters, Evaluation evaluation) {
    try {
      return CycleOrders.of(applyOrderSet(guideline.plan(planId), evaluation.with(parameters)));
    } catch (UnusableInputException e) {
      return CycleOrders.none();
    }
  }

  /**
   * Applies one activity.
   *
   * @throws NoSuchElementException if there is no such activity
   * @throws UnusableInputException if a value it needs can not be determined, or the patient is
   *     recorded as dead
   */
  public Resource applyActivity(String activityId, Chart chart, @Nullable Parameters parameters) {
    ActivityDefinition activity = guideline.activity(activityId);
    if (isDead(chart)) {
      throw new UnusableInputException(List.of(DEAD.en()));
    }
    Evaluation evaluation = startChecked(chart, parameters);
    if (parameters != null
        && (parameters.hasParameter("CycleNumber") || parameters.hasParameter("Phase"))) {
      refuseOtherCycle(activity, evaluation);
    }
    try {
      return applier.apply(
          activity,
          evaluation,
          () -> activityInputs.computeIfAbsent(activity.getUrl(), this::inputsOf));
    } catch (UnusableInputException unknown) {
      List<String> errors = new ArrayList<>(unknown.errors());
      for (PlanDefinition plan : cyclePlans()) {
        if (plan.getAction().stream().anyMatch(action -> isIn(activity.getUrl(), action))) {
          inputErrors(plan, evaluation).stream()
              .filter(error -> !errors.contains(error))
              .forEach(errors::add);
        }
      }
      throw new UnusableInputException(errors);
    }
  }

  /** What the actions that hold an activity are decided by, in whichever plan. */
  private List<Input> inputsOf(String activity) {
    Map<String, Input> inputs = new LinkedHashMap<>();
    for (Resource plan : guideline.all("PlanDefinition")) {
      for (PlanDefinitionActionComponent action : ((PlanDefinition) plan).getAction()) {
        collectInputs(activity, action, List.of(), inputs);
      }
    }
    return List.copyOf(inputs.values());
  }

  private static void collectInputs(
      String activity,
      PlanDefinitionActionComponent action,
      List<Input> above,
      Map<String, Input> found) {
    List<Input> own =
        action.getInput().stream().map(Input::of).filter(input -> input != null).toList();
    List<Input> inputs = own.isEmpty() ? above : own;
    if (isOf(activity, action)) {
      inputs.forEach(input -> found.putIfAbsent(input.id(), input));
    }
    action.getAction().forEach(nested -> collectInputs(activity, nested, inputs, found));
  }

  private static boolean isOf(String activity, PlanDefinitionActionComponent action) {
    return action.hasDefinitionCanonicalType()
        && action.getDefinitionCanonicalType().getValue().split("\\|", 2)[0].equals(activity);
  }

  private static boolean isIn(String activity, PlanDefinitionActionComponent action) {
    return isOf(activity, action)
        || action.getAction().stream().anyMatch(nested -> isIn(activity, nested));
  }

  /** An activity has the dose of its own phase of a regimen, whatever cycle it is asked for. */
  private void refuseOtherCycle(ActivityDefinition activity, Evaluation evaluation) {
    boolean isOfAnother = false;
    for (PlanDefinition plan : cyclePlans()) {
      for (PlanDefinitionActionComponent action : plan.getAction()) {
        Boolean holds = holds(activity.getUrl(), action, evaluation);
        if (Boolean.TRUE.equals(holds)) {
          return;
        }
        isOfAnother |= holds != null;
      }
    }
    if (isOfAnother) {
      throw new UnusableInputException(
          List.of(
              "The activity is not part of the cycle asked for: apply the PlanDefinition of the"
                  + " regimen, which chooses the activities of the cycle"));
    }
  }

  /** The plans that are applied for a cycle, with the library in their expressions; only read. */
  private List<PlanDefinition> cyclePlans() {
    List<PlanDefinition> known = cyclePlans;
    if (known == null) {
      known =
          guideline.all("PlanDefinition").stream()
              .map(PlanDefinition.class::cast)
              .filter(plan -> plan.hasExtension(Guideline.INPUT_ERRORS))
              .toList();
      for (PlanDefinition plan : known) {
        String library = References.first(plan.getLibrary());
        plan.getAction().forEach(action -> References.pin(action, library));
      }
      cyclePlans = known;
    }
    return known;
  }

  /** Whether the activity is part of the action; null when it does not stand in it at all. */
  private static @Nullable Boolean holds(
      String url, PlanDefinitionActionComponent action, Evaluation evaluation) {
    Boolean holds = null;
    if (isOf(url, action)) {
      holds = true;
    }
    for (PlanDefinitionActionComponent nested : action.getAction()) {
      Boolean within = holds(url, nested, evaluation);
      if (within != null) {
        holds = within || Boolean.TRUE.equals(holds);
      }
    }
    if (Boolean.TRUE.equals(holds)) {
      for (var condition : action.getCondition()) {
        Definition definition = References.definition(condition.getExpression());
        if (definition != null && evaluation.answer(definition).isFalse()) {
          return false;
        }
      }
    }
    return holds;
  }

  private void refuseBadInput(PlanDefinition plan, Evaluation evaluation) {
    List<String> errors = inputErrors(plan, evaluation);
    if (!errors.isEmpty()) {
      throw new UnusableInputException(errors);
    }
  }

  private static List<String> inputErrors(PlanDefinition plan, Evaluation evaluation) {
    if (!plan.hasExtension(Guideline.INPUT_ERRORS)) {
      return List.of();
    }
    Expression expression = (Expression) plan.getExtensionByUrl(Guideline.INPUT_ERRORS).getValue();
    String library =
        References.library(
            expression.hasReference()
                ? expression.getReference()
                : plan.getLibrary().get(0).getValue());
    Answer answer = evaluation.answer(new Definition(library, expression.getExpression()));
    if (answer instanceof Answer.Failure) {
      return List.of("The parameters could not be checked");
    }
    List<String> errors = new ArrayList<>();
    if (answer.orNull() instanceof Iterable<?> list) {
      list.forEach(error -> errors.add(String.valueOf(error)));
    }
    return errors;
  }

  /**
   * What the guideline has to say in a hook. Nothing about a patient recorded as dead.
   *
   * @param context CQL parameters made from the hook's context
   */
  public Advice advise(Service service, Chart chart, Map<String, Object> context) {
    return advise(service, evaluator.start(chart, context));
  }

  private Advice advise(Service service, Evaluation evaluation) {
    List<Statement> due = isDead(evaluation.chart()) ? List.of() : due(service, evaluation);
    CarePlan carePlan = applier.apply(service.plan(), due, evaluation);
    Map<String, RequestGroupActionComponent> applied = new HashMap<>();
    PlanApplier.requestGroup(carePlan).getAction().forEach(action -> collect(action, applied));
    Map<String, Resource> contained = new HashMap<>();
    carePlan.getContained().forEach(r -> contained.put(r.getIdElement().getIdPart(), r));
    List<Finding> findings = new ArrayList<>();
    for (Statement statement : due) {
      findings.add(finding(statement, evaluation, applied, contained));
    }
    return new Advice(List.copyOf(findings), carePlan);
  }

  /**
   * Why each statement of a service has, or has not, something to say; the twin that is shown when
   * the record can not decide is a statement of its own.
   *
   * @param context CQL parameters made from the hook's context
   */
  public List<RuleTrace> trace(Service service, Chart chart, Map<String, Object> context) {
    Evaluation evaluation = evaluator.start(chart, context);
    boolean isDead = isDead(chart);
    return service.statements().stream()
        .map(
            statement ->
                isDead
                    ? new RuleTrace(statement, RuleTrace.Outcome.DEAD, List.of(), List.of())
                    : trace(statement, evaluation))
        .toList();
  }

  private RuleTrace trace(Statement statement, Evaluation evaluation) {
    for (Definition gate : statement.gates()) {
      if (evaluation.answer(gate).isFalse()) {
        return new RuleTrace(
            statement, RuleTrace.Outcome.GATE_CLOSED, because(gate, evaluation), List.of());
      }
    }
    Definition condition = statement.condition();
    if (condition == null) {
      return new RuleTrace(statement, RuleTrace.Outcome.APPLIES, List.of(), List.of());
    }
    Answer answer = evaluation.answer(condition);
    RuleTrace.Outcome outcome =
        answer instanceof Answer.Failure
            ? RuleTrace.Outcome.FAILED
            : answer.isTrue()
                ? RuleTrace.Outcome.APPLIES
                : answer.isFalse() ? RuleTrace.Outcome.FALSE : RuleTrace.Outcome.UNKNOWN;
    return new RuleTrace(
        statement,
        outcome,
        because(condition, evaluation),
        outcome == RuleTrace.Outcome.UNKNOWN
                || (statement.undecided() && outcome == RuleTrace.Outcome.APPLIES)
            ? facts.missing(statement, evaluation)
            : List.of());
  }

  /** A definition and those of its parts that have the same answer. */
  private List<Definition> because(Definition definition, Evaluation evaluation) {
    List<Definition> because = new ArrayList<>(List.of(definition));
    Answer whole = evaluation.answer(definition);
    for (Definition part : ConditionParts.of(definition, guideline)) {
      Answer answer = evaluation.answer(part);
      if (answer instanceof Answer.Failure || whole instanceof Answer.Failure
          ? answer instanceof Answer.Failure
          : java.util.Objects.equals(answer.orNull(), whole.orNull())) {
        because.add(part);
      }
    }
    return because;
  }

  private static boolean isDead(Chart chart) {
    return chart
        .patient()
        .map(patient -> patient.getDeceased())
        .map(deceased -> !(deceased instanceof BooleanType dead) || dead.booleanValue())
        .orElse(false);
  }

  private List<Statement> due(Service service, Evaluation evaluation) {
    Candidates known = candidates.get(service.id());
    // A service that is not the guideline's own, as in tests.
    return due(
        known != null && known.isOf(service.statements())
            ? known
            : Candidates.of(service.statements(), evaluator::find),
        evaluation);
  }

  /** The statements that have something to say: they apply, or are marked undecided, or failed. */
  private static List<Statement> due(Candidates candidates, Evaluation evaluation) {
    List<Statement> due = new ArrayList<>();
    Set<String> failed = new HashSet<>();
    for (Candidates.Candidate candidate : candidates.open(evaluation)) {
      Statement statement = candidate.statement();
      Candidates.Question condition = candidate.condition();
      Answer answer = condition == null ? ALWAYS : condition.ask(evaluation);
      // A failing rule and its undecided twin are one finding.
      boolean isFailure =
          answer instanceof Answer.Failure
              && failed.add(statement.plan() + "#" + statement.catalogueId());
      if (answer.isTrue() || isFailure) {
        due.add(statement);
      }
    }
    return due;
  }

  private Finding finding(
      Statement statement,
      Evaluation evaluation,
      Map<String, RequestGroupActionComponent> applied,
      Map<String, Resource> contained) {
    boolean isFailure =
        statement.condition() != null
            && evaluation.answer(statement.condition()) instanceof Answer.Failure;
    Finding.Kind kind =
        isFailure
            ? Finding.Kind.FAILED
            : statement.undecided() ? Finding.Kind.UNDECIDED : Finding.Kind.APPLIES;
    List<Missing> missing =
        kind == Finding.Kind.APPLIES && !statement.namesMissing()
            ? List.of()
            : facts.missing(statement, evaluation);
    List<Suggestion> suggestions = new ArrayList<>();
    if (!isFailure) {
      suggestions.addAll(
          statement.action().read(action -> suggestions(action, applied, contained)));
    }
    Suggestion order =
        tests.order(facts.orderable(missing, evaluation), evaluation.chart().patientId());
    if (order != null) {
      suggestions.add(order);
    }
    return new Finding(
        statement,
        kind,
        statement
            .action()
            .read(
                action -> CycleTitle.of(action, guideline.libraryOf(statement.plan()), evaluation)),
        facts.evidence(statement, evaluation),
        missing,
        orders(statement, evaluation),
        List.copyOf(suggestions));
  }

  private static List<Suggestion> suggestions(
      PlanDefinitionActionComponent planned,
      Map<String, RequestGroupActionComponent> applied,
      Map<String, Resource> contained) {
    List<Suggestion> suggestions = new ArrayList<>();
    for (PlanDefinitionActionComponent nested : planned.getAction()) {
      Suggestion suggestion = suggestion(nested, applied, contained);
      if (suggestion != null) {
        suggestions.add(suggestion);
      }
    }
    return suggestions;
  }

  private static void collect(
      RequestGroupActionComponent action, Map<String, RequestGroupActionComponent> applied) {
    applied.put(action.getId(), action);
    action.getAction().forEach(nested -> collect(nested, applied));
  }

  private static List<Resource> orders(Statement statement, Evaluation evaluation) {
    if (statement.orders() == null) {
      return List.of();
    }
    List<Resource> orders = new ArrayList<>();
    if (evaluation.answer(statement.orders()).orNull() instanceof Iterable<?> list) {
      for (Object order : list) {
        if (order instanceof Resource resource) {
          orders.add(
              evaluation.chart().originalOrder(Chart.referenceOf(resource)).orElse(resource));
        }
      }
    }
    return orders;
  }

  /** A suggestion as {@code $apply} made it; null when its resources could not be made. */
  private static @Nullable Suggestion suggestion(
      PlanDefinitionActionComponent planned,
      Map<String, RequestGroupActionComponent> applied,
      Map<String, Resource> contained) {
    RequestGroupActionComponent action = applied.get(planned.getId());
    if (action == null) {
      return null;
    }
    List<Suggestion.Action> actions = new ArrayList<>();
    List<Text> remarks = new ArrayList<>();
    if (planned.hasExtension(Guideline.CYCLE)) {
      for (RequestGroupActionComponent part : action.getAction()) {
        Text title = Text.of(part.getTitleElement());
        String reference = part.getResource().getReference().replace("#", "");
        if (contained.get(reference) instanceof CommunicationRequest) {
          remarks.add(title);
        } else {
          addActions(part, title, contained, actions);
        }
      }
    } else if (planned.hasExtension(Guideline.ORDER_UPDATES) && action.hasAction()) {
      for (RequestGroupActionComponent part : action.getAction()) {
        addActions(part, Text.of(part.getTitleElement()), contained, actions);
      }
    } else if (planned.getAction().isEmpty()) {
      addActions(action, Text.of(action.getTitleElement()), contained, actions);
    } else {
      for (PlanDefinitionActionComponent nested : planned.getAction()) {
        RequestGroupActionComponent part = applied.get(nested.getId());
        if (part == null) {
          return null;
        }
        addActions(part, Text.of(nested.getTitleElement()), contained, actions);
      }
    }
    if (actions.isEmpty() && remarks.isEmpty()) {
      return null;
    }
    boolean recommended =
        planned.getPrecheckBehavior() == PlanDefinition.ActionPrecheckBehavior.YES;
    return new Suggestion(
        Text.of(action.getTitleElement()),
        recommended,
        List.copyOf(actions),
        List.copyOf(remarks),
        planned.hasExtension(Guideline.CYCLE) || isReworded(planned, action));
  }

  /** Whether a definition, and not the plan, says what becomes of an order. */
  private static boolean isReworded(
      PlanDefinitionActionComponent planned, RequestGroupActionComponent action) {
    String title = planned.getTitle();
    return planned.hasExtension(Guideline.ORDER_UPDATES)
        && (!title.equals(action.getTitle())
            || action.getAction().stream().anyMatch(part -> !title.equals(part.getTitle())));
  }

  private static void addActions(
      RequestGroupActionComponent action,
      Text description,
      Map<String, Resource> contained,
      List<Suggestion.Action> actions) {
    action.getAction().forEach(nested -> addActions(nested, description, contained, actions));
    String reference = action.getResource().getReference();
    if (reference == null) {
      return;
    }
    String type = action.getType().getCodingFirstRep().getCode();
    if ("remove".equals(type)) {
      actions.add(new Suggestion.Action(Suggestion.Kind.DELETE, description, null, reference));
      return;
    }
    Resource made = contained.get(reference.replace("#", ""));
    if (made == null) {
      return;
    }
    Resource resource = made.copy();
    boolean isUpdate = "update".equals(type);
    resource.setId(
        isUpdate ? made.getIdElement().getIdPart().substring(PlanApplier.UPDATED.length()) : null);
    actions.add(
        new Suggestion.Action(
            isUpdate ? Suggestion.Kind.UPDATE : Suggestion.Kind.CREATE,
            description,
            resource,
            null));
  }
}
