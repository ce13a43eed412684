package no.marg.knowledge;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.jspecify.annotations.Nullable;

/** The guideline's artifacts, checked and immutable. FHIR resources leave as copies only. */
public final class Guideline {
  /** Canonical base of every artifact. */
  public static final String BASE = "https://marg-cds.github.io/fhir";

  /** System of the local facts. */
  public static final String FACTS = BASE + "/CodeSystem/mm-facts";

  /** System of the catalogue ids. */
  public static final String RECOMMENDATIONS = BASE + "/CodeSystem/mm-recommendations";

  /** What every measure counts; the last two are whom the record can not place. */
  public static final List<String> MEASURE_POPULATIONS =
      List.of(
          "initial-population",
          "denominator",
          "numerator",
          "denominator-undecided",
          "numerator-undecided");

  /** Extension of an action: definition that lists the draft orders it is about. */
  public static final String CONCERNED_ORDERS = GuidelineLoader.ORDERS;

  /** Extension of an action: definition that gives changed dosages of draft orders. */
  public static final String ORDER_UPDATES = GuidelineLoader.UPDATES;

  /**
   * Extension of a suggestion whose definition is a regimen: definition of a tuple that says which
   * cycle (CycleStart, CycleNumber, Phase); null when none can be suggested.
   */
  public static final String CYCLE = GuidelineLoader.CYCLE;

  /**
   * Extension of the same suggestion: definition of the draft orders that the cycle meets, as
   * tuples of order, valueSet (id, of the drug) and isReplaced.
   */
  public static final String CYCLE_DRAFTS = GuidelineLoader.CYCLE_DRAFTS;

  /** Marks a statement whose title says which cycle it offers, and from which day. */
  public static final String NAMES_CYCLE = BASE + "/StructureDefinition/names-cycle";

  /** Extension of a plan: definition that lists what is wrong with the parameters given. */
  public static final String INPUT_ERRORS = GuidelineLoader.INPUT_ERRORS;

  private static final Pattern CODE_OF_RECORD =
      Pattern.compile("((?:urn:|https?://)[^\\s|]+)\\|([^\\s|]+)");

  private final String version;
  private final Map<String, Frozen<MetadataResource>> byTypeAndId;
  private final Map<String, Frozen<MetadataResource>> byUrl;
  private final CqlLibraries libraries;
  private final Terminology terminology;
  private final Map<String, Fact> facts;
  private final List<Measurand> measures;
  private final List<Statement> statements;
  private final Map<String, List<Statement>> statementsByPlan;
  private final Map<String, Service> services;
  private final List<CatalogueEntry> catalogue;
  private final Map<String, List<Definition>> needed;
  private final Map<String, Text> conceptNames;
  private final Map<String, Frozen<PlanDefinition>> barePlans;

  Guideline(
      String version,
      Map<String, Frozen<MetadataResource>> byTypeAndId,
      Map<String, Frozen<MetadataResource>> byUrl,
      CqlLibraries libraries,
      Terminology terminology,
      Map<String, Fact> facts,
      List<Measurand> measures,
      List<Statement> statements,
      Map<String, List<Statement>> statementsByPlan,
      Map<String, Service> services,
      List<CatalogueEntry> catalogue,
      Map<String, List<Definition>> needed,
      Map<String, Text> conceptNames) {
    this.version = version;
    this.byTypeAndId = Map.copyOf(byTypeAndId);
    this.byUrl = Map.copyOf(byUrl);
    this.libraries = libraries;
    this.terminology = terminology;
    this.facts = Map.copyOf(facts);
    this.measures = List.copyOf(measures);
    this.statements = List.copyOf(statements);
    this.statementsByPlan = Map.copyOf(statementsByPlan);
    this.services = java.util.Collections.unmodifiableMap(services);
    this.catalogue = List.copyOf(catalogue);
    this.needed = Map.copyOf(needed);
    this.conceptNames = Map.copyOf(conceptNames);
    this.barePlans = bare(this.byTypeAndId.values());
  }

  /** Version of the whole set of artifacts. */
  public String version() {
    return version;
  }

  /** The CQL libraries. */
  public CqlLibraries libraries() {
    return libraries;
  }

  /** The value sets and aliases. */
  public Terminology terminology() {
    return terminology;
  }

  /** How measured results are read. */
  public List<Measurand> measures() {
    return measures;
  }

  /** All statements of all recommendation plans. */
  public List<Statement> statements() {
    return statements;
  }

  /**
   * The statements of a plan and of the plans it refers to, in its order; empty for an order set.
   */
  public List<Statement> statementsOf(String plan) {
    return statementsByPlan.getOrDefault(plan, List.of());
  }

