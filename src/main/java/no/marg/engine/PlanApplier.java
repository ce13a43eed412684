package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import no.marg.chart.Unused;
import no.marg.engine.Evaluator.Evaluation;
import no.marg.knowledge.DateWords;
import no.marg.knowledge.Definition;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Input;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StringType;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Tuple;
import org.opencds.cqf.fhir.cr.CrSettings;
import org.opencds.cqf.fhir.cr.activitydefinition.ActivityDefinitionProcessor;
import org.opencds.cqf.fhir.cr.plandefinition.PlanDefinitionProcessor;
import org.opencds.cqf.fhir.utility.monad.Eithers;

/**
 * {@code $apply} with cqf's processor, made safe.
 *
 * <p>cqf gets a copy of the plan that holds only what was already found to apply, with every answer
 * at hand. What could not be evaluated, and what would become an order without a dose, is taken out
 * before and put back as a visible note: a CommunicationRequest in its place and an error in the
 * result's OperationOutcome.
 */
final class PlanApplier {
  private static final String MESSAGES = "http://hl7.org/fhir/StructureDefinition/cqf-messages";
  static final String UPDATED = "upd-";
  private static final Coding REMOVE =
      new Coding("http://terminology.hl7.org/CodeSystem/action-type", "remove", null);
  private static final List<CycleOrders.Replaced> NONE_REPLACED = List.of();

  private final KnowledgeRepository repository;
  private final Guideline guideline;
  private final FactReader facts;
  private final FhirValues values;
  private final CrSettings settings = CrSettings.getDefault();
  private final Cycles cycles;
  private final Map<String, List<Dynamic>> dynamics = new ConcurrentHashMap<>();

  /** An element of an activity that a definition gives the value of. */
  private record Dynamic(String path, @Nullable Definition definition) {}

  /** Makes one cycle of a regimen for the patient of an evaluation. */
  @FunctionalInterface
  interface Cycles {
    /**
     * A cycle.
     *
     * @param planId the regimen's plan
     * @param parameters CQL parameters that name the cycle: CycleStart, CycleNumber, Phase
     */
    CycleOrders of(String planId, Map<String, Object> parameters, Evaluation evaluation);
  }

  PlanApplier(
      FhirContext fhir, Guideline guideline, FactReader facts, FhirValues values, Cycles cycles) {
    this.cycles = cycles;
    this.repository = new KnowledgeRepository(fhir, guideline);
    this.guideline = guideline;
    this.facts = facts;
    this.values = values;
  }

  /**
   * Applies the statements that are due.
   *
   * @param planId the plan they belong to
   */
  CarePlan apply(String planId, List<Statement> due, Evaluation evaluation) {
    Run run = new Run(evaluation);
    PlanDefinition plan = guideline.planWithoutActions(planId);
    for (Statement statement : due) {
      PlanDefinitionActionComponent action = statement.action().copy();
      References.pin(action, guideline.libraryOf(statement.plan()));
      if (isFailed(statement, evaluation)) {
        run.fail(action);
      } else {
        if (action.hasExtension(Guideline.NAMES_CYCLE)) {
          action.setTitleElement(
              CycleTitle.of(action, guideline.libraryOf(statement.plan()), evaluation).element());
        }
        run.prepareSuggestions(action);
      }
      plan.addAction(run.stripped(action));
    }
    return run.apply(plan);
  }

  private static boolean isFailed(Statement statement, Evaluation evaluation) {
    return statement.condition() != null
        && evaluation.answer(statement.condition()) instanceof Answer.Failure;
  }

  /** Applies an order set: its own actions, by their own conditions. */
  CarePlan apply(PlanDefinition plan, Evaluation evaluation) {
    Run run = new Run(evaluation);
    List<PlanDefinitionActionComponent> kept = new ArrayList<>();
    for (PlanDefinitionActionComponent action : plan.getAction()) {
      References.pin(action, References.first(plan.getLibrary()));
      if (run.keep(action)) {
        kept.add(action);
      }
    }
    plan.setAction(kept);
    return run.apply(plan);
  }

  /** A plan without its actions and goals, and a note that says why. */
  CarePlan applyNothing(String planId, Text why, Evaluation evaluation) {
    PlanDefinition plan = guideline.planWithoutActions(planId);
    PlanDefinitionActionComponent note = plan.addAction().setTitleElement(why.element());
    note.setId("nothing");
    plan.setGoal(null);
    Run run = new Run(evaluation);
    run.refusal = why;
    return run.apply(plan);
  }

