package no.marg;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import no.marg.knowledge.build.TranslateCql;
import org.hl7.fhir.r4.model.ActivityDefinition;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Enumerations.PublicationStatus;
import org.hl7.fhir.r4.model.Expression;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.RelatedArtifact;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.TriggerDefinition;

/**
 * A guideline of a few rules, for what the real one must never do: rules that fail, for example.
 */
public final class SmallGuideline {
  public static final String VERSION = "1.3.0";

  private final Map<String, String> fhir = new TreeMap<>();
  private final Map<String, String> elm = new TreeMap<>();
  private final Map<String, String> cql = new TreeMap<>();
  private final CodeSystem statements = new CodeSystem();

  private SmallGuideline() {}

  /** CQL sources by library name; they may include each other and FHIRHelpers. */
  public static SmallGuideline of(Map<String, String> sources) {
    SmallGuideline made = new SmallGuideline();
    try {
      made.translate(sources);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    sources.keySet().forEach(name -> made.add(named(new Library(), name)));
    made.statements.setContent(CodeSystem.CodeSystemContentMode.COMPLETE);
    return made;
  }

  private void translate(Map<String, String> sources) throws IOException {
    Path directory = Files.createTempDirectory("small-guideline");
    try {
      for (var source : sources.entrySet()) {
        Files.writeString(directory.resolve(source.getKey() + ".cql"), source.getValue());
        cql.put("cql/" + source.getKey() + ".cql", source.getValue());
      }
      Path target = directory.resolve("elm");
      TranslateCql.main(new String[] {directory.toString(), target.toString()});
      try (Stream<Path> files = Files.list(target)) {
        for (Path file : files.toList()) {
          elm.put("elm/" + file.getFileName(), Files.readString(file, UTF_8));
        }
      }
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static <T extends MetadataResource> T named(T resource, String id) {
    resource.setId(id);
    resource.setUrl(Guideline.BASE + "/" + resource.fhirType() + "/" + id);
    resource.setVersion(VERSION);
    return resource;
  }

  public static String canonical(String type, String id) {
    return Guideline.BASE + "/" + type + "/" + id + "|" + VERSION;
  }

  /** A plan over a library; {@code type} such as {@code eca-rule}. */
  public static PlanDefinition plan(String id, String type, String library) {
    PlanDefinition plan = named(new PlanDefinition(), id);
    plan.setStatus(PublicationStatus.DRAFT);
    plan.setType(
        new CodeableConcept()
            .addCoding(
                new Coding(
                    "http://terminology.hl7.org/CodeSystem/plan-definition-type", type, null)));
    plan.addLibrary(canonical("Library", library));
    return plan;
  }

  /** An action that a definition decides about; null for one that always applies. */
  public static PlanDefinitionActionComponent action(String id, String condition) {
    PlanDefinitionActionComponent action = new PlanDefinitionActionComponent();
    action.setId(id);
    action.setTitle("Tittel " + id);
    Extension english = new Extension("http://hl7.org/fhir/StructureDefinition/translation");
    english.addExtension("lang", new CodeType("en"));
    english.addExtension("content", new StringType("Title " + id));
    action.getTitleElement().addExtension(english);
    if (condition != null) {
      action
          .addCondition()
          .setKind(PlanDefinition.ActionConditionKind.APPLICABILITY)
          .setExpression(identifier(condition));
    }
    return action;
  }

  /** An action that orders an activity. */
  public static PlanDefinitionActionComponent order(String id, String condition, String activity) {
    PlanDefinitionActionComponent action = action(id, condition);
    action.setDefinition(new CanonicalType(canonical("ActivityDefinition", activity)));
    return action;
  }

  /** An order of a drug whose dosage a definition gives; null for one without dosage. */
  public static ActivityDefinition activity(String id, String library, String dosage) {
    ActivityDefinition activity = named(new ActivityDefinition(), id);
    activity.setStatus(PublicationStatus.DRAFT);
    activity.setKind(ActivityDefinition.ActivityDefinitionKind.MEDICATIONREQUEST);
    activity.setIntent(ActivityDefinition.RequestIntent.PROPOSAL);
    activity.addLibrary(canonical("Library", library));
    activity.setProduct(new CodeableConcept().setText(id));
    if (dosage != null) {
      activity.addDynamicValue().setPath("dosageInstruction").setExpression(identifier(dosage));
    }
    return activity;
  }

  public static Expression identifier(String definition) {
    return new Expression().setLanguage("text/cql-identifier").setExpression(definition);
  }

  /** Adds the plan that answers {@code patient-view} with what {@code plans} say. */
  public SmallGuideline service(String... plans) {
    PlanDefinition service = plan("mm-patient-view", "workflow-definition", "");
    service.setLibrary(null);
    PlanDefinitionActionComponent action = service.addAction();
    action.setId("start");
    action.addTrigger().setType(TriggerDefinition.TriggerType.NAMEDEVENT).setName("patient-view");
    for (String plan : plans) {
      PlanDefinitionActionComponent part = action.addAction();
      part.setId("go-" + plan);
      part.setDefinition(new CanonicalType(canonical("PlanDefinition", plan)));
    }
    return add(service);
  }

  /** Adds an artifact; the actions of recommendation plans become registered statements. */
  public SmallGuideline add(MetadataResource resource) {
    String id = resource.getIdElement().getIdPart();
    if (resource instanceof PlanDefinition plan
        && "eca-rule".equals(plan.getType().getCodingFirstRep().getCode())) {
      for (PlanDefinitionActionComponent action : plan.getAction()) {
        action
            .addTrigger()
            .setType(TriggerDefinition.TriggerType.NAMEDEVENT)
            .setName("patient-view");
        String statement = action.getId().replace("-undecided", "");
        action
            .addDocumentation()
            .setType(RelatedArtifact.RelatedArtifactType.CITATION)
            .setLabel(statement);
        if (statements.getConcept().stream().noneMatch(c -> c.getCode().equals(statement))) {
          register(statement, null);
        }
      }
    }
    return addAsItIs(resource);
  }

  /** Adds an artifact as it is; its statements must be registered apart. */
  public SmallGuideline addAsItIs(MetadataResource resource) {
    fhir.put(
        "fhir-resources/"
            + resource.fhirType().toLowerCase(java.util.Locale.ROOT)
            + "/"
            + resource.getIdElement().getIdPart()
            + ".json",
        TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource));
    return this;
  }

  /** Registers a statement without rule; {@code reason} says why it has none, null for not yet. */
  public SmallGuideline register(String statement, String reason) {
    var concept = statements.addConcept().setCode(statement).setDisplay(statement);
    concept.addProperty().setCode("kind").setValue(new CodeType("recommendation"));
    if (reason != null) {
      concept.addProperty().setCode("not-computable").setValue(new StringType(reason));
    }
    return this;
  }

  public Artifacts artifacts() {
    add(named(statements, "mm-recommendations"));
    return new Artifacts(fhir, elm, cql);
  }

  public GuidelineEngine engine() {
    return new GuidelineEngine(
        GuidelineLoader.load(TestGuideline.FHIR, artifacts()),
        TestGuideline.FHIR,
        new Parameters(),
        ZoneId.of("Europe/Oslo"));
  }
}
