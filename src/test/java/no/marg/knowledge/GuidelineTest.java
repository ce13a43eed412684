package no.marg.knowledge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.Conforms;
import no.marg.SmallGuideline;
import no.marg.TestGuideline;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.DataRequirement;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.TriggerDefinition;
import org.hl7.fhir.r4.model.ValueSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the loaded guideline gives to those who ask it. */
class GuidelineTest {
  private static final Guideline GUIDELINE = TestGuideline.GUIDELINE;
  private static final Terminology TERMINOLOGY = GUIDELINE.terminology();
  private static final String ICD_10 = "urn:oid:2.16.578.1.12.4.1.1.7110";
  private static final String ATC = "http://www.whocc.no/atc";
  private static final String LOINC = "http://loinc.org";

  // ---- copies ----

  static Stream<Function<Guideline, MetadataResource>> waysOut() {
    return Stream.of(
        guideline -> guideline.plan("vrd-induction"),
        guideline -> guideline.activity("vrd-bortezomib"),
        guideline -> guideline.find("ValueSet", "mm-copd").orElseThrow(),
        guideline ->
            guideline.findByUrl(Guideline.BASE + "/PlanDefinition/mm-staging|1.3.0").orElseThrow(),
        guideline -> guideline.all("Library").get(0));
  }

  /** HAPI's model is mutable, and cqf writes into what it gets. */
  @ParameterizedTest
  @MethodSource("waysOut")
  void artifactsLeaveAsCopies(Function<Guideline, MetadataResource> way) {
    MetadataResource first = way.apply(GUIDELINE);
    String before = json(first);
    first.setTitle("changed").setPublisher("changed").setId("changed");
    if (first instanceof PlanDefinition plan) {
      plan.getAction().clear();
    }
    assertThat(json(first)).isNotEqualTo(before);
    assertThat(json(way.apply(GUIDELINE))).isEqualTo(before);
  }

  @Test
  void theActionOfAStatementLeavesAsACopy() {
    Statement statement = GUIDELINE.statements().get(0);
    statement.action().copy().setTitle("changed");
    assertThat(statement.action().copy().getTitle()).isEqualTo(statement.title().nb());
  }

  @Test
  void whatIsNotFhirCanNotBeChanged() {
    Service service = GUIDELINE.services().get("mm-order-sign");
    List<Runnable> changes =
        List.of(
            () -> GUIDELINE.services().clear(),
            () -> service.prefetch().clear(),
            () -> service.statements().clear(),
            () -> GUIDELINE.statements().clear(),
            () -> GUIDELINE.statementsOf("mm-staging").clear(),
            () -> GUIDELINE.catalogue().clear(),
            () -> GUIDELINE.measures().clear(),
            () -> GUIDELINE.measures().get(0).factors().clear(),
            () -> GUIDELINE.neededFor("PlanDefinition/vrd-induction").clear(),
            () -> GUIDELINE.libraries().definitionsOf("MMData").clear(),
            () -> TERMINOLOGY.codesOf(Guideline.BASE + "/ValueSet/mm-copd").clear());
    for (Runnable change : changes) {
      assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
    }
    // The engine may keep and change its own map of libraries.
    GUIDELINE.libraries().compiled().clear();
    assertThat(GUIDELINE.libraries().compiled()).isNotEmpty();
  }

  // ---- finding ----

