package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CapabilityStatement.CapabilityStatementRestResourceOperationComponent;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DataRequirement;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationDefinition;
import org.hl7.fhir.r4.model.OperationDefinition.OperationParameterUse;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Parameters.ParametersParameterComponent;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.hl7.fhir.r4.model.UriType;
import org.hl7.fhir.r4.model.ValueSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The FHIR end point over HTTP: what it answers, and how it refuses. */
@RunningMarg
class FhirOperationsHttpTest {
  private static final String EVALUATE = "/fhir/Library/MMStaging/$evaluate";
  private static final String EVALUATE_FACTS = "/fhir/Library/MMData/$evaluate";
  private static final String REPORT = "/fhir/$guideline-report";
  private static final String ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

  @LocalServerPort private int port;
  private Http http;

  @BeforeEach
  void connect() {
    http = new Http(port);
  }

  // ---- artifacts ----

  @Test
  void metadataNamesTheOperationsAndThatThisIsNotForClinicalUse() {
    CapabilityStatement statement = http.get("/fhir/metadata").as(CapabilityStatement.class);
    assertThat(statement.getFhirVersion().toCode()).isEqualTo("4.0.1");
    assertThat(statement.getImplementation().getDescription()).contains("not for clinical use");
    Map<String, List<String>> operations = new HashMap<>();
    statement
        .getRestFirstRep()
        .getResource()
        .forEach(
            resource ->
                operations.put(
                    resource.getType(),
                    resource.getOperation().stream().map(each -> each.getName()).toList()));
    assertThat(operations.get("PlanDefinition")).contains("apply", "r5.apply", "data-requirements");
    assertThat(operations.get("ActivityDefinition")).contains("apply");
    assertThat(operations.get("Library")).contains("evaluate", "data-requirements");
    assertThat(operations.get("ValueSet")).contains("expand", "validate-code");
    assertThat(statement.getRestFirstRep().getOperation())
        .anyMatch(operation -> operation.getName().equals("guideline-report"));
  }

  @Test
  void metadataSaysWhoWhatForAndHowItIsCalled() {
    CapabilityStatement statement = http.get("/fhir/metadata").as(CapabilityStatement.class);
    assertThat(statement.getPublisher()).isEqualTo("Marg");
    assertThat(statement.getTitle()).isNotBlank();
    assertThat(statement.getVersion()).isEqualTo(TestGuideline.GUIDELINE.version());
    assertThat(statement.getDescription())
        .contains("Not for clinical use until a health authority or hospital has approved it.");
    var rest = statement.getRestFirstRep();
    List<CapabilityStatementRestResourceOperationComponent> operations =
        new ArrayList<>(rest.getOperation());
    rest.getResource().forEach(resource -> operations.addAll(resource.getOperation()));
    assertThat(operations)
        .hasSizeGreaterThan(10)
        .allMatch(operation -> operation.hasDocumentation())
        // Those that the server's library makes up describe no parameter.
        .noneMatch(operation -> operation.getDefinition().startsWith(http.base()));
    String own = Guideline.BASE + "/OperationDefinition/mm-guideline-report";
    assertThat(rest.getOperation())
        .filteredOn(operation -> operation.getName().equals("guideline-report"))
        .singleElement()
        .matches(operation -> operation.getDefinition().equals(own));
    OperationDefinition report =
        http.get("/fhir/OperationDefinition/mm-guideline-report").as(OperationDefinition.class);
    assertThat(report.getUrl()).isEqualTo(own);
    assertThat(report.getParameter())
        .filteredOn(parameter -> parameter.getUse() == OperationParameterUse.IN)
        .extracting(parameter -> parameter.getName())
        .containsExactlyInAnyOrderElementsOf(GuidelineReportProvider.PARAMETERS);
  }

  /** A parameter that is told but not taken would be a search that finds nothing, or everything. */
  @Test
  void whatCanBeSearchedForIsFound() {
    CapabilityStatement statement = http.get("/fhir/metadata").as(CapabilityStatement.class);
    Map<String, String> values =
        Map.of("_id", "MMStaging", "name", "mmsta", "title", "stad", "version", "1.3.0");
    var library =
        statement.getRestFirstRep().getResource().stream()
            .filter(resource -> resource.getType().equals("Library"))
            .findFirst()
            .orElseThrow();
    assertThat(library.getSearchParam()).hasSize(values.size() + 1);
    library
        .getSearchParam()
        .forEach(
            parameter -> {
              assertThat(parameter.getDocumentation()).isNotBlank();
              String value =
                  values.getOrDefault(parameter.getName(), Guideline.BASE + "/Library/MMStaging");
              Bundle found =
                  http.get("/fhir/Library?" + parameter.getName() + "=" + value).as(Bundle.class);
              assertThat(found.getEntry())
                  .as(parameter.getName())
                  .anyMatch(
                      entry -> entry.getResource().getIdElement().getIdPart().equals("MMStaging"));
            });
    assertThat(statement.getRestFirstRep().getResource())
        .noneMatch(resource -> resource.hasSearchInclude() || resource.hasSearchRevInclude());
  }

