package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.knowledge.Artifacts;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.Enumerations;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ValueSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every artifact, and what is made of them, is valid base FHIR R4. */
class ValidFhirTest {
  /** Messages that a base R4 validator gives though nothing is wrong, each with the reason. */
  private static final List<Pattern> EXPECTED =
      List.of(
          // CPG writes the language of a named definition so; base R4 does not know it.
          Pattern.compile(
              "^Unknown code 'http://hl7.org/fhir/expression-language#text/cql-identifier'$"),
          // The CPG profiles are no part of base R4.
          Pattern.compile(
              "^Profile reference 'http://hl7.org/fhir/uv/cpg/StructureDefinition/[a-z-]+' has not"
                  + " been checked because it could not be found"),
          Pattern.compile(
              "^Invalid profile. Failed to retrieve profile with"
                  + " url=http://hl7.org/fhir/uv/cpg/StructureDefinition/[a-z-]+$"));

  private static final Artifacts ARTIFACTS = Artifacts.ofClasspath();
  private static final FhirValidator VALIDATOR = validator();

  private static FhirValidator validator() {
    var fhir = TestGuideline.FHIR;
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(fhir);
    Set<String> systems = new TreeSet<>();
    for (String content : ARTIFACTS.fhir().values()) {
      Resource resource = (Resource) fhir.newJsonParser().parseResource(content);
      if (resource instanceof CodeSystem) {
        own.addResource(resource);
      } else if (resource instanceof ValueSet valueSet) {
        own.addResource(valueSet);
        valueSet.getCompose().getInclude().stream()
            .filter(ValueSet.ConceptSetComponent::hasSystem)
            .map(ValueSet.ConceptSetComponent::getSystem)
            .filter(system -> system.startsWith("urn:oid:"))
            .forEach(systems::add);
      }
    }
    // The validator asks for a system that it does not know by identifier, which HAPI can not do.
    for (String system : systems) {
      CodeSystem named = new CodeSystem().setUrl(system);
      named.setId("named-" + Math.abs(system.hashCode()));
      named.setStatus(Enumerations.PublicationStatus.UNKNOWN);
      own.addResource(named.setContent(CodeSystem.CodeSystemContentMode.NOTPRESENT));
    }
    return fhir.newValidator()
        .registerValidatorModule(
            new FhirInstanceValidator(
                new ValidationSupportChain(
                    new DefaultProfileValidationSupport(fhir),
                    own,
                    new CommonCodeSystemsTerminologyService(fhir),
                    new InMemoryTerminologyServerValidationSupport(fhir))));
  }

  static Stream<String> types() {
    return ARTIFACTS.fhir().keySet().stream().map(name -> name.split("/")[1]).distinct();
  }

  @ParameterizedTest
  @MethodSource("types")
  void artifactsAreValid(String type) {
    Map<String, List<String>> found = new LinkedHashMap<>();
    ARTIFACTS
        .fhir()
        .forEach(
            (name, content) -> {
              if (name.split("/")[1].equals(type)) {
                List<String> errors = errors(content);
                if (!errors.isEmpty()) {
                  found.put(name, errors);
                }
              }
            });
    assertThat(found).isEmpty();
  }

  /** The validator is on, and the expected messages hide nothing else. */
  @Test
  void aWrongArtifactIsFound() {
    String plan = ARTIFACTS.fhir().get("fhir-resources/plandefinition/vrd-induction.json");
    assertThat(errors(plan)).isEmpty();
    assertThat(errors(plan.replaceFirst("\"status\": \"draft\"", "\"status\": \"ready\"")))
        .isNotEmpty();
    assertThat(errors(plan.replace("\"timingTiming\"", "\"timingThing\""))).isNotEmpty();
    assertThat(errors(plan.replaceFirst("text/cql-identifier", "text/cql-word"))).isNotEmpty();
  }

  @ParameterizedTest(name = "{0}, cycle {1}")
  @CsvSource({
    "dara-vrd-induction, 1",
    "isa-vrd-induction, 3",
    "cyclophosphamide-mobilisation, 1",
    "high-dose-melphalan, 1",
    "lenalidomide-maintenance, 14",
    "lenalidomide-bortezomib-maintenance, 1",
    "daratumumab-lenalidomide-maintenance, 12",
    "dara-vrd-nte, 8",
    "isa-vrd-nte, 18",
    "drd, 14",
    "isa-kd, 1",
    "bpd, 1",
    "bvd, 2",
    "pcd, 1",
    "pd, 1",
    "teclistamab, 3",
    "elranatamab, 1",
    "talquetamab, 3",
    "venetoclax-dexamethasone, 1",
    "cilta-cel, 1"
  })
  void aCycleOfARegimenIsValid(String regimen, int number) {
    Parameters cycle = new Parameters();
    cycle.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    cycle.addParameter().setName("CycleNumber").setValue(new IntegerType(number));
    Chart chart =
        TestRecord.of("p1", "1950-01-01")
            .weight("70 kg")
            .height("175 cm")
            .egfr("30 mL/min/{1.73_m2}")
            .fact("frailty-status", "frail")
            .fact("thrombosis-risk-multiple", true)
            .chart();
    assertValid(TestGuideline.ENGINE.apply(regimen, chart, cycle));
  }