  @Test
  void aVersionThatIsGivenMustBeTheVersion() {
    String url = Guideline.BASE + "/PlanDefinition/mm-staging";
    assertThat(GUIDELINE.findByUrl(url)).isPresent();
    assertThat(GUIDELINE.findByUrl(url + "|" + GUIDELINE.version())).isPresent();
    assertThat(GUIDELINE.findByUrl(url + "|1.2.0")).isEmpty();
    assertThat(GUIDELINE.findByUrl(url + "s")).isEmpty();
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatThrownBy(() -> GUIDELINE.plan("no-such"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("There is no PlanDefinition no-such");
    assertThatThrownBy(() -> GUIDELINE.activity("mm-staging"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("There is no ActivityDefinition mm-staging");
    assertThatThrownBy(() -> GUIDELINE.libraries().identifier("NoSuch"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("NoSuch");
    assertThat(GUIDELINE.find("Library", "NoSuch")).isEmpty();
    assertThat(GUIDELINE.fact("no-such").name()).isEqualTo(new Text("no-such", "no-such"));
    assertThat(GUIDELINE.conceptName("no-such")).isEqualTo(new Text("no-such", "no-such"));
  }

  /**
   * A card names what the disease is refractory to; drugs that are a class of their own have their
   * name.
   */
  @Test
  void classesOfDrugsHaveNames() throws IOException {
    String cql = Files.readString(Path.of("cql/MMCourses.cql"));
    String classes =
        cql.substring(
            cql.indexOf("define function \"Class Of\""),
            cql.indexOf("define function \"Drugs Of Regimen\""));
    List<String> codes =
        Pattern.compile("then '([a-z0-9-]+)'")
            .matcher(classes)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertThat(codes).contains("imid", "bispecific-bcma", "bispecific-gprc5d");
    assertThat(codes)
        .allSatisfy(
            code -> {
              assertThat(GUIDELINE.conceptName(code).in("nb")).isNotEqualTo(code);
              assertThat(GUIDELINE.conceptName(code).in("en")).isNotEqualTo(code);
            });
  }

  @Test
  void aLibraryCarriesItsCqlSource() {
    var library = (org.hl7.fhir.r4.model.Library) GUIDELINE.find("Library", "MMData").orElseThrow();
    assertThat(library.getContent())
        .singleElement()
        .satisfies(
            content -> {
              assertThat(content.getContentType()).isEqualTo("text/cql");
              assertThat(new String(content.getData(), java.nio.charset.StandardCharsets.UTF_8))
                  .contains("library MMData version '1.3.0'");
            });
  }

  // ---- services ----

  /** CH-115: a service is a PlanDefinition with a trigger, and nothing in Java. */
  @Test
  @Conforms("CH-115")
  void aPlanWithTwoTriggersAddsTwoServices() {
    PlanDefinition plan = SmallGuideline.plan("site-rules", "workflow-definition", "MMOrderRules");
    plan.setTitle("Sykehusets regler").setDescription("Beskrivelse");
    var action = plan.addAction();
    action.setId("start");
    for (String hook : List.of("patient-view", "appointment-book")) {
      action.addTrigger().setType(TriggerDefinition.TriggerType.NAMEDEVENT).setName(hook);
    }
    DataRequirement input = action.addInput().setType("Observation");
    input.setId("weights");
    input.addExtension(
        "http://hl7.org/fhir/StructureDefinition/cqf-fhirQueryPattern",
        new StringType("Observation?patient={{context.patientId}}&code={codes}"));
    input.addCodeFilter().setPath("code").setValueSet(Guideline.BASE + "/ValueSet/mm-body-weight");

    Guideline guideline = GuidelineLoader.load(TestGuideline.FHIR, with(plan));

    assertThat(guideline.services())
        .containsKeys("site-rules-patient-view", "site-rules-appointment-book")
        .hasSize(GUIDELINE.services().size() + 2);
    Service service = guideline.services().get("site-rules-appointment-book");
    assertThat(service.hook()).isEqualTo("appointment-book");
    assertThat(service.plan()).isEqualTo("site-rules");
    assertThat(service.title().nb()).isEqualTo("Sykehusets regler");
    assertThat(service.prefetch())
        .containsExactly(
            Map.entry(
                "weights",
                "Observation?patient={{context.patientId}}"
                    + "&code=29463-7,3141-9,27113001,body-weight"));
  }

  @Test
  void aPlanWithOneTriggerIsTheServiceOfItsId() {
    for (Service service : GUIDELINE.services().values()) {
      assertThat(service.id()).isEqualTo("mm-" + service.hook()).isEqualTo(service.plan());
      assertThat(service.statements())
          .allMatch(statement -> statement.hooks().contains(service.hook()));
      assertThat(service.prefetch()).containsKey("patient");
    }
    assertThat(GUIDELINE.services()).containsKeys("mm-patient-view", "mm-order-sign");
  }

  /** Only what has its own trigger and is no part of another plan is a service. */
  @Test
  void aPlanThatAnotherPlanRefersToIsNoService() {
    assertThat(GUIDELINE.services())
        .doesNotContainKeys("mm-staging", "mm-lenalidomide-renal", "vrd-induction");
  }

  private static Artifacts with(MetadataResource added) {
    Artifacts artifacts = Artifacts.ofClasspath();
    Map<String, String> fhir = new TreeMap<>(artifacts.fhir());
    fhir.put("fhir-resources/added.json", json(added));
    return new Artifacts(fhir, artifacts.elm(), artifacts.cql());
  }

  // ---- value sets ----

  @ParameterizedTest(name = "{0} {1} in {2}: {3}")
  @CsvSource({
    "icd, C88.0, waldenstrom, true",
    "icd, C880, waldenstrom, true",
    "icd, C88.00, waldenstrom, true",
    "icd, C8801, waldenstrom, true",
    "icd, C88.1, waldenstrom, false",
    "icd, C88, waldenstrom, false",
    "icd, J44.0, copd, true",
    "icd, J440, copd, true",
    "icd, J44.2, copd, false",
    "atc, A12AX, calcium-vitamin-d, true",
    "atc, A12AX01, calcium-vitamin-d, true",
    "atc, A12AA04, calcium-vitamin-d, true",
    "atc, A12AA05, calcium-vitamin-d, false",
    "atc, L01XG01, bortezomib, true",
    "atc, L01XG0, bortezomib, false",
    "atc, L01XG011, bortezomib, false",
    "atc, L01XG01, class-line-defining, true",
    "loinc, 29463-7, body-weight, true",
    "loinc, 294637, body-weight, false",
    "loinc, C88.0, waldenstrom, false"
  })
  void holdsACodeOrNot(String system, String code, String valueSet, boolean held) {
    String uri = Map.of("icd", ICD_10, "atc", ATC, "loinc", LOINC).get(system);
    String url = Guideline.BASE + "/ValueSet/mm-" + valueSet;
    assertThat(TERMINOLOGY.contains(url, uri, code)).isEqualTo(held);
    assertThat(TERMINOLOGY.valueSetsOf(uri, code).contains(url)).isEqualTo(held);
  }

  @ParameterizedTest
  @CsvSource({
    "urn:oid:2.16.578.1.12.4.1.1.7110|I82.9, Emboli og trombose i uspesifisert vene",
    "urn:oid:2.16.578.1.12.4.1.1.7110|I829, Emboli og trombose i uspesifisert vene",
    "urn:oid:2.16.578.1.12.4.1.1.7110|I82.91, Emboli og trombose i uspesifisert vene (I82.91)",
    "urn:oid:2.16.578.1.12.4.1.1.7110|Q99.9, kode Q99.9 i urn:oid:2.16.578.1.12.4.1.1.7110",
    "http://snomed.info/sct|161508001, History of deep vein thrombosis (situation)",
    "http://example.org/local|VTE7, kode VTE7 i http://example.org/local",
    "DVT | 2019, DVT | 2019",
    "thrombophilia, Trombofili"
  })
  void aCodeOfTheRecordHasWords(String code, String words) {
    assertThat(TestGuideline.GUIDELINE.conceptName(code).nb()).isEqualTo(words);
  }

  @Test
  void anUnknownCodeIsInNoValueSet() {
    assertThat(TERMINOLOGY.valueSetsOf("http://example.org", "C88.0")).isEmpty();
    assertThat(TERMINOLOGY.valueSetsOf(LOINC, "0-0")).isEmpty();
    assertThat(TERMINOLOGY.codesOf(Guideline.BASE + "/ValueSet/no-such")).isEmpty();
  }

  @Test
  void aValueSetInheritsTheGroupsOfItsParts() {
    ValueSet part = valueSet("part");
    part.getCompose()
        .addInclude()
        .setSystem(ICD_10)
        .addFilter()
        .setProperty("concept")
        .setOp(ValueSet.FilterOperator.ISA)
        .setValue("C88");
    ValueSet whole = valueSet("whole");
    whole.getCompose().addInclude().addValueSet(part.getUrl());
    Terminology terminology =
        GuidelineLoader.load(
                TestGuideline.FHIR,
                SmallGuideline.of(Map.of("Rules", "library Rules version '1.3.0'"))
                    .add(part)
                    .add(whole)
                    .artifacts())
            .terminology();
    assertThat(terminology.contains(part.getUrl(), ICD_10, "C88.0")).isTrue();
    assertThat(terminology.contains(whole.getUrl(), ICD_10, "C880")).isTrue();
    assertThat(terminology.contains(whole.getUrl(), ICD_10, "C90.0")).isFalse();
  }

  private static ValueSet valueSet(String id) {
    ValueSet valueSet = new ValueSet();
    valueSet.setId(id);
    valueSet.setUrl(Guideline.BASE + "/ValueSet/" + id).setVersion(SmallGuideline.VERSION);
    valueSet.getExpansion().setTimestamp(new java.util.Date(0));
    valueSet.addUseContext().setValue(new CodeableConcept().setText("test"));
    return valueSet;
  }

  // ---- aliases ----

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "http://hl7.org/fhir/sid/icd-10, urn:oid:2.16.578.1.12.4.1.1.7110",
    "http://hl7.org/fhir/sid/icd-10-no, urn:oid:2.16.578.1.12.4.1.1.7110",
    "urn:oid:2.16.578.1.12.4.1.1.7180, http://www.whocc.no/atc",
    "urn:oid:2.16.578.1.12.4.1.1.7230, urn:oid:2.16.578.1.12.4.1.1.7280",
    "http://loinc.org, http://loinc.org",
    "http://example.org, http://example.org"
  })
  void aSystemHasOneName(String given, String known) {
    assertThat(TERMINOLOGY.canonicalSystem(given)).isEqualTo(known);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "mL/min/1.73m2, mL/min/{1.73_m2}",
    "'ML / min / 1,73 m²', mL/min/{1.73_m2}",
    "G/L, g/L",
    "g/døgn, g/(24.h)",
    "µmol/l, umol/L",
    "μmol/L, umol/L",
    "x10^9/L, 10*9/L",
    "mL/min,",
    "enheter,"
  })
  void aUnitInWordsHasItsCode(String text, String code) {
    assertThat(TERMINOLOGY.ucum(text)).isEqualTo(code);
  }

  // ---- what a statement rests on ----

  @Test
  void aFactNamesTheDefinitionsThatGiveIt() {
    Fact egfr = GUIDELINE.fact("egfr");
    assertThat(egfr.value()).isEqualTo(new Definition("MMData", "eGFR"));
    assertThat(egfr.result()).isEqualTo(new Definition("MMData", "eGFR Result"));
    assertThat(egfr.test()).isEqualTo("egfr");
  }

  @Test
  void everyDefinitionThatIsNeededExists() {
    for (String type : List.of("PlanDefinition", "ActivityDefinition")) {
      for (MetadataResource artifact : GUIDELINE.all(type)) {
        assertThat(GUIDELINE.neededFor(type + "/" + artifact.getIdElement().getIdPart()))
            .allMatch(GUIDELINE.libraries()::has);
      }
    }
    assertThat(GUIDELINE.neededFor("PlanDefinition/vrd-induction"))
        .contains(
            new Definition("RegimenVrdInduction", "Bortezomib"),
            new Definition("RegimenVrdInduction", "Input Errors"),
            new Definition("RegimenVrdInduction", "In Cycles 1 To 6"));
  }

  private static String json(MetadataResource resource) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource);
  }
}