  /** Whoever installs a package lacks nothing of ours that it refers to. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PlanDefinition/mm-staging",
        "PlanDefinition/vrd-induction",
        "PlanDefinition/mm-order-sign",
        "ActivityDefinition/vrd-bortezomib",
        "Library/MMStaging"
      })
  void aPackageHoldsAllThatItRefersTo(String artifact) {
    Bundle packaged = http.get("/fhir/" + artifact + "/$package").as(Bundle.class);
    assertThat(packaged.getType()).isEqualTo(Bundle.BundleType.TRANSACTION);
    assertThat(packaged.getEntryFirstRep().getRequest().getUrl()).isEqualTo(artifact);
    Set<String> urls = new HashSet<>();
    packaged.getEntry().forEach(entry -> assertThat(urls.add(entry.getFullUrl())).isTrue());
    List<String> lacking =
        Pattern.compile(
                Pattern.quote(Guideline.BASE)
                    + "/(?!StructureDefinition|sid)[A-Za-z]+/[A-Za-z0-9-]+")
            .matcher(TestGuideline.FHIR.newJsonParser().encodeResourceToString(packaged))
            .results()
            .map(MatchResult::group)
            .distinct()
            .filter(url -> !urls.contains(url))
            .filter(url -> TestGuideline.GUIDELINE.findByUrl(url).isPresent())
            .toList();
    assertThat(lacking).isEmpty();
    String byUrl =
        artifact.replaceAll("/.*", "") + "/$package?url=" + Guideline.BASE + "/" + artifact;
    assertThat(http.get("/fhir/" + byUrl).as(Bundle.class).getEntry())
        .hasSameSizeAs(packaged.getEntry());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PlanDefinition/vrd-induction",
        "ActivityDefinition/vrd-bortezomib",
        "Library/MMStaging",
        "ValueSet/mm-egfr",
        "CodeSystem/mm-recommendations",
        "ConceptMap/mm-unit-aliases"
      })
  void anArtifactIsReadByIdAndFoundByUrl(String reference) {
    Http.Answer read = http.get("/fhir/" + reference);
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.contentType()).startsWith("application/fhir+json");
    String url = read.json().get("url").asString();
    assertThat(url).isEqualTo(Guideline.BASE + "/" + reference);
    String type = reference.substring(0, reference.indexOf('/'));
    Bundle found = http.get("/fhir/" + type + "?url=" + url).as(Bundle.class);
    assertThat(found.getTotal()).isEqualTo(1);
    assertThat(found.getEntryFirstRep().getResource().getIdElement().getIdPart())
        .isEqualTo(reference.substring(reference.indexOf('/') + 1));
  }

  @Test
  void aSearchThatMatchesNothingIsAnEmptyBundle() {
    Bundle found = http.get("/fhir/Library?url=https://example.org/none").as(Bundle.class);
    assertThat(found.getTotal()).isZero();
    assertThat(found.getEntry()).isEmpty();
  }

  @Test
  void aLibraryCarriesItsCql() {
    Library library = http.get("/fhir/Library/MMStaging").as(Library.class);
    assertThat(library.getContent())
        .filteredOn(content -> content.getContentType().equals("text/cql"))
        .singleElement()
        .extracting(content -> new String(content.getData(), StandardCharsets.UTF_8))
        .asString()
        .contains("library MMStaging version '1.3.0'", "define \"ISS Stage\"");
  }

  @Test
  void aValueSetIsExpandedByIdAndByUrl() {
    ValueSet byId = http.get("/fhir/ValueSet/mm-egfr/$expand").as(ValueSet.class);
    assertThat(byId.getExpansion().getContains())
        .extracting(ValueSet.ValueSetExpansionContainsComponent::getCode)
        .contains("98979-8");
    ValueSet byUrl =
        http.get("/fhir/ValueSet/$expand?url=" + Guideline.BASE + "/ValueSet/mm-egfr")
            .as(ValueSet.class);
    assertThat(byUrl.equalsDeep(byId)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Library/MMStaging", "PlanDefinition/mm-high-risk"})
  void dataRequirementsNameTheTypesAndCodesRead(String artifact) {
    Library module = http.get("/fhir/" + artifact + "/$data-requirements").as(Library.class);
    assertThat(module.getType().getCodingFirstRep().getCode()).isEqualTo("module-definition");
    assertThat(module.getDataRequirement())
        .extracting(DataRequirement::getType)
        .contains("Observation", "Condition");
    assertThat(module.getDataRequirement())
        .flatExtracting(DataRequirement::getCodeFilter)
        .extracting(DataRequirement.DataRequirementCodeFilterComponent::getValueSet)
        .contains(Guideline.BASE + "/ValueSet/mm-beta2-microglobulin");
  }

  // ---- $evaluate ----

  @Test
  void definitionsAreAnsweredInTheOrderAsked() {
    TestRecord patient = reference().result("1952-1", "6.1 mg/L").result("1751-7", "38 g/L");
    Parameters answers =
        evaluate(EVALUATE, call(patient, "High Risk Features", "ISS Stage", "R-ISS Stage"));
    assertThat(answers.getParameter())
        .extracting(ParametersParameterComponent::getName)
        .containsExactly("High Risk Features", "ISS Stage", "R-ISS Stage");
    assertThat(value(answers, "ISS Stage").primitiveValue()).isEqualTo("III");
    assertUnknown(answers, "R-ISS Stage");
  }

  @Test
  void withoutAnExpressionEveryDefinitionIsAnswered() {
    Parameters answers = evaluate(EVALUATE, call(reference()));
    assertThat(answers.getParameter())
        .extracting(ParametersParameterComponent::getName)
        .contains(
            "ISS Stage", "R-ISS Stage", "High Risk", "Genetic High Risk", "High Risk Features")
        .doesNotHaveDuplicates();
  }

  @Test
  void aListIsRepeatedAndAnEmptyListIsNotUnknown() {
    TestRecord patient =
        reference().with(draftOf("a", "L04AX04", "25 mg")).with(draftOf("b", "L04AX04", "10 mg"));
    Parameters answers =
        evaluate(
            EVALUATE_FACTS, call(patient, "Draft Lenalidomide Orders", "Draft Bortezomib Orders"));
    assertThat(
            answers.getParameter().stream()
                .filter(each -> each.getName().equals("Draft Lenalidomide Orders"))
                .map(each -> each.getResource().getIdElement().getIdPart()))
        .containsExactlyInAnyOrder("a", "b");
    Type empty = value(answers, "Draft Bortezomib Orders");
    assertThat(empty.primitiveValue()).isNull();
    assertThat(((BooleanType) empty).getExtensionString(ABSENT)).isNull();
    assertThat(
            empty
                .getExtensionByUrl("http://hl7.org/fhir/StructureDefinition/cqf-isEmptyList")
                .getValue()
                .primitiveValue())
        .isEqualTo("true");
  }

  @Test
  void withoutABirthDateAgeIsUnknownAndTheRestIsAnswered() {
    Parameters answers =
        evaluate(
            EVALUATE_FACTS, call(TestRecord.of("p1", null).weight("70 kg"), "Age", "Body Weight"));
    assertUnknown(answers, "Age");
    assertThat(value(answers, "Body Weight")).isNotNull();
    assertThat(((org.hl7.fhir.r4.model.Range) value(answers, "Body Weight")).getLow().getValue())
        .isEqualByComparingTo("70");
  }

  @Test
  void theEvaluationDateMayBeGiven() {
    TestRecord patient = TestRecord.of("p1", "1951-02-20").weight("70 kg");
    assertThat(value(evaluate(EVALUATE_FACTS, call(patient, "Age")), "Age").primitiveValue())
        .isEqualTo("74");
    Parameters later = call(patient, "Age");
    later.addParameter().setName("parameters").setResource(date("2026-02-25"));
    assertThat(value(evaluate(EVALUATE_FACTS, later), "Age").primitiveValue()).isEqualTo("75");
    // What is dated after the evaluation date does not exist.
    Parameters earlier = call(patient, "Body Weight");
    earlier.addParameter().setName("parameters").setResource(date("2026-02-09"));
    assertUnknown(evaluate(EVALUATE_FACTS, earlier), "Body Weight");
  }

  @ParameterizedTest
  @ValueSource(strings = {"p1", "Patient/p1"})
  void theSubjectIsAReferenceOrAnId(String subject) {
    Parameters call = call(reference(), "Age");
    call.getParameterFirstRep().setValue(new StringType(subject));
    assertThat(value(evaluate(EVALUATE_FACTS, call), "Age").primitiveValue()).isEqualTo("60");
    call.getParameterFirstRep().setValue(new Reference("Patient/p1"));
    assertThat(value(evaluate(EVALUATE_FACTS, call), "Age").primitiveValue()).isEqualTo("60");
  }

  @Test
  void aLibraryIsEvaluatedByUrlAndByGet() {
    Parameters call = call(reference(), "Age");
    call.addParameter()
        .setName("url")
        .setValue(new UriType(Guideline.BASE + "/Library/MMData|1.3.0"));
    assertThat(value(evaluate("/fhir/Library/$evaluate", call), "Age").primitiveValue())
        .isEqualTo("60");
    Http.Answer byGet = http.get(EVALUATE + "?subject=Patient/p1&expression=ISS Stage");
    assertThat(byGet.status()).isEqualTo(200);
    assertUnknown(byGet.as(Parameters.class), "ISS Stage");
  }

  /** Clients send a Content-Type with every call; a GET that has one and no body is a GET. */
  @ParameterizedTest
  @ValueSource(strings = {"application/fhir+json", "application/json", "application/fhir+xml"})
  void aGetWithAContentTypeIsAnsweredAsOneWithout(String contentType) {
    String path = "/fhir/PlanDefinition/mm-diagnosis/$apply?subject=Patient/p1";
    Http.Answer with = http.get(path, "Content-Type", contentType);
    assertThat(with.status()).as(with.body()).isEqualTo(200);
    assertThat(with.as(CarePlan.class).equalsDeep(http.get(path).as(CarePlan.class))).isTrue();
  }

