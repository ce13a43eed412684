package no.marg.knowledge;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CodeSystem.ConceptDefinitionComponent;
import org.hl7.fhir.r4.model.CodeSystem.ConceptPropertyComponent;
import org.hl7.fhir.r4.model.ConceptMap;
import org.hl7.fhir.r4.model.DataRequirement;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.Measure;
import org.hl7.fhir.r4.model.Measure.MeasureGroupPopulationComponent;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.RelatedArtifact;
import org.hl7.fhir.r4.model.TriggerDefinition;
import org.hl7.fhir.r4.model.ValueSet;
import org.jspecify.annotations.Nullable;

/** Reads the artifacts, checks that they fit together, and gives them as one {@link Guideline}. */
public final class GuidelineLoader {
  static final String ORDERS = Guideline.BASE + "/StructureDefinition/concerned-orders";
  static final String TOPIC = Guideline.BASE + "/StructureDefinition/topic";
  static final String APPLIES_TOO = Guideline.BASE + "/StructureDefinition/applies-too";
  static final String LEFT_OPEN = Guideline.BASE + "/StructureDefinition/left-open";
  static final String NAMES_MISSING = Guideline.BASE + "/StructureDefinition/names-missing";
  static final String UPDATES = Guideline.BASE + "/StructureDefinition/order-updates";
  static final String INPUT_ERRORS = Guideline.BASE + "/StructureDefinition/input-errors";
  static final String CYCLE = Guideline.BASE + "/StructureDefinition/cycle";
  static final String CYCLE_DRAFTS = Guideline.BASE + "/StructureDefinition/cycle-drafts";
  private static final String QUERY =
      "http://hl7.org/fhir/StructureDefinition/cqf-fhirQueryPattern";
  private static final String UNDECIDED = "-undecided";

  private final FhirContext fhir;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, MetadataResource> byTypeAndId = new TreeMap<>();
  private final Map<String, MetadataResource> byUrl = new HashMap<>();
  private final Map<MetadataResource, String> files = new java.util.IdentityHashMap<>();
  private final CqlLibraries libraries = new CqlLibraries();
  private final Terminology terminology = new Terminology();
  private final Map<String, Fact> facts = new HashMap<>();
  private final Map<String, List<Statement>> ownStatements = new HashMap<>();

  private GuidelineLoader(FhirContext fhir) {
    this.fhir = fhir;
  }

  /**
   * Loads and checks the artifacts.
   *
   * @throws BrokenKnowledgeException if anything is wrong; lists every problem
   */
  public static Guideline load(FhirContext fhir, Artifacts artifacts) {
    return new GuidelineLoader(fhir).load(artifacts);
  }

  private Guideline load(Artifacts artifacts) {
    artifacts.fhir().forEach(this::parse);
    artifacts.elm().forEach(this::link);
    all(Library.class).forEach(library -> attachSource(library, artifacts.cql()));
    all(ValueSet.class).forEach(terminology::addValueSet);
    List<ValueSet> valueSets = all(ValueSet.class).toList();
    boolean inherited = true;
    while (inherited) {
      // A value set may be made of others that are made of others.
      inherited = valueSets.stream().filter(terminology::inheritPrefixes).count() > 0;
    }
    find(ConceptMap.class, "mm-system-aliases").ifPresent(terminology::addSystemAliases);
    find(ConceptMap.class, "mm-unit-aliases").ifPresent(terminology::addUnitAliases);
    find(CodeSystem.class, "mm-inputs").ifPresent(this::readFacts);
    all(PlanDefinition.class).filter(plan -> is(plan, "eca-rule")).forEach(this::readStatements);
    new Checks().run(artifacts);
    if (!problems.isEmpty()) {
      throw new BrokenKnowledgeException(problems);
    }
    return freeze();
  }