  /** All definitions that applying a plan or an activity needs, itself and what it refers to. */
  public List<Definition> neededFor(String typeAndId) {
    return needed.getOrDefault(typeAndId, List.of());
  }

  /** The CDS services by id. */
  public Map<String, Service> services() {
    return services;
  }

  /** Every statement of the guideline, implemented or not. */
  public List<CatalogueEntry> catalogue() {
    return catalogue;
  }

  /**
   * The name of a code of {@code CodeSystem/mm-facts}, of a regimen by the id of its plan, of an
   * input by its id, or of a code of the record written as {@code system|code}; the code itself
   * when it is unknown.
   */
  public Text conceptName(String code) {
    Text name = conceptNames.get(code);
    if (name != null) {
      return name;
    }
    Matcher ofRecord = CODE_OF_RECORD.matcher(code);
    if (ofRecord.matches()) {
      return nameOfRecordCode(ofRecord.group(1), ofRecord.group(2));
    }
    Frozen<PlanDefinition> plan = barePlans.get(code);
    return plan == null ? fact(code).name() : plan.read(bare -> Text.of(bare.getTitleElement()));
  }

  private Text nameOfRecordCode(String system, String code) {
    String display = terminology.display(system, code);
    return display != null
        ? new Text(display, display)
        : new Text("kode " + code + " i " + system, "code " + code + " of " + system);
  }

  /** What is known about an input id; a bare entry with the id as name for an unknown one. */
  public Fact fact(String id) {
    Fact fact = facts.get(id);
    return fact != null ? fact : new Fact(id, new Text(id, id), null, null, null, null, null, null);
  }

  /**
   * A copy of a plan.
   *
   * @throws NoSuchElementException if there is none with that id
   */
  public PlanDefinition plan(String id) {
    return (PlanDefinition) copyOf("PlanDefinition", id);
  }

  /**
   * A copy of an activity.
   *
   * @throws NoSuchElementException if there is none with that id
   */
  public ActivityDefinition activity(String id) {
    return (ActivityDefinition) copyOf("ActivityDefinition", id);
  }

  /**
   * A copy of a plan without its actions.
   *
   * @throws NoSuchElementException if there is none with that id
   */
  public PlanDefinition planWithoutActions(String id) {
    Frozen<PlanDefinition> bare = barePlans.get(id);
    if (bare == null) {
      throw new NoSuchElementException("There is no PlanDefinition " + id);
    }
    return bare.copy();
  }

  /** The canonical URL of the library of a plan; null when it has none or there is no such plan. */
  public @Nullable String libraryOf(String plan) {
    Frozen<PlanDefinition> bare = barePlans.get(plan);
    return bare == null || bare.original().getLibrary().isEmpty()
        ? null
        : bare.original().getLibrary().get(0).getValue();
  }

  private static Map<String, Frozen<PlanDefinition>> bare(
      Collection<Frozen<MetadataResource>> artifacts) {
    Map<String, Frozen<PlanDefinition>> plans = new HashMap<>();
    for (Frozen<MetadataResource> artifact : artifacts) {
      if (artifact.original() instanceof PlanDefinition plan) {
        PlanDefinition copy = plan.copy();
        copy.getAction().clear();
        plans.put(plan.getIdElement().getIdPart(), new Frozen<>(copy));
      }
    }
    return Map.copyOf(plans);
  }

  private MetadataResource copyOf(String type, String id) {
    return find(type, id)
        .orElseThrow(() -> new NoSuchElementException("There is no " + type + " " + id));
  }

  /** A copy of an artifact; empty when there is none with that id. */
  public Optional<MetadataResource> find(String type, String id) {
    return Optional.ofNullable(byTypeAndId.get(type + "/" + id)).map(Frozen::copy);
  }

  /** A copy of an artifact; the version after {@code |} must match when it is given. */
  public Optional<MetadataResource> findByUrl(String canonical) {
    int bar = canonical.indexOf('|');
    String url = bar < 0 ? canonical : canonical.substring(0, bar);
    Frozen<MetadataResource> found = byUrl.get(url);
    if (found == null || (bar >= 0 && !canonical.substring(bar + 1).equals(version))) {
      return Optional.empty();
    }
    return Optional.of(found.copy());
  }

  /**
   * Copies of an artifact and of all that it needs, itself first: libraries and what they include,
   * plans and activities that it refers to, value sets and code systems of ours.
   *
   * @throws NoSuchElementException if there is none with that id
   */
  public List<MetadataResource> withDependencies(String type, String id) {
    return new Dependencies(this).of(copyOf(type, id));
  }

  /** Copies of all artifacts of a type, by id. */
  public List<MetadataResource> all(String type) {
    return byTypeAndId.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(type + "/"))
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getValue().copy())
        .toList();
  }
}