  /** One resource of somebody else is left out; a Patient of somebody else refuses the call. */
  @Test
  void aResultOfAnotherPatientIsNotUsed() {
    Observation foreign = new Observation();
    foreign.setId("foreign");
    foreign.setStatus(Observation.ObservationStatus.FINAL);
    foreign.setSubject(new Reference("Patient/other"));
    foreign.getCode().addCoding().setSystem("http://loinc.org").setCode("29463-7");
    foreign.setEffective(new org.hl7.fhir.r4.model.DateTimeType("2026-02-10"));
    foreign.setValue(
        new Quantity().setValue(70).setSystem("http://unitsofmeasure.org").setCode("kg"));
    TestRecord patient = TestRecord.of("p1", "1966-01-01").with(foreign);
    assertUnknown(evaluate(EVALUATE_FACTS, call(patient, "Body Weight")), "Body Weight");
    Parameters report = http.post(REPORT, call(patient)).as(Parameters.class);
    assertThat(report.getParameter().stream().filter(each -> each.getName().equals("unused")))
        .singleElement()
        .satisfies(
            unused -> {
              assertThat(part(unused, "reference")).isEqualTo("Observation/foreign");
              assertThat(part(unused, "reason")).isEqualTo("other-patient");
            });
  }

  // ---- $apply ----