  private Guideline freeze() {
    Map<String, Frozen<MetadataResource>> frozenById = new HashMap<>();
    byTypeAndId.forEach((key, resource) -> frozenById.put(key, new Frozen<>(resource)));
    Map<String, Frozen<MetadataResource>> frozenByUrl = new HashMap<>();
    byUrl.forEach((url, resource) -> frozenByUrl.put(url, new Frozen<>(resource)));
    Map<String, List<Statement>> byPlan = new HashMap<>();
    Map<String, List<Definition>> needed = new HashMap<>();
    all(PlanDefinition.class)
        .forEach(
            plan -> {
              Map<String, Statement> reached = new LinkedHashMap<>();
              reach(plan, reached, new HashSet<>());
              byPlan.put(id(plan), List.copyOf(reached.values()));
              Set<Definition> definitions = new LinkedHashSet<>();
              plan.getAction().forEach(action -> need(action, library(plan), definitions));
              if (plan.hasExtension(INPUT_ERRORS)) {
                add(
                    (Expression) plan.getExtensionByUrl(INPUT_ERRORS).getValue(),
                    library(plan),
                    definitions);
              }
              needed.put("PlanDefinition/" + id(plan), List.copyOf(definitions));
            });
    all(ActivityDefinition.class)
        .forEach(
            activity -> {
              Set<Definition> definitions = new LinkedHashSet<>();
              need(activity, definitions);
              needed.put("ActivityDefinition/" + id(activity), List.copyOf(definitions));
            });
    all(Measure.class)
        .forEach(
            measure -> {
              Set<Definition> definitions = new LinkedHashSet<>();
              populations(measure)
                  .forEach(
                      population ->
                          add(
                              population.getCriteria(),
                              library(measure.getLibrary()),
                              definitions));
              needed.put("Measure/" + id(measure), List.copyOf(definitions));
            });
    List<Statement> statements =
        ownStatements.values().stream().flatMap(List::stream).collect(Collectors.toList());
    statements.sort(
        java.util.Comparator.comparing(Statement::plan).thenComparing(Statement::actionId));
    return new Guideline(
        find(PlanDefinition.class, "mm-patient-view").map(MetadataResource::getVersion).orElse(""),
        frozenById,
        frozenByUrl,
        libraries,
        terminology,
        facts,
        find(CodeSystem.class, "mm-facts").map(this::measures).orElse(List.of()),
        statements,
        byPlan,
        services(byPlan),
        catalogue(statements),
        needed,
        find(CodeSystem.class, "mm-facts").map(GuidelineLoader::names).orElse(Map.of()));
  }

  // ---- reading ----

  private void parse(String file, String json) {
    IParser parser = fhir.newJsonParser();
    parser.setParserErrorHandler(new StrictErrorHandler());
    IBaseResource parsed;
    try {
      parsed = parser.parseResource(json);
    } catch (DataFormatException e) {
      problems.add(new Problem(file, place(e), "is not a valid FHIR resource: " + e.getMessage()));
      return;
    }
    if (!(parsed instanceof MetadataResource resource)) {
      problems.add(
          new Problem(file, "", "is a " + parsed.fhirType() + ", not a knowledge artifact"));
      return;
    }
    files.put(resource, file);
    if (resource.getIdElement().isEmpty() || resource.getUrl() == null) {
      problems.add(new Problem(file, "", "has no id or no url"));
      return;
    }
    String key = resource.fhirType() + "/" + id(resource);
    MetadataResource same = byTypeAndId.putIfAbsent(key, resource);
    if (same != null) {
      problems.add(new Problem(file, "id", key + " is also the id of " + files.get(same)));
    }
    MetadataResource sameUrl = byUrl.putIfAbsent(resource.getUrl(), resource);
    if (sameUrl != null) {
      problems.add(
          new Problem(
              file, "url", resource.getUrl() + " is also the url of " + files.get(sameUrl)));
    }
  }

  private static String place(DataFormatException e) {
    Matcher line =
        java.util.regex.Pattern.compile("line:? ?(\\d+), column:? ?(\\d+)")
            .matcher(String.valueOf(e.getMessage()));
    return line.find() ? line.group(1) + ":" + line.group(2) : "";
  }

  private void link(String file, String elm) {
    try {
      libraries.add(elm);
    } catch (RuntimeException e) {
      problems.add(new Problem(file, "", "is not ELM: " + e.getMessage()));
    }
  }