  @ParameterizedTest(name = "cycle {0}, {1} kg")
  @CsvSource({"1, 70", "3, 70", "7, 70", "1, 7"})
  void aCycleOfVrdIsValid(int number, int weight) {
    Parameters cycle = new Parameters();
    cycle.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    cycle.addParameter().setName("CycleNumber").setValue(new IntegerType(number));
    Chart chart =
        TestRecord.of("p1", "1950-01-01")
            .weight(weight + " kg")
            .height("175 cm")
            .egfr("30 mL/min/{1.73_m2}")
            .chart();
    assertValid(TestGuideline.ENGINE.apply("vrd-induction", chart, cycle));
  }

  /** One schedule of each kind, with and without the fact that decides it. */
  @ParameterizedTest(name = "{0}, eGFR {1}")
  @CsvSource({
    "thromboprophylaxis-imid, 90",
    "vzv-prophylaxis-hmas, 20",
    "pjp-prophylaxis, 90",
    "zoledronic-acid, 30",
    "zoledronic-acid, 29.9",
    "zoledronic-acid, ''",
    "calcium-vitamin-d, 90",
    "artificial-tears, 90",
    "denosumab, 90",
    "premedication-teclistamab, 90",
    "vaccine-calendar-after-reinfusion, 90",
    "cord-compression, 90",
    "rt-plasmacytoma-bone, 90",
    "rt-plasmacytoma-over-5-cm, 90"
  })
  void aScheduleIsValid(String schedule, String egfr) {
    Parameters start = new Parameters();
    start.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    TestRecord patient = TestRecord.of("p1", "1950-01-01").fact("tmp-smx-intolerance", true);
    if (!egfr.isEmpty()) {
      patient.egfr(egfr + " mL/min/{1.73_m2}");
    }
    assertValid(TestGuideline.ENGINE.apply(schedule, patient.chart(), start));
  }

  @ParameterizedTest
  @ValueSource(strings = {"new-myeloma-58", "renal-failure", "insufficient-data", "messy-record"})
  void whatIsSaidOfAPersonaIsValid(String persona) throws IOException {
    Chart chart = chart(persona);
    assertValid(TestGuideline.ENGINE.apply("mm-patient-view", chart, null));
  }

  @Test
  void changedOrdersAreValid() {
    TestRecord patient = TestRecord.of("p1", "1950-01-01").egfr("28 mL/min/{1.73_m2}");
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source(
                "p1",
                TestRecord.EVALUATED,
                patient.resources(),
                List.of(
                    patient.draft("a", "L04AX04", "Lenalidomid", "25 mg"),
                    patient.draft("b", "L04AX04", "Lenalidomid", "20 mg")),
                Set.of()),
            ChartReader.OtherPatient.REPORT);
    assertValid(TestGuideline.ENGINE.apply("mm-order-sign", chart, null));
  }

  private static Chart chart(String persona) throws IOException {
    try (InputStream in =
        ValidFhirTest.class.getResourceAsStream("/demo/personas/" + persona + ".json")) {
      Bundle bundle = TestGuideline.FHIR.newJsonParser().parseResource(Bundle.class, in);
      return TestGuideline.ENGINE.chart(
          new ChartReader.Source(
              persona,
              TestRecord.EVALUATED,
              bundle.getEntry().stream().map(Bundle.BundleEntryComponent::getResource).toList(),
              List.of(),
              Set.of()),
          ChartReader.OtherPatient.REPORT);
    }
  }

  private static void assertValid(Resource resource) {
    String content = TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource);
    assertThat(errors(content)).as(content).isEmpty();
  }

  private static List<String> errors(String content) {
    List<String> errors = new ArrayList<>();
    for (SingleValidationMessage message : VALIDATOR.validateWithResult(content).getMessages()) {
      if (message.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0
          && EXPECTED.stream().noneMatch(p -> p.matcher(message.getMessage()).find())) {
        errors.add(message.getLocationString() + ": " + message.getMessage());
      }
    }
    return errors;
  }
}