  /** As the hooks: nothing is ordered or advised, and it is said why. */
  @ParameterizedTest
  @ValueSource(strings = {"deceasedBoolean", "deceasedDateTime"})
  void forADeadPatientAPlanHoldsItsReasonAndNothingElse(String recorded) {
    TestRecord record = reference();
    Patient patient = (Patient) record.resources().get(0);
    patient.setDeceased(
        recorded.equals("deceasedBoolean")
            ? new BooleanType(true)
            : new DateTimeType("2026-02-10"));
    List<String> plans =
        TestGuideline.GUIDELINE.all("PlanDefinition").stream()
            .filter(
                plan ->
                    Set.of("order-set", "workflow-definition")
                        .contains(((PlanDefinition) plan).getType().getCodingFirstRep().getCode()))
            .map(plan -> plan.getIdElement().getIdPart())
            .toList();
    assertThat(plans).contains("vrd-induction", "isa-kd", "zoledronic-acid", "mm-order-sign");
    for (String plan : plans) {
      CarePlan applied = apply("/fhir/PlanDefinition/" + plan + "/$apply", withCycle(call(record)));
      assertThat(applied.getContained())
          .as(plan)
          .extracting(Resource::fhirType)
          .containsExactlyInAnyOrder("RequestGroup", "CommunicationRequest", "OperationOutcome");
      String json = TestGuideline.FHIR.newJsonParser().encodeResourceToString(applied);
      assertThat(json).contains("cqf-messages").doesNotContain("mg/m");
      for (Resource part : applied.getContained()) {
        if (!(part instanceof RequestGroup)) {
          assertThat(TestGuideline.FHIR.newJsonParser().encodeResourceToString(part))
              .as(plan)
              .contains(
                  "Pasienten er registrert som død: ingen bestillinger",
                  "The patient is recorded as dead: no orders");
        }
      }
    }
  }