  private static void attachSource(Library library, Map<String, String> cql) {
    String source = cql.get("cql/" + library.getIdElement().getIdPart() + ".cql");
    if (source != null) {
      library
          .addContent()
          .setContentType("text/cql")
          .setData(source.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
  }

  private void readFacts(CodeSystem inputs) {
    for (ConceptDefinitionComponent concept : inputs.getConcept()) {
      String expression = property(concept, "expression");
      String library = java.util.Objects.requireNonNullElse(property(concept, "library"), "MMData");
      Definition value = expression == null ? null : new Definition(library, expression);
      Definition result =
          expression == null ? null : new Definition(library, expression + " Result");
      facts.put(
          concept.getCode(),
          new Fact(
              concept.getCode(),
              text(concept),
              value != null && libraries.has(value) ? value : null,
              result != null && libraries.has(result) ? result : null,
              property(concept, "derived-by"),
              property(concept, "test"),
              property(concept, "test-ruled-out-by"),
              answers(concept)));
    }
  }

  private static Fact.@Nullable Answers answers(ConceptDefinitionComponent concept) {
    String yes = property(concept, "yes");
    String yesInEnglish = property(concept, "yes-en");
    String no = property(concept, "no");
    String noInEnglish = property(concept, "no-en");
    return yes == null || yesInEnglish == null || no == null || noInEnglish == null
        ? null
        : new Fact.Answers(new Text(yes, yesInEnglish), new Text(no, noInEnglish));
  }

  private static Text text(ConceptDefinitionComponent concept) {
    String english =
        concept.getDesignation().stream()
            .filter(designation -> "en".equals(designation.getLanguage()))
            .map(CodeSystem.ConceptDefinitionDesignationComponent::getValue)
            .findFirst()
            .orElse(concept.getDisplay());
    return new Text(concept.getDisplay(), english);
  }

  private static @Nullable String property(ConceptDefinitionComponent concept, String code) {
    List<String> values = properties(concept, code);
    return values.isEmpty() ? null : values.get(0);
  }

  private static List<String> properties(ConceptDefinitionComponent concept, String code) {
    return concept.getProperty().stream()
        .filter(property -> property.getCode().equals(code))
        .map(ConceptPropertyComponent::getValue)
        .map(value -> value.primitiveValue())
        .toList();
  }

  private static Map<String, Text> names(CodeSystem system) {
    Map<String, Text> names = new HashMap<>();
    system.getConcept().forEach(concept -> names.put(concept.getCode(), text(concept)));
    return names;
  }

  private List<Measurand> measures(CodeSystem system) {
    List<Measurand> measures = new ArrayList<>();
    for (ConceptDefinitionComponent concept : system.getConcept()) {
      String unit = property(concept, "unit");
      if (unit == null) {
        continue;
      }
      Map<String, BigDecimal> factors = new HashMap<>();
      factors.put(unit, BigDecimal.ONE);
      for (String accepted : properties(concept, "accepts")) {
        int space = accepted.lastIndexOf(' ');
        factors.put(accepted.substring(0, space), new BigDecimal(accepted.substring(space + 1)));
      }
      String low = property(concept, "plausible-low");
      String high = property(concept, "plausible-high");
      measures.add(
          new Measurand(
              concept.getCode(),
              unit,
              Map.copyOf(factors),
              low == null ? null : new BigDecimal(low),
              high == null ? null : new BigDecimal(high),
              "true".equals(property(concept, "unitless-accepted")),
              "true".equals(property(concept, "several-per-time"))));
    }
    return measures;
  }

  private void readStatements(PlanDefinition plan) {
    List<Statement> statements = new ArrayList<>();
    List<Definition> gates = gates(plan, new HashSet<>());
    for (PlanDefinitionActionComponent action : plan.getAction()) {
      statements.add(statement(plan, action, gates));
    }
    ownStatements.put(id(plan), statements);
  }

  private Statement statement(
      PlanDefinition plan, PlanDefinitionActionComponent action, List<Definition> gates) {
    String actionId = String.valueOf(action.getId());
    var citation =
        action.hasDocumentation() ? action.getDocumentation().get(0) : new RelatedArtifact();
    boolean undecided = actionId.endsWith(UNDECIDED);
    String plain =
        undecided ? actionId.substring(0, actionId.length() - UNDECIDED.length()) : actionId;
    String label = citation.getLabel();
    Definition orders =
        action.hasExtension(ORDERS)
            ? definition((Expression) action.getExtensionByUrl(ORDERS).getValue(), library(plan))
            : null;
    Definition condition = null;
    for (var candidate : action.getCondition()) {
      if (candidate.getKind() == PlanDefinition.ActionConditionKind.APPLICABILITY) {
        condition = definition(candidate.getExpression(), library(plan));
      }
    }
    String catalogueId = label == null ? plain : label;
    return new Statement(
        actionId,
        catalogueId,
        id(plan),
        undecided,
        condition,
        Text.of(action.getTitleElement()),
        Text.of(action.getDescriptionElement()),
        action.hasPriority() ? action.getPriority().toCode() : "routine",
        Text.of(citation.getDisplayElement()),
        action.hasExtension(TOPIC) ? action.getExtensionString(TOPIC) : catalogueId,
        action.getTrigger().stream()
            .map(TriggerDefinition::getName)
            .collect(Collectors.toUnmodifiableSet()),
        inputs(action),
        orders,
        gates,
        supports(action),
        action.getSelectionBehavior() == PlanDefinition.ActionSelectionBehavior.ATMOSTONE,
        action.hasExtension(NAMES_MISSING),
        new Frozen<>(toApply(action)));
  }

  /** An action as it is copied for each patient: what is read of it here has no need to be. */
  private static PlanDefinitionActionComponent toApply(PlanDefinitionActionComponent action) {
    PlanDefinitionActionComponent light = action.copy();
    light.setInput(null);
    light.setTrigger(null);
    return light;
  }

  private static List<Statement.Support> supports(PlanDefinitionActionComponent action) {
    return action.getDocumentation().stream()
        .filter(each -> each.getType() == RelatedArtifact.RelatedArtifactType.JUSTIFICATION)
        .map(each -> new Statement.Support(each.getLabel(), Text.of(each.getDisplayElement())))
        .toList();
  }

  /** The conditions on the way down to a plan, from every plan that refers to it. */
  private List<Definition> gates(PlanDefinition plan, Set<String> seen) {
    Set<Definition> gates = new LinkedHashSet<>();
    if (seen.add(plan.getUrl())) {
      all(PlanDefinition.class)
          .forEach(
              parent ->
                  parent.getAction().stream()
                      .filter(PlanDefinitionActionComponent::hasDefinitionCanonicalType)
                      .filter(
                          action ->
                              url(action.getDefinitionCanonicalType().getValue())
                                  .equals(plan.getUrl()))
                      .forEach(
                          action -> {
                            action
                                .getCondition()
                                .forEach(c -> add(c.getExpression(), library(parent), gates));
                            gates.addAll(gates(parent, seen));
                          }));
    }
    return List.copyOf(gates);
  }

  static List<Input> inputs(PlanDefinitionActionComponent action) {
    List<Input> inputs = new ArrayList<>();
    for (DataRequirement requirement : action.getInput()) {
      Input input = Input.of(requirement);
      if (input != null) {
        inputs.add(input);
      }
    }
    return inputs;
  }

  private Map<String, Service> services(Map<String, List<Statement>> byPlan) {
    Set<String> referred = new HashSet<>();
    all(PlanDefinition.class).forEach(plan -> plan.getAction().forEach(a -> refer(a, referred)));
    Map<String, Service> services = new LinkedHashMap<>();
    all(PlanDefinition.class)
        .filter(plan -> !referred.contains(plan.getUrl()))
        .forEach(
            plan -> {
              Set<String> hooks = new LinkedHashSet<>();
              Map<String, String> prefetch = new LinkedHashMap<>();
              for (PlanDefinitionActionComponent action : plan.getAction()) {
                action.getTrigger().forEach(trigger -> hooks.add(trigger.getName()));
                action.getInput().forEach(input -> addPrefetch(input, prefetch));
              }
              boolean only = hooks.size() == 1;
              for (String hook : hooks) {
                String serviceId = only ? id(plan) : id(plan) + "-" + hook;
                services.put(
                    serviceId,
                    new Service(
                        serviceId,
                        hook,
                        id(plan),
                        Text.of(plan.getTitleElement()),
                        Text.of(plan.getDescriptionElement()),
                        Text.of(plan.getUsageElement()),
                        java.util.Collections.unmodifiableMap(prefetch),
                        byPlan.getOrDefault(id(plan), List.of()).stream()
                            .filter(statement -> statement.hooks().contains(hook))
                            .toList()));
              }
            });
    return services;
  }

  private void addPrefetch(DataRequirement input, Map<String, String> prefetch) {
    String pattern = input.getExtensionString(QUERY);
    if (pattern == null || input.getId() == null) {
      return;
    }
    Set<String> codes = new LinkedHashSet<>();
    for (var filter : input.getCodeFilter()) {
      if (filter.getValueSet() != null) {
        terminology.codesOf(filter.getValueSet()).forEach(entry -> codes.add(entry.code()));
      }
      filter.getCode().forEach(code -> codes.add(code.getCode()));
    }
    prefetch.put(input.getId(), pattern.replace("{codes}", String.join(",", codes)));
  }

  private List<CatalogueEntry> catalogue(List<Statement> statements) {
    Map<String, Statement> implementing = new HashMap<>();
    Map<String, List<Statement>> also = new HashMap<>();
    Map<String, List<Statement>> open = new HashMap<>();
    for (Statement statement : statements) {
      if (statement.undecided()) {
        continue;
      }
      if (statement.action().original().hasExtension(APPLIES_TOO)) {
        also.computeIfAbsent(statement.catalogueId(), any -> new ArrayList<>()).add(statement);
      }
      if (statement.action().original().hasExtension(LEFT_OPEN)) {
        open.computeIfAbsent(statement.catalogueId(), any -> new ArrayList<>()).add(statement);
      }
      // Several actions may cite a statement; the one that carries its id is its rule.
      if (statement.actionId().equals(statement.catalogueId())) {
        implementing.put(statement.catalogueId(), statement);
      } else {
        implementing.putIfAbsent(statement.catalogueId(), statement);
      }
    }
    for (Statement statement : statements) {
      statement.supports().forEach(s -> implementing.putIfAbsent(s.id(), statement));
    }
    return find(CodeSystem.class, "mm-recommendations").stream()
        .flatMap(system -> system.getConcept().stream())
        .map(
            concept ->
                new CatalogueEntry(
                    concept.getCode(),
                    String.valueOf(property(concept, "kind")),
                    new Text(
                        String.valueOf(property(concept, "chapter")),
                        String.valueOf(property(concept, "chapter-en"))),
                    text(concept),
                    property(concept, "not-computable"),
                    implementing.get(concept.getCode()),
                    also.getOrDefault(concept.getCode(), List.of()),
                    implementing.containsKey(concept.getCode())
                        ? open.getOrDefault(
                            implementing.get(concept.getCode()).catalogueId(), List.of())
                        : List.of()))
        .toList();
  }

  // ---- walking ----

  /** The statements of a plan in its order, following references to other plans. */
  private void reach(PlanDefinition plan, Map<String, Statement> reached, Set<String> seen) {
    if (!seen.add(plan.getUrl())) {
      return;
    }
    ownStatements
        .getOrDefault(id(plan), List.of())
        .forEach(statement -> reached.put(plan.getUrl() + "#" + statement.actionId(), statement));
    plan.getAction().forEach(action -> reach(action, reached, seen));
  }

  private void reach(
      PlanDefinitionActionComponent action, Map<String, Statement> reached, Set<String> seen) {
    if (action.hasDefinitionCanonicalType()
        && resolve(action.getDefinitionCanonicalType().getValue()) instanceof PlanDefinition plan) {
      reach(plan, reached, seen);
    }
    action.getAction().forEach(nested -> reach(nested, reached, seen));
  }

  private static void refer(PlanDefinitionActionComponent action, Set<String> referred) {
    if (action.hasDefinitionCanonicalType()) {
      referred.add(url(action.getDefinitionCanonicalType().getValue()));
    }
    action.getAction().forEach(nested -> refer(nested, referred));
  }

  private void need(
      PlanDefinitionActionComponent action, @Nullable String library, Set<Definition> needed) {
    action.getCondition().forEach(condition -> add(condition.getExpression(), library, needed));
    action.getDynamicValue().forEach(value -> add(value.getExpression(), library, needed));
    for (String url : List.of(ORDERS, UPDATES, CYCLE, CYCLE_DRAFTS)) {
      if (action.hasExtension(url)) {
        add((Expression) action.getExtensionByUrl(url).getValue(), library, needed);
      }
    }
    if (action.hasDefinitionCanonicalType()) {
      MetadataResource target = resolve(action.getDefinitionCanonicalType().getValue());
      if (target instanceof ActivityDefinition activity) {
        need(activity, needed);
      } else if (target instanceof PlanDefinition plan && !action.hasExtension(CYCLE)) {
        // A suggested cycle is evaluated by itself, with its own parameters.
        plan.getAction().forEach(nested -> need(nested, library(plan), needed));
      }
    }
    action.getAction().forEach(nested -> need(nested, library, needed));
  }

  private void need(ActivityDefinition activity, Set<Definition> needed) {
    activity
        .getDynamicValue()
        .forEach(value -> add(value.getExpression(), library(activity.getLibrary()), needed));
  }

  private static void add(
      @Nullable Expression expression, @Nullable String library, Set<Definition> definitions) {
    Definition definition = definition(expression, library);
    if (definition != null) {
      definitions.add(definition);
    }
  }

  /** The definition an expression names: in its own reference, else in the artifact's library. */
  static @Nullable Definition definition(
      @Nullable Expression expression, @Nullable String library) {
    if (expression == null || expression.getExpression() == null) {
      return null;
    }
    String id = expression.hasReference() ? idOf(expression.getReference()) : library;
    return id == null ? null : new Definition(id, expression.getExpression());
  }

  private static @Nullable String library(PlanDefinition plan) {
    return library(plan.getLibrary());
  }

  private static @Nullable String library(List<CanonicalType> references) {
    return references.isEmpty() ? null : idOf(references.get(0).getValue());
  }

  private static String idOf(String canonical) {
    String url = url(canonical);
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private static String url(String canonical) {
    int bar = canonical.indexOf('|');
    return bar < 0 ? canonical : canonical.substring(0, bar);
  }

  private @Nullable MetadataResource resolve(String canonical) {
    return byUrl.get(url(canonical));
  }

  private static String id(MetadataResource resource) {
    return resource.getIdElement().getIdPart();
  }

  /** The populations of all groups of a quality indicator. */
  static Stream<MeasureGroupPopulationComponent> populations(Measure measure) {
    return measure.getGroup().stream().flatMap(group -> group.getPopulation().stream());
  }

  private static boolean is(PlanDefinition plan, String type) {
    return plan.getType().getCoding().stream().anyMatch(coding -> type.equals(coding.getCode()));
  }

  private <T extends MetadataResource> Stream<T> all(Class<T> type) {
    return byTypeAndId.values().stream().filter(type::isInstance).map(type::cast);
  }

  private <T extends MetadataResource> java.util.Optional<T> find(Class<T> type, String id) {
    return all(type).filter(resource -> id(resource).equals(id)).findFirst();
  }

  /** What must hold before the artifacts may be used. */
  private final class Checks {

    void run(Artifacts artifacts) {
      all(MetadataResource.class).forEach(this::checkVersion);
      all(Library.class).forEach(this::checkLibrary);
      all(ValueSet.class).forEach(this::checkValueSet);
      all(ActivityDefinition.class).forEach(this::checkActivity);
      all(PlanDefinition.class).forEach(this::checkPlan);
      all(Measure.class).forEach(this::checkMeasure);
      for (String file : artifacts.elm().keySet()) {
        String library = file.substring(file.lastIndexOf('/') + 1).replace(".json", "");
        for (String url : libraries.valueSetsOf(library)) {
          if (!terminology.isKnown(url)) {
            problems.add(
                new Problem("cql/" + library + ".cql", "", "value set " + url + " is not here"));
          }
        }
      }
      checkStatements();
    }

    private void checkVersion(MetadataResource resource) {
      if (resource.getVersion() == null) {
        report(resource, "version", "is missing");
      }
    }

    private void checkLibrary(Library library) {
      if (!libraries.has(id(library))) {
        report(library, "", "there is no translated CQL library " + id(library));
      }
    }

    private void checkValueSet(ValueSet valueSet) {
      if (!valueSet.hasExpansion()) {
        report(valueSet, "expansion", "is missing; nothing expands value sets at run time");
      }
      for (ConceptSetComponentReference part : parts(valueSet)) {
        if (resolve(part.url()) == null) {
          report(valueSet, "compose", part.url() + " is not here");
        }
      }
    }

    private record ConceptSetComponentReference(String url) {}

    private List<ConceptSetComponentReference> parts(ValueSet valueSet) {
      return valueSet.getCompose().getInclude().stream()
          .flatMap(include -> include.getValueSet().stream())
          .map(part -> new ConceptSetComponentReference(part.getValue()))
          .toList();
    }

    private void checkActivity(ActivityDefinition activity) {
      checkLibraries(activity, activity.getLibrary());
      for (var value : activity.getDynamicValue()) {
        String place = "dynamicValue[" + value.getPath() + "]";
        checkExpression(activity, place, value.getExpression(), library(activity.getLibrary()));
        if (activity.getKind() != null) {
          checkPath(activity, activity.getKind().toCode(), value.getPath(), place);
        }
      }
    }

    private void checkMeasure(Measure measure) {
      checkLibraries(measure, measure.getLibrary());
      if (!Text.isTranslated(measure.getTitleElement())) {
        report(measure, "title", "has no English text");
      }
      if (measure.getGroup().size() != 1) {
        report(measure, "group", "must be one, not " + measure.getGroup().size());
      }
      for (var group : measure.getGroup()) {
        Set<String> codes = new HashSet<>();
        for (var population : group.getPopulation()) {
          String code = String.valueOf(population.getCode().getCodingFirstRep().getCode());
          codes.add(code);
          checkExpression(
              measure,
              "population " + code,
              population.getCriteria(),
              library(measure.getLibrary()));
        }
        for (String code : Guideline.MEASURE_POPULATIONS) {
          if (!codes.contains(code)) {
            report(measure, "population " + code, "is missing");
          }
        }
      }
    }

    private void checkPlan(PlanDefinition plan) {
      checkLibraries(plan, plan.getLibrary());
      if (plan.hasExtension(INPUT_ERRORS)) {
        Expression errors = (Expression) plan.getExtensionByUrl(INPUT_ERRORS).getValue();
        checkExpression(plan, "extension input-errors", errors, library(plan));
      }
      Set<String> ids = new HashSet<>();
      plan.getAction().forEach(action -> collect(plan, action, ids));
      plan.getAction().forEach(action -> checkAction(plan, action, ids));
    }

    private void collect(
        PlanDefinition plan, PlanDefinitionActionComponent action, Set<String> ids) {
      if (action.getId() == null) {
        report(plan, "action", "an action has no id: " + action.getTitle());
      } else if (!ids.add(action.getId())) {
        report(plan, "action " + action.getId(), "the id is used twice");
      }
      action.getAction().forEach(nested -> collect(plan, nested, ids));
    }

    private void checkAction(
        PlanDefinition plan, PlanDefinitionActionComponent action, Set<String> ids) {
      String place = "action " + action.getId();
      for (var condition : action.getCondition()) {
        checkExpression(plan, place, condition.getExpression(), library(plan));
      }
      for (var value : action.getDynamicValue()) {
        checkExpression(plan, place, value.getExpression(), library(plan));
        checkActionPath(plan, value.getPath(), place);
      }
      for (String url : List.of(ORDERS, UPDATES, CYCLE, CYCLE_DRAFTS)) {
        if (action.hasExtension(url)) {
          Expression named = (Expression) action.getExtensionByUrl(url).getValue();
          checkExpression(plan, place, named, library(plan));
        }
      }
      for (var related : action.getRelatedAction()) {
        if (!ids.contains(related.getActionId())) {
          report(plan, place, "related action " + related.getActionId() + " is not in the plan");
        }
      }
      if (action.hasDefinitionCanonicalType()) {
        String canonical = action.getDefinitionCanonicalType().getValue();
        MetadataResource target = resolve(canonical);
        if (target == null) {
          report(plan, place, "definition " + canonical + " is not here");
        } else if (!canonical.endsWith("|" + target.getVersion())) {
          report(
              plan,
              place,
              "definition " + canonical + " does not pin version " + target.getVersion());
        } else if ((action.getId() + "-" + id(target)).length() > 64) {
          report(plan, place, "the id of the request would be longer than 64 characters");
        }
      }
      for (Input input : inputs(action)) {
        if (!facts.containsKey(input.id())) {
          report(plan, place, "input " + input.id() + " is not in CodeSystem/mm-inputs");
        }
        for (Definition definition : input.definitions()) {
          if (!libraries.has(definition)) {
            report(
                plan,
                place,
                "definition " + definition.name() + " is not in " + definition.library());
          }
        }
      }
      action.getAction().forEach(nested -> checkAction(plan, nested, ids));
    }

    private void checkLibraries(MetadataResource resource, List<CanonicalType> references) {
      for (CanonicalType reference : references) {
        MetadataResource target = resolve(reference.getValue());
        if (!(target instanceof Library)) {
          report(resource, "library", reference.getValue() + " is not here");
        } else if (!reference.getValue().endsWith("|" + target.getVersion())) {
          report(
              resource,
              "library",
              reference.getValue() + " does not pin version " + target.getVersion());
        }
      }
    }

    private void checkExpression(
        MetadataResource resource,
        String place,
        @Nullable Expression expression,
        @Nullable String library) {
      if (expression == null) {
        report(resource, place, "has no expression");
        return;
      }
      if (!"text/cql-identifier".equals(expression.getLanguage())) {
        report(
            resource,
            place,
            "language " + expression.getLanguage() + " is not used here: name a definition");
        return;
      }
      Definition definition = definition(expression, library);
      if (definition == null || !libraries.has(definition)) {
        report(
            resource,
            place,
            "definition \""
                + expression.getExpression()
                + "\" is not in library "
                + (definition == null ? "(none)" : definition.library()));
      }
    }

    private void checkPath(MetadataResource resource, String kind, String path, String place) {
      var type = fhir.getResourceDefinition(kind);
      if (path == null
          || path.contains(".")
          || (type.getChildByName(path) == null && type.getChildByName(path + "[x]") == null)) {
        report(
            resource,
            place,
            "can not be set on a " + kind + ": only whole first-level elements are set");
      }
    }

    private void checkActionPath(MetadataResource resource, String path, String place) {
      if (path == null || !Set.of("action.title", "action.description").contains(path)) {
        report(resource, place, "dynamic value " + path + " can not be set on an action");
      }
    }

    private void checkStatements() {
      Set<String> registered =
          find(CodeSystem.class, "mm-recommendations").stream()
              .flatMap(system -> system.getConcept().stream())
              .map(ConceptDefinitionComponent::getCode)
              .collect(Collectors.toSet());
      for (List<Statement> statements : ownStatements.values()) {
        for (Statement statement : statements) {
          PlanDefinition plan = find(PlanDefinition.class, statement.plan()).orElseThrow();
          String place = "action " + statement.actionId();
          if (!registered.contains(statement.catalogueId())) {
            report(plan, place, statement.catalogueId() + " is not a registered statement");
          }
          for (Statement.Support support : statement.supports()) {
            if (!registered.contains(support.id())) {
              report(plan, place, support.id() + " is not a registered statement");
            }
          }
          var action = statement.action().original();
          if (!Text.isTranslated(action.getTitleElement())) {
            report(plan, place, "the title has no English text");
          }
          int longest =
              Math.max(
                  statement.title().nb().codePointCount(0, statement.title().nb().length()),
                  statement.title().en().codePointCount(0, statement.title().en().length()));
          if (longest == 0 || longest >= 140) {
            report(plan, place, "the title must have 1 to 139 characters, not " + longest);
          }
          action.getAction().forEach(nested -> checkLabel(plan, nested));
        }
      }
    }

    /** What a suggestion or a part of it is called on the card. */
    private void checkLabel(PlanDefinition plan, PlanDefinitionActionComponent action) {
      if (!action.hasTitle() || !Text.isTranslated(action.getTitleElement())) {
        report(plan, "action " + action.getId(), "has no title in both languages");
      }
      action.getAction().forEach(nested -> checkLabel(plan, nested));
    }

    private void report(MetadataResource resource, String place, String message) {
      problems.add(new Problem(String.valueOf(files.get(resource)), place, message));
    }
  }
}