  /**
   * Applies one activity; the errors are in the exception when it can not be done safely.
   *
   * @param inputs what its values are determined from, read only where one is not known
   */
  Resource apply(ActivityDefinition activity, Evaluation evaluation, Supplier<List<Input>> inputs) {
    References.pin(activity);
    List<String> unknown = new ArrayList<>();
    for (var value : activity.getDynamicValue()) {
      Definition definition = References.definition(value.getExpression());
      if (definition == null || evaluation.answer(definition).orNull() == null) {
        unknown.add(value.getPath());
      }
    }
    if (!unknown.isEmpty()) {
      String names = names(facts.missing(inputs.get(), evaluation), "en");
      throw new UnusableInputException(
          unknown.stream()
              .map(path -> path + " can not be determined for this patient")
              .map(error -> names.isEmpty() ? error : error + ". Missing: " + names)
              .toList());
    }
    Resource made =
        (Resource)
            new ActivityDefinitionProcessor(repository, settings)
                .apply(
                    Eithers.<CanonicalType, IIdType, ActivityDefinition>forRight3(activity),
                    "Patient/" + evaluation.chart().patientId(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    engine(evaluation));
    Text.placeTranslations(made);
    return made;
  }

  private static String names(List<Missing> missing, String language) {
    return String.join(", ", missing.stream().map(each -> name(each, language)).toList());
  }

  /** A value that was sent and can not be used is told from one that was not sent. */
  private static String name(Missing missing, String language) {
    String name = missing.fact().name().in(language);
    Unused unreadable = missing.unreadable();
    LocalDate newest = missing.newest();
    if (unreadable == null && newest != null && missing.isTooOld()) {
      String day = DateWords.of(newest, language);
      return name
          + new Text(
                  " (nyeste er fra " + day + " og er for gammel)",
                  " (the newest is from " + day + " and is too old)")
              .in(language);
    }
    if (unreadable == null) {
      return name;
    }
    String why =
        new Text("nyeste verdi kan ikke brukes", "the newest value cannot be used").in(language);
    return name
        + " ("
        + why
        + (unreadable.detail().isEmpty() ? "" : ": " + number(unreadable.detail(), language))
        + ")";
  }

  /** A value as it was sent, with the decimal sign of the language. */
  private static String number(String detail, String language) {
    return language.equals("en") ? detail : detail.replaceAll("(\\d)\\.(\\d)", "$1,$2");
  }

  /** The dynamic values of an activity, read from it once; none for what is no activity. */
  private List<Dynamic> dynamic(String canonical) {
    return dynamics.computeIfAbsent(
        canonical,
        url -> {
          List<Dynamic> found = new ArrayList<>();
          if (guideline.findByUrl(url).orElse(null) instanceof ActivityDefinition activity) {
            References.pin(activity);
            activity
                .getDynamicValue()
                .forEach(
                    value ->
                        found.add(
                            new Dynamic(
                                value.getPath(), References.definition(value.getExpression()))));
          }
          return List.copyOf(found);
        });
  }

  private AnsweringLibraryEngine engine(Evaluation evaluation) {
    return new AnsweringLibraryEngine(
        repository, settings.getEvaluationSettings(), evaluation, values);
  }

  /**
   * A received order as it should be.
   *
   * @param words what the change is called; null where the plan names it
   */
  private record Update(Resource resource, @Nullable Text words) {}

  /** One application of one plan. */
  private final class Run {
    private final Evaluation evaluation;
    private final Map<String, Text> notes = new LinkedHashMap<>();
    private final Map<String, List<String>> noteIssues = new HashMap<>();
    private final Map<String, List<Update>> updates = new LinkedHashMap<>();
    private final Map<String, List<String>> deletions = new LinkedHashMap<>();
    private final Map<String, CycleOrders> madeCycles = new LinkedHashMap<>();
    private final Map<String, Text> descriptions = new HashMap<>();

    /** Why nothing is given; null when the plan is applied. */
    private @Nullable Text refusal;

    Run(Evaluation evaluation) {
      this.evaluation = evaluation;
    }

    // ---- statements ----

    /** A rule that failed stays visible: a note in its place, and an error in the outcome. */
    void fail(PlanDefinitionActionComponent action) {
      Text title = Text.of(action.getTitleElement());
      Text note =
          new Text(
              title.nb() + ": kunne ikke vurderes (teknisk feil)",
              title.en() + ": could not be assessed (technical failure)");
      notes.put(action.getId(), note);
      noteIssues.put(action.getId(), List.of());
      action.setTitle(note.nb());
      action.getTitleElement().getExtension().clear();
      action.getCondition().clear();
      action.getDynamicValue().clear();
      action.getAction().clear();
    }

    /** Suggestions whose resources can not be made for this patient are left out, whole. */
    void prepareSuggestions(PlanDefinitionActionComponent action) {
      List<PlanDefinitionActionComponent> possible = new ArrayList<>();
      for (PlanDefinitionActionComponent suggestion : action.getAction()) {
        if (isPossible(suggestion)) {
          possible.add(suggestion);
        }
      }
      action.setAction(possible);
    }

    private boolean isPossible(PlanDefinitionActionComponent action) {
      if (action.getCondition().stream().anyMatch(condition -> !holds(condition.getExpression()))) {
        return false;
      }
      if (action.hasExtension(Guideline.CYCLE)) {
        return makeCycle(action);
      }
      if (action.hasExtension(Guideline.ORDER_UPDATES)) {
        List<Update> changed = changed(action);
        if (changed.isEmpty()) {
          return false;
        }
        updates.put(action.getId(), changed);
        Text words = changed.get(0).words();
        if (changed.size() == 1 && words != null) {
          action.setTitleElement(words.element());
        }
        note(action);
        return true;
      }
      if (action.hasExtension(Guideline.CONCERNED_ORDERS) && action.getAction().isEmpty()) {
        List<String> orders = orders(action);
        if (orders.isEmpty()) {
          return false;
        }
        deletions.put(action.getId(), orders);
        note(action);
        return true;
      }
      if (unknownValues(action).isEmpty()) {
        return action.getAction().stream().allMatch(this::isPossible);
      }
      return false;
    }

    /** A cycle that is not whole stays, with its notes and without its orders. */
    private boolean makeCycle(PlanDefinitionActionComponent action) {
      Expression expression = (Expression) action.getExtensionByUrl(Guideline.CYCLE).getValue();
      Definition definition = References.definition(expression);
      Object cycle = definition == null ? null : evaluation.answer(definition).orNull();
      if (!(cycle instanceof Tuple tuple)) {
        return false;
      }
      String plan = References.library(action.getDefinitionCanonicalType().getValue());
      Map<String, Object> parameters = new HashMap<>();
      tuple
          .getElements()
          .forEach(
              (name, value) -> {
                if (value != null) {
                  parameters.put(name, value);
                }
              });
      madeCycles.put(
          action.getId(),
          cycles.of(plan, parameters, evaluation).beside(drafted(action), guideline.terminology()));
      action.setDefinition(null);
      note(action);
      return true;
    }

    /** What is drafted already of drugs that a cycle may hold. */
    private List<CycleOrders.Drafted> drafted(PlanDefinitionActionComponent action) {
      List<CycleOrders.Drafted> drafted = new ArrayList<>();
      if (action.hasExtension(Guideline.CYCLE_DRAFTS)) {
        for (Object element : list(action, Guideline.CYCLE_DRAFTS)) {
          if (element instanceof Tuple tuple
              && tuple.getElement("order") instanceof MedicationRequest order
              && tuple.getElement("valueSet") instanceof String valueSet
              && tuple.getElement("isReplaced") instanceof Boolean isReplaced) {
            drafted.add(
                new CycleOrders.Drafted(
                    order, Guideline.BASE + "/ValueSet/" + valueSet, isReplaced));
          }
        }
      }
      return drafted;
    }

    /** Marks an action whose resource is put in afterwards. */
    private void note(PlanDefinitionActionComponent action) {
      notes.put(action.getId(), Text.of(action.getTitleElement()));
    }

    private boolean holds(Expression expression) {
      Definition definition = References.definition(expression);
      return definition != null && evaluation.answer(definition).isTrue();
    }

    /** Received orders with another dose or other days; everything else in them stays as it was. */
    private List<Update> changed(PlanDefinitionActionComponent action) {
      List<Update> changed = new ArrayList<>();
      for (Object element : list(action, Guideline.ORDER_UPDATES)) {
        if (element instanceof Tuple tuple
            && tuple.getElement("order") instanceof MedicationRequest order
            && tuple.getElement("dosageInstruction") instanceof Iterable<?> dosages) {
          Resource original =
              evaluation
                  .chart()
                  .originalOrder("MedicationRequest/" + order.getIdElement().getIdPart())
                  .orElse(order);
          MedicationRequest copy = ((MedicationRequest) original).copy();
          int position = 0;
          for (Object dosage : dosages) {
            if (position < copy.getDosageInstruction().size()) {
              change(copy.getDosageInstruction().get(position++), (Dosage) dosage);
            }
          }
          withoutOldAmount(copy);
          changed.add(new Update(copy, words(tuple)));
        }
      }
      return changed;
    }

    /** What the change is called, where the definition says so; null where the plan does. */
    private static @Nullable Text words(Tuple tuple) {
      return tuple.getElement("nb") instanceof String nb
              && tuple.getElement("en") instanceof String en
          ? new Text(nb, en).withDates()
          : null;
    }

    /** What was to be dispensed was of the old dose and days. */
    private static void withoutOldAmount(MedicationRequest order) {
      if (order.hasDispenseRequest()) {
        order.getDispenseRequest().setQuantity(null);
        order.getDispenseRequest().getInitialFill().setQuantity(null);
      }
    }

    /**
     * The words always; dose and timing where they are given; what was the most of the old dose
     * goes, route and all else stay. An instruction without a change is null.
     */
    private static void change(Dosage instruction, @Nullable Dosage given) {
      if (given == null) {
        return;
      }
      instruction.setMaxDosePerPeriod(null);
      instruction.setMaxDosePerAdministration(null);
      instruction.setMaxDosePerLifetime(null);
      Dosage changed = given.copy();
      Text.placeTranslations(changed);
      if (changed.hasDoseAndRate()) {
        instruction.setDoseAndRate(changed.getDoseAndRate());
      }
      if (changed.hasTiming()) {
        instruction.setTiming(changed.getTiming());
      }
      // The elements, so that no translation of the old words stays.
      instruction.setTextElement(changed.getTextElement());
      instruction.setPatientInstructionElement(
          changed.hasPatientInstruction() ? changed.getPatientInstructionElement() : null);
    }

    private List<String> orders(PlanDefinitionActionComponent action) {
      List<String> orders = new ArrayList<>();
      for (Object element : list(action, Guideline.CONCERNED_ORDERS)) {
        if (element instanceof Resource order && order.getIdElement().hasIdPart()) {
          orders.add(order.fhirType() + "/" + order.getIdElement().getIdPart());
        }
      }
      return orders;
    }

    private Iterable<?> list(PlanDefinitionActionComponent action, String extension) {
      Expression expression = (Expression) action.getExtensionByUrl(extension).getValue();
      Definition definition = References.definition(expression);
      Object value = definition == null ? null : evaluation.answer(definition).orNull();
      return value instanceof Iterable<?> list ? list : List.of();
    }

    // ---- order sets ----

    /** Whether the action stays; what can not be decided or dosed stays as a note. */
    boolean keep(PlanDefinitionActionComponent action) {
      for (var condition : action.getCondition()) {
        Definition definition = References.definition(condition.getExpression());
        Answer answer = definition == null ? new Answer.Value(null) : evaluation.answer(definition);
        if (answer.isFalse()) {
          return false;
        }
        if (!answer.isTrue()) {
          replace(action, List.of());
          return true;
        }
      }
      List<String> unknown = unknownValues(action);
      if (!unknown.isEmpty()) {
        replace(action, unknown);
        return true;
      }
      boolean hadChildren = action.hasAction();
      List<PlanDefinitionActionComponent> kept = new ArrayList<>();
      for (PlanDefinitionActionComponent nested : action.getAction()) {
        if (keep(nested)) {
          kept.add(nested);
        }
      }
      action.setAction(kept);
      stripped(action);
      return !hadChildren || !kept.isEmpty();
    }

    /** Turns an action into a note that names what is missing. */
    private void replace(PlanDefinitionActionComponent action, List<String> paths) {
      List<Missing> missing = missingOf(action);
      String namesNb = names(missing, "nb");
      String namesEn = names(missing, "en");
      Text title = Text.of(action.getTitleElement());
      boolean dose = paths.contains("dosageInstruction");
      Text note =
          new Text(
              title.nb()
                  + (dose ? ": dosen kan ikke beregnes" : ": kan ikke avgjøres")
                  + (namesNb.isEmpty() ? "" : ". Mangler: " + namesNb),
              title.en()
                  + (dose ? ": the dose cannot be computed" : ": cannot be decided")
                  + (namesEn.isEmpty() ? "" : ". Missing: " + namesEn));
      notes.put(action.getId(), note);
      noteIssues.put(action.getId(), missing.stream().map(each -> each.fact().id()).toList());
      action.setTitleElement(note.element());
      action.setDefinition(null);
      action.getDynamicValue().clear();
      action.getAction().clear();
      action.getCondition().clear();
      stripped(action);
    }

    private List<Missing> missingOf(PlanDefinitionActionComponent action) {
      return facts.missing(
          action.getInput().stream().map(Input::of).filter(input -> input != null).toList(),
          evaluation);
    }

    /** Paths of the activity that have no value for this patient. */
    private List<String> unknownValues(PlanDefinitionActionComponent action) {
      if (!action.hasDefinitionCanonicalType()) {
        return List.of();
      }
      List<String> paths = new ArrayList<>();
      for (Dynamic value : dynamic(action.getDefinitionCanonicalType().getValue())) {
        Object answer =
            value.definition() == null ? null : evaluation.answer(value.definition()).orNull();
        boolean empty =
            answer == null || (answer instanceof Iterable<?> list && !list.iterator().hasNext());
        if (empty) {
          paths.add(value.path());
        }
      }
      return paths;
    }

    // ---- applying ----

    /** Without what is only for the service: cqf would search data for the inputs. */
    PlanDefinitionActionComponent stripped(PlanDefinitionActionComponent action) {
      action.getInput().clear();
      action.getTrigger().clear();
      action.getAction().forEach(this::stripped);
      return action;
    }

    CarePlan apply(PlanDefinition plan) {
      Map<String, Words> words = new HashMap<>();
      plan.getAction().forEach(action -> collectWords(action, words));
      StringType title = plan.getTitleElement();
      plan.getExtension().removeIf(extension -> extension.getUrl().startsWith(Guideline.BASE));
      CarePlan carePlan =
          (CarePlan)
              new PlanDefinitionProcessor(repository, settings)
                  .apply(
                      Eithers.<CanonicalType, IIdType, PlanDefinition>forRight3(plan),
                      "Patient/" + evaluation.chart().patientId(),
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      null,
                      engine(evaluation));
      carePlan.getContained().forEach(Text::placeTranslations);
      RequestGroup group = requestGroup(carePlan);
      translate(title, carePlan.getTitleElement(), carePlan::setTitleElement);
      group.getAction().forEach(action -> translate(action, words));
      group.getAction().forEach(action -> complete(action, carePlan));
      addOutcome(carePlan);
      return carePlan;
    }

    private void collectWords(PlanDefinitionActionComponent action, Map<String, Words> words) {
      words.put(
          action.getId(), new Words(action.getTitleElement(), action.getTextEquivalentElement()));
      if (action.hasDescription()) {
        descriptions.put(action.getId(), Text.of(action.getDescriptionElement()));
      }
      action.getAction().forEach(nested -> collectWords(nested, words));
    }

    /** cqf copies words without their translation. */
    private static void translate(RequestGroupActionComponent action, Map<String, Words> all) {
      Words words = all.get(action.getId());
      if (words != null) {
        translate(words.title(), action.getTitleElement(), action::setTitleElement);
        translate(
            words.textEquivalent(),
            action.getTextEquivalentElement(),
            action::setTextEquivalentElement);
      }
      action.getAction().forEach(nested -> translate(nested, all));
    }

    private static void translate(
        StringType written, StringType copied, Consumer<StringType> setter) {
      if (written.hasValue() && written.getValue().equals(copied.getValue())) {
        setter.accept(written.copy());
      }
    }

    private void complete(RequestGroupActionComponent action, CarePlan carePlan) {
      String id = action.getId();
      if (madeCycles.containsKey(id)) {
        fill(action, madeCycles.getOrDefault(id, CycleOrders.none()), carePlan);
      } else if (updates.containsKey(id)) {
        fill(action, updates.getOrDefault(id, List.of()), carePlan);
      } else if (deletions.containsKey(id)) {
        List<String> orders = deletions.getOrDefault(id, List.of());
        if (orders.size() == 1) {
          action.setResource(new Reference(orders.get(0)));
        } else {
          orders.forEach(order -> child(action).setResource(new Reference(order)));
        }
      } else if (notes.containsKey(id) || isBare(action)) {
        CommunicationRequest note = new CommunicationRequest();
        note.setId("note-" + id);
        note.setStatus(CommunicationRequest.CommunicationRequestStatus.DRAFT);
        note.setSubject(new Reference("Patient/" + evaluation.chart().patientId()));
        Text title = Text.of(action.getTitleElement());
        Text description = descriptions.getOrDefault(id, Text.of(action.getDescriptionElement()));
        note.addPayload()
            .setContent(
                description.nb().isEmpty()
                    ? title.element()
                    : new Text(
                            title.nb() + ". " + description.nb(),
                            title.en() + ". " + description.en())
                        .element());
        carePlan.addContained(note);
        action.setResource(new Reference("#note-" + id));
      }
      action.getAction().forEach(nested -> complete(nested, carePlan));
    }

    /** A RequestGroup action needs a resource or actions; advice in words is a communication. */
    private static boolean isBare(RequestGroupActionComponent action) {
      return action.getAction().isEmpty() && action.getResource().isEmpty();
    }

    private void fill(RequestGroupActionComponent action, List<Update> changed, CarePlan carePlan) {
      for (Update update : changed) {
        Resource copy = update.resource().copy();
        copy.setId(UPDATED + update.resource().getIdElement().getIdPart());
        carePlan.addContained(copy);
        Reference reference = new Reference("#" + copy.getIdElement().getIdPart());
        if (changed.size() == 1) {
          action.setResource(reference);
        } else {
          RequestGroupActionComponent child = child(action);
          child.setResource(reference);
          Text words = update.words();
          if (words != null) {
            child.setTitleElement(words.element());
          }
        }
      }
    }

    private void fill(RequestGroupActionComponent action, CycleOrders cycle, CarePlan carePlan) {
      for (CycleOrders.Replaced draft : cycle.isWhole() ? cycle.replaced() : NONE_REPLACED) {
        RequestGroupActionComponent child = child(action);
        child.setTitleElement(draft.title().element());
        child.setType(new CodeableConcept().addCoding(REMOVE.copy()));
        child.setResource(new Reference(draft.reference()));
      }
      for (CycleOrders.Part part : cycle.parts()) {
        if (!cycle.isWhole() && !part.isNote()) {
          continue;
        }
        RequestGroupActionComponent child = child(action);
        child.setTitleElement(part.title().element());
        Resource copy = part.resource().copy();
        copy.setId(child.getId());
        carePlan.addContained(copy);
        child.setResource(new Reference("#" + child.getId()));
      }
    }

    private RequestGroupActionComponent child(RequestGroupActionComponent parent) {
      RequestGroupActionComponent child = parent.addAction();
      child.setId(parent.getId() + "-" + parent.getAction().size());
      child.setTitleElement(parent.getTitleElement().copy());
      child.setType(parent.getType().copy());
      return child;
    }

    private void addOutcome(CarePlan carePlan) {
      if (noteIssues.isEmpty() && refusal == null) {
        return;
      }
      OperationOutcome outcome = new OperationOutcome();
      outcome.setId("missing-" + requestGroup(carePlan).getIdElement().getIdPart());
      if (refusal != null) {
        outcome
            .addIssue()
            .setSeverity(OperationOutcome.IssueSeverity.ERROR)
            .setCode(OperationOutcome.IssueType.BUSINESSRULE)
            .setDetails(new CodeableConcept().setTextElement(refusal.englishElement()));
      }
      noteIssues.forEach(
          (id, missing) ->
              outcome
                  .addIssue()
                  .setSeverity(OperationOutcome.IssueSeverity.ERROR)
                  .setCode(OperationOutcome.IssueType.INCOMPLETE)
                  .setDetails(
                      new CodeableConcept()
                          .setTextElement(
                              notes.getOrDefault(id, new Text(id, id)).englishElement()))
                  .setDiagnostics("action " + id + "; missing: " + String.join(", ", missing)));
      carePlan.addContained(outcome);
      carePlan.addExtension(MESSAGES, new Reference("#" + outcome.getIdElement().getIdPart()));
    }
  }

  /** What a plan says about an action, in both languages. */
  private record Words(StringType title, StringType textEquivalent) {}

  /** The RequestGroup of a CarePlan that {@code $apply} made. */
  static RequestGroup requestGroup(CarePlan carePlan) {
    return carePlan.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .map(RequestGroup.class::cast)
        .findFirst()
        .orElseGet(RequestGroup::new);
  }
}