  @Test
  void anActivityIsNotAppliedForADeadPatient() {
    TestRecord record = reference();
    ((Patient) record.resources().get(0)).setDeceased(new BooleanType(true));
    Http.Answer answer =
        http.post("/fhir/ActivityDefinition/vrd-bortezomib/$apply", withCycle(call(record)));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.body()).contains("recorded as dead");
  }

  @Test
  void aPatientRecordedAsNotDeadIsTreated() {
    TestRecord record = reference();
    ((Patient) record.resources().get(0)).setDeceased(new BooleanType(false));
    CarePlan applied = apply("/fhir/PlanDefinition/vrd-induction/$apply", withCycle(call(record)));
    assertThat(applied.getContained())
        .extracting(Resource::fhirType)
        .contains("MedicationRequest")
        .doesNotContain("OperationOutcome");
  }

  @Test
  void aPlanIsAppliedByIdAndByUrl() {
    Parameters call = withCycle(call(reference()));
    CarePlan byId = apply("/fhir/PlanDefinition/vrd-induction/$apply", call);
    call.addParameter()
        .setName("url")
        .setValue(new UriType(Guideline.BASE + "/PlanDefinition/vrd-induction"));
    CarePlan byUrl = apply("/fhir/PlanDefinition/$apply", call);
    assertThat(byUrl.equalsDeep(byId)).isTrue();
    assertThat(byId.getSubject().getReference()).isEqualTo("Patient/p1");
    assertThat(byId.getInstantiatesCanonical().get(0).getValue())
        .isEqualTo(Guideline.BASE + "/PlanDefinition/vrd-induction|1.3.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/fhir/PlanDefinition/vrd-induction/$r5.apply", "/fhir/PlanDefinition/$r5.apply"})
  void theReferencesOfAnR5ResultResolveInItsBundle(String path) {
    Parameters call = withCycle(call(reference()));
    call.addParameter()
        .setName("url")
        .setValue(new UriType(Guideline.BASE + "/PlanDefinition/vrd-induction"));
    Bundle bundle = http.post(path, call).as(Bundle.class);
    Set<String> present = new HashSet<>();
    bundle.getEntry().stream()
        .map(Bundle.BundleEntryComponent::getResource)
        .forEach(r -> present.add(r.fhirType() + "/" + r.getIdElement().getIdPart()));
    RequestGroup group = (RequestGroup) bundle.getEntryFirstRep().getResource();
    List<String> referred = new ArrayList<>();
    group.getAction().forEach(action -> collect(action, referred));
    assertThat(referred).hasSizeGreaterThanOrEqualTo(4).doesNotHaveDuplicates();
    assertThat(present).containsAll(referred);
  }

  private static void collect(
      RequestGroup.RequestGroupActionComponent action, List<String> referred) {
    if (action.hasResource()) {
      referred.add(action.getResource().getReference());
    }
    action.getAction().forEach(nested -> collect(nested, referred));
  }

  @Test
  void anActivityBecomesItsRequest() {
    Http.Answer drug =
        http.post("/fhir/ActivityDefinition/vrd-lenalidomide/$apply", withCycle(call(reference())));
    MedicationRequest request = drug.as(MedicationRequest.class);
    assertThat(
            request
                .getDosageInstructionFirstRep()
                .getDoseAndRateFirstRep()
                .getDoseQuantity()
                .getValue())
        .isEqualByComparingTo("25");
    assertThat(request.getStatus().toCode()).isEqualTo("draft");
    ServiceRequest test =
        http.get("/fhir/ActivityDefinition/mm-order-fish/$apply?subject=Patient/p1")
            .as(ServiceRequest.class);
    assertThat(test.getStatus().toCode()).isEqualTo("draft");
    assertThat(test.getSubject().getReference()).isEqualTo("Patient/p1");
    Parameters byUrl = call(reference());
    byUrl
        .addParameter()
        .setName("url")
        .setValue(new UriType(Guideline.BASE + "/ActivityDefinition/mm-order-fish"));
    assertThat(
            http.post("/fhir/ActivityDefinition/$apply", byUrl)
                .as(ServiceRequest.class)
                .equalsDeep(test))
        .isTrue();
  }

  /** Data under a misspelt or another name would give the cycle of a patient without data. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"Data", "prefetchData"})
  void aCallWithAParameterOfAnotherNameIsRefused(String name) {
    for (String artifact :
        List.of("PlanDefinition/vrd-induction", "ActivityDefinition/vrd-lenalidomide")) {
      Parameters call = withCycle(call(reference()));
      call.getParameter().stream()
          .filter(each -> each.getName().equals("data"))
          .forEach(each -> each.setName(name));
      Http.Answer answer = http.post("/fhir/" + artifact + "/$apply", call);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("known are data, draftOrders, encounter");
    }
  }

  /** An order without a dose must never come out of an activity either. */
  @Test
  void anActivityThatCanNotBeDosedIsRefusedAndNamesWhatIsMissing() {
    Http.Answer answer =
        http.post(
            "/fhir/ActivityDefinition/vrd-bortezomib/$apply",
            withCycle(call(TestRecord.of("p1", "1966-01-01").height("175 cm"))));
    assertRefused(answer, 422);
    assertThat(texts(answer))
        .containsExactly(
            "dosageInstruction can not be determined for this patient. Missing: body weight");
    assertThat(
            texts(
                http.post(
                    "/fhir/ActivityDefinition/vrd-bortezomib/$apply",
                    withCycle(
                        call(
                            TestRecord.of("p1", "1966-01-01")
                                .height("175 cm")
                                .result("29463-7", "70 kg", LocalDate.of(2025, 6, 1)))))))
        .containsExactly(
            "dosageInstruction can not be determined for this patient. Missing: body weight (the"
                + " newest is from 1 Jun 2025 and is too old)");
  }

  /** All of the patient is known; the cycle is not. */
  @Test
  void anActivityOfACycleThatIsNotGivenNamesIt() {
    assertThat(
            texts(http.post("/fhir/ActivityDefinition/vrd-bortezomib/$apply", call(reference()))))
        .containsExactly(
            "dosageInstruction can not be determined for this patient",
            "CycleStart (date) is missing: the first day of the cycle",
            "CycleNumber (integer) is missing: the number of the cycle, from 1");
  }

  @Test
  void aPlanTellsAWeightThatIsTooOldFromOneThatIsMissing() {
    assertThat(
            notes(
                TestRecord.of("p1", "1966-01-01")
                    .height("175 cm")
                    .result("29463-7", "70 kg", LocalDate.of(2025, 6, 1))))
        .anyMatch(
            note ->
                note.endsWith("Mangler: kroppsvekt (nyeste er fra 01.06.2025 og er for gammel)"));
    assertThat(notes(TestRecord.of("p1", "1966-01-01").height("175 cm")))
        .anyMatch(note -> note.endsWith("Mangler: kroppsvekt"));
    assertThat(notes(reference())).noneMatch(note -> note.contains("Mangler: kroppsvekt"));
  }

  private List<String> notes(TestRecord patient) {
    return apply("/fhir/PlanDefinition/vrd-induction/$apply", withCycle(call(patient)))
        .getContained()
        .stream()
        .filter(CommunicationRequest.class::isInstance)
        .map(CommunicationRequest.class::cast)
        .map(note -> note.getPayloadFirstRep().getContent().primitiveValue())
        .toList();
  }

  private static List<String> texts(Http.Answer answer) {
    return answer.as(OperationOutcome.class).getIssue().stream()
        .map(issue -> issue.getDetails().getText())
        .toList();
  }

  // ---- $guideline-report ----

  @Test
  void theReportHasEveryStatementOfTheGuidelineOnce() {
    CodeSystem register = http.get("/fhir/CodeSystem/mm-recommendations").as(CodeSystem.class);
    List<String> expected =
        register.getConcept().stream().map(CodeSystem.ConceptDefinitionComponent::getCode).toList();
    assertThat(expected).hasSizeGreaterThan(400);
    Parameters report = http.post(REPORT, call(reference())).as(Parameters.class);
    assertThat(report.getParameter())
        .filteredOn(each -> each.getName().equals("recommendation"))
        .extracting(each -> part(each, "id"))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void everyLineOfTheReportHasItsParts() {
    CodeSystem inputs = http.get("/fhir/CodeSystem/mm-inputs").as(CodeSystem.class);
    Set<String> known = new HashSet<>();
    inputs.getConcept().forEach(concept -> known.add(concept.getCode()));
    TestRecord patient = reference().result("1952-1", "6.1 mg/L");
    Set<String> references = new HashSet<>();
    patient.resources().forEach(r -> references.add(r.fhirType() + "/" + r.getIdPart()));
    Parameters report = http.post(REPORT, call(patient)).as(Parameters.class);
    Map<String, ParametersParameterComponent> lines = lines(report);
    lines.forEach(
        (id, line) -> {
          String verdict = part(line, "verdict");
          assertThat(verdict)
              .as(id)
              .isIn("applies", "does-not-apply", "undecided", "not-computable");
          assertThat(part(line, "reason") != null)
              .as(id)
              .isEqualTo(verdict.equals("not-computable"));
          for (ParametersParameterComponent part : line.getPart()) {
            if (part.getName().equals("missing")) {
              assertThat(verdict).as(id).isEqualTo("undecided");
              assertThat(known).as(id).contains(part.getValue().primitiveValue());
            } else if (part.getName().equals("evidence")) {
              assertThat(known).as(id).contains(part(part, "concept"));
              String reference = part(part, "reference");
              assertThat(reference == null || references.contains(reference))
                  .as(id + " " + reference)
                  .isTrue();
            }
          }
        });
    ParametersParameterComponent iss = lines.get("ST-ISS-3");
    assertThat(part(iss, "verdict")).isEqualTo("applies");
    assertThat(iss.getPart())
        .filteredOn(each -> each.getName().equals("evidence"))
        .filteredOn(each -> part(each, "concept").equals("beta2-microglobulin"))
        .singleElement()
        .satisfies(
            evidence -> {
              Quantity value =
                  (Quantity)
                      evidence.getPart().stream()
                          .filter(each -> each.getName().equals("value"))
                          .findFirst()
                          .orElseThrow()
                          .getValue();
              assertThat(value.getValue()).isEqualByComparingTo("6.1");
              assertThat(value.getCode()).isEqualTo("mg/L");
              assertThat(part(evidence, "date")).isEqualTo("2026-02-10");
              assertThat(references).contains(part(evidence, "reference"));
              assertThat(part(evidence, "threshold")).contains("5.5");
            });
  }

  @Test
  void theReportJudgesTheDraftOrdersGiven() {
    TestRecord patient = reference("28 mL/min/{1.73_m2}");
    assertThat(
            part(
                lines(http.post(REPORT, call(patient)).as(Parameters.class)).get("REN-4"),
                "verdict"))
        .isEqualTo("does-not-apply");
    Parameters call = call(patient);
    call.addParameter()
        .setName("draftOrders")
        .setResource(TestRecord.bundle(List.of(draftOf("a", "L04AX04", "25 mg"))));
    assertThat(part(lines(http.post(REPORT, call).as(Parameters.class)).get("REN-4"), "verdict"))
        .isEqualTo("applies");
  }

  @Test
  void theReportIsAlsoGivenByGet() {
    assertThat(lines(http.get(REPORT + "?subject=Patient/p1").as(Parameters.class)))
        .hasSizeGreaterThan(400);
  }

  /** FHIR does not allow such an id; what the report says of the result is the same. */
  @Test
  void aResultWithAnIdThatIsNoneIsNamedInWords() {
    Parameters call = call(TestRecord.of("p1", "1966-01-01").result("1952-1", "6 mg/L"));
    String sent = encode(call).replaceAll("(\"resourceType\":\"Observation\",\"id\":\")", "$1#");
    assertThat(sent).contains("\"id\":\"#");
    Http.Answer answer = http.post(REPORT, sent, Http.FHIR_JSON);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(lines(answer.as(Parameters.class))).hasSizeGreaterThan(400);
    assertThat(answer.body()).contains("{\"display\":\"Observation/#");
  }

  /** Data under a misspelt name would give the report of a patient without data. */
  @Test
  void aReportWithAParameterOfAnotherNameIsRefused() {
    Parameters call = call(reference());
    call.getParameter().stream()
        .filter(each -> each.getName().equals("data"))
        .forEach(each -> each.setName("Data"));
    Http.Answer answer = http.post(REPORT, call);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("known are data, draftOrders, evaluationDate");
  }

  /** A part that was not read, under a misspelt name, would be one that holds nothing. */
  @Test
  void anUnreadSourceOfAnotherNameIsRefused() {
    Parameters call = call(reference());
    call.addParameter("unreadSource", new StringType("mmfacts"));
    Http.Answer answer = http.post(REPORT, call);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("unreadSource must be a prefetch key", "mmFacts");
    call.getParameter().get(call.getParameter().size() - 1).setValue(new StringType("mmFacts"));
    assertThat(http.post(REPORT, call).status()).isEqualTo(200);
  }

  // ---- $validate-code ----

  @ParameterizedTest(name = "{0} of {1}: {2}")
  @CsvSource({
    "L04AX04, http://www.whocc.no/atc, true",
    "L04AX06, http://www.whocc.no/atc, false",
    "L04AX04, http://loinc.org, false"
  })
  void aCodeIsInAValueSetOnlyWithItsSystem(String code, String system, boolean isIn) {
    String asked = "code=" + code + "&system=" + system;
    for (String where :
        List.of(
            "ValueSet/mm-lenalidomide/$validate-code?",
            "ValueSet/$validate-code?url=" + Guideline.BASE + "/ValueSet/mm-lenalidomide&")) {
      Parameters answer = http.get("/fhir/" + where + asked).as(Parameters.class);
      assertThat(answer.getParameterBool("result")).isEqualTo(isIn);
      assertThat(answer.hasParameter("display")).isEqualTo(isIn);
      assertThat(answer.hasParameter("message")).isEqualTo(!isIn);
    }
  }

  @Test
  void aCodeWithoutItsSystemIsNotLookedFor() {
    assertThat(http.get("/fhir/ValueSet/mm-lenalidomide/$validate-code?code=L04AX04").status())
        .isEqualTo(400);
  }

  // ---- refusals ----

  static Stream<Arguments> badReads() {
    return Stream.of(
        Arguments.of(404, "/fhir/PlanDefinition/none"),
        Arguments.of(404, "/fhir/Patient/p1"),
        Arguments.of(404, "/fhir/Library/none/$evaluate?subject=Patient/p1"),
        Arguments.of(404, "/fhir/PlanDefinition/none/$apply?subject=Patient/p1"),
        Arguments.of(404, "/fhir/PlanDefinition/none/$r5.apply?subject=Patient/p1"),
        Arguments.of(404, "/fhir/PlanDefinition/none/$data-requirements"),
        Arguments.of(404, "/fhir/ActivityDefinition/none/$apply?subject=Patient/p1"),
        Arguments.of(404, "/fhir/ValueSet/none/$expand"),
        Arguments.of(404, "/fhir/PlanDefinition/none/$package"),
        Arguments.of(400, "/fhir/Library/$package"),
        Arguments.of(404, "/fhir/ValueSet/$expand?url=https://example.org/none"),
        Arguments.of(404, "/fhir/PlanDefinition/$apply?subject=p1&url=https://example.org/none"),
        // The url of a library is not that of a plan, and another version is another artifact.
        Arguments.of(
            404,
            "/fhir/PlanDefinition/$apply?subject=p1&url=" + Guideline.BASE + "/Library/MMStaging"),
        Arguments.of(
            404,
            "/fhir/Library/$evaluate?subject=p1&url=" + Guideline.BASE + "/Library/MMStaging|0.1"),
        Arguments.of(400, "/fhir/ValueSet/$expand"),
        Arguments.of(400, "/fhir/Library/$evaluate?subject=Patient/p1"),
        Arguments.of(400, EVALUATE),
        Arguments.of(400, EVALUATE + "?subject="),
        Arguments.of(400, EVALUATE + "?subject=Patient/a&subject=Patient/b"),
        Arguments.of(400, EVALUATE + "?subject=Practitioner/p1"),
        Arguments.of(400, EVALUATE + "?subject=Patient/p1&expression=No Such Definition"),
        Arguments.of(400, EVALUATE + "?subject=Patient/p1&evaluationDate=yesterday"),
        Arguments.of(400, EVALUATE + "?subject=Patient/p1&evaluationDate=2026-02"),
        Arguments.of(400, REPORT),
        Arguments.of(400, "/fhir/PlanDefinition?colour=red"),
        Arguments.of(400, "/fhir/$none"),
        Arguments.of(422, "/fhir/PlanDefinition/vrd-induction/$apply?subject=Patient/p1"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("badReads")
  void aBadAddressOrParameterIsRefused(int status, String path) {
    assertRefused(http.get(path), status);
  }

  /** A body sent as a form is read as a part of the address. */
  @Test
  void aFormThatIsNotEncodedIsRefused() {
    for (String body : List.of("name=5%", "name=%zz")) {
      assertRefused(
          http.post(
              "/fhir/$guideline-report?subject=p1", body, "application/x-www-form-urlencoded"),
          400);
    }
  }

  static Stream<Arguments> badBodies() {
    Parameters foreign = call(TestRecord.of("other", "1950-01-01"), "ISS Stage");
    foreign.getParameterFirstRep().setValue(new StringType("Patient/p1"));
    Parameters noBundle = new Parameters();
    noBundle.addParameter().setName("subject").setValue(new StringType("Patient/p1"));
    noBundle.addParameter().setName("data").setResource(reference().resources().get(0));
    Parameters noParameters = call(reference());
    noParameters.addParameter().setName("parameters").setResource(reference().bundle());
    Parameters partialDate = call(reference());
    partialDate.addParameter().setName("parameters").setResource(date("2026"));
    Parameters noSubject = call(reference());
    noSubject.getParameter().remove(0);
    return Stream.of(
        Arguments.of("a body that is no Parameters", encode(reference().bundle())),
        Arguments.of("broken JSON", "{\"resourceType\":\"Parameters\",\"parameter\":[{"),
        Arguments.of("an empty body", ""),
        Arguments.of("JSON that is no resource", "[1,2]"),
        Arguments.of("an unknown resource type", "{\"resourceType\":\"Nothing\"}"),
        Arguments.of("no subject", encode(noSubject)),
        Arguments.of("the record of another patient", encode(foreign)),
        Arguments.of("data that are no Bundle", encode(noBundle)),
        Arguments.of("parameters that are no Parameters", encode(noParameters)),
        Arguments.of("an evaluation date without a day", encode(partialDate)),
        Arguments.of(
            "a date that does not exist",
            encode(call(reference())).replace("1966-01-01", "1966-13-45")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badBodies")
  void aBadBodyIsRefused(String what, String body) {
    for (String path : List.of(EVALUATE, "/fhir/PlanDefinition/mm-patient-view/$apply", REPORT)) {
      assertRefused(http.post(path, body, Http.FHIR_JSON), 400);
    }
  }

  @Test
  void plainTextIsRefused() {
    assertRefused(http.post(EVALUATE, "subject=p1", "text/plain"), 400);
  }

  @Test
  void theGuidelineCanNotBeChanged() {
    assertRefused(
        http.post("/fhir/PlanDefinition", new PlanDefinition().setUrl("https://example.org/mine")),
        400);
  }

  private static void assertRefused(Http.Answer answer, int status) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.contentType()).startsWith("application/fhir+json");
    OperationOutcome outcome = answer.as(OperationOutcome.class);
    assertThat(outcome.getIssue())
        .isNotEmpty()
        .allMatch(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .allMatch(issue -> issue.hasDiagnostics() || issue.getDetails().hasText());
    assertThat(answer.body()).doesNotContain("\\tat ", "Exception", "no.marg.", "ca.uhn", "HAPI-");
  }

  // ---- calls and answers ----

  private static TestRecord reference() {
    return reference("90 mL/min/{1.73_m2}");
  }

  private static TestRecord reference(String egfr) {
    return TestRecord.of("p1", "1966-01-01").weight("70 kg").height("175 cm").egfr(egfr);
  }

  private static MedicationRequest draftOf(String id, String atc, String dose) {
    return TestRecord.of("p1", null).draft(id, atc, "Lenalidomid", dose);
  }

  private static Parameters call(TestRecord patient, String... expressions) {
    Parameters call = new Parameters();
    call.addParameter().setName("subject").setValue(new StringType("Patient/" + patient.id()));
    call.addParameter().setName("data").setResource(patient.bundle());
    for (String expression : expressions) {
      call.addParameter().setName("expression").setValue(new StringType(expression));
    }
    return call;
  }

  private static Parameters withCycle(Parameters call) {
    Parameters cycle = new Parameters();
    cycle.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    cycle.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    call.addParameter().setName("parameters").setResource(cycle);
    return call;
  }

  private static Parameters date(String day) {
    Parameters parameters = new Parameters();
    parameters.addParameter().setName("Evaluation Date").setValue(new DateType(day));
    return parameters;
  }

  private Parameters evaluate(String path, Parameters call) {
    Http.Answer answer = http.post(path, call);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.as(Parameters.class);
  }

  private CarePlan apply(String path, Parameters call) {
    Http.Answer answer = http.post(path, call);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.as(CarePlan.class);
  }

  private static Type value(Parameters answers, String name) {
    return answers.getParameter().stream()
        .filter(each -> each.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  private static void assertUnknown(Parameters answers, String name) {
    Type value = value(answers, name);
    assertThat(value.primitiveValue()).isNull();
    assertThat(value.getExtensionByUrl(ABSENT).getValue().primitiveValue()).isEqualTo("unknown");
  }

  private static Map<String, ParametersParameterComponent> lines(Parameters report) {
    Map<String, ParametersParameterComponent> lines = new HashMap<>();
    report.getParameter().stream()
        .filter(each -> each.getName().equals("recommendation"))
        .forEach(each -> assertThat(lines.put(part(each, "id"), each)).isNull());
    return lines;
  }

  /** A part as text; null when there is none. */
  private static String part(ParametersParameterComponent parameter, String name) {
    return parameter.getPart().stream()
        .filter(each -> each.getName().equals(name))
        .map(ParametersParameterComponent::getValue)
        .map(value -> value instanceof Reference r ? r.getReference() : value.primitiveValue())
        .findFirst()
        .orElse(null);
  }

  private static String encode(Resource resource) {
    return TestGuideline.FHIR.newJsonParser().encodeResourceToString(resource);
  }
}
