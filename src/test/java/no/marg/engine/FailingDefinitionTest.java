package no.marg.engine;

import static no.marg.SmallGuideline.action;
import static no.marg.SmallGuideline.activity;
import static no.marg.SmallGuideline.order;
import static no.marg.SmallGuideline.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import no.marg.SmallGuideline;
import no.marg.TestGuideline;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.junit.jupiter.api.Test;

/**
 * What happens to the rest when one rule fails or can not say: nothing is silenced, and nothing
 * becomes an order without a dose.
 */
class FailingDefinitionTest {
  private static final String RULES =
      """
      library Rules version '1.3.0'
      using FHIR version '4.0.1'
      include FHIRHelpers version '4.0.1' called FHIRHelpers
      parameter "Setting" Boolean default false
      context Patient
      define "Holds": true
      define "Does Not Hold": false
      define "Is Set": "Setting" is true
      define "Is Unknown": null as Boolean
      define "Is Unknown Is Undecided": "Is Unknown" is null
      define "Fails": Message(null as Integer, true, 'x', 'Error', 'boom') = 1
      define "Fails Is Undecided": "Fails" is null
      define "Rests On A Failure": Patient.active and "Fails"
      define "Dose": { FHIR.Dosage { text: FHIR.string { value: '1 mg' } } }
      define "No Dose": null as List<FHIR.Dosage>
      define "Empty Dose": List<FHIR.Dosage>{}
      define "Failing Dose":
        { FHIR.Dosage { text: FHIR.string { value: Message('1 mg', true, 'x', 'Error', 'boom') } } }
      define "Failing Title": Message('Title', true, 'x', 'Error', 'boom')
      define "Title": 'Beregnet tittel'
      """;
  private static final String OTHERS =
      """
      library Others version '1.3.0'
      using FHIR version '4.0.1'
      context Patient
      define "Holds": true
      define "Is Male": Patient.gender.value = 'male'
      """;

  private static final GuidelineEngine ENGINE = engine();

  private static GuidelineEngine engine() {
    PlanDefinition rules = plan("rules", "eca-rule", "Rules");
    rules.addAction(action("R-1", "Holds"));
    rules.addAction(action("R-2", "Does Not Hold"));
    rules.addAction(action("R-3", "Is Unknown"));
    rules.addAction(action("R-3-undecided", "Is Unknown Is Undecided"));
    rules.addAction(action("R-4", "Fails"));
    rules.addAction(action("R-4-undecided", "Fails Is Undecided"));
    rules.addAction(action("R-5", "Rests On A Failure"));
    rules.addAction(action("R-6", "Is Unknown"));
    PlanDefinitionActionComponent offers = action("R-7", "Holds");
    offers.addAction(order("R-7-dosed", null, "dosed"));
    offers.addAction(order("R-7-undosed", null, "undosed"));
    offers.addAction(order("R-7-empty", null, "empty"));
    offers.addAction(order("R-7-failing", null, "failing"));
    offers.addAction(order("R-7-unsure", "Is Unknown", "dosed"));
    offers.addAction(order("R-7-broken", "Fails", "dosed"));
    rules.addAction(offers);

    PlanDefinition others = plan("others", "eca-rule", "Others");
    others.addAction(action("O-1", "Holds"));
    others.addAction(action("O-2", "Is Male"));

    PlanDefinition orders = plan("orders", "order-set", "Rules");
    orders.addAction(order("dosed", null, "dosed"));
    orders.addAction(order("undosed", null, "undosed"));
    orders.addAction(order("empty", null, "empty"));
    orders.addAction(order("failing", null, "failing"));
    orders.addAction(order("not-now", "Does Not Hold", "dosed"));
    orders.addAction(order("unsure", "Is Unknown", "dosed"));
    orders.addAction(order("broken", "Fails", "dosed"));

    return SmallGuideline.of(Map.of("Rules", RULES, "Others", OTHERS))
        .add(activity("dosed", "Rules", "Dose"))
        .add(activity("undosed", "Rules", "No Dose"))
        .add(activity("empty", "Rules", "Empty Dose"))
        .add(activity("failing", "Rules", "Failing Dose"))
        .add(rules)
        .add(others)
        .add(orders)
        .service("rules", "others")
        .engine();
  }

  // ---- answers ----

  @Test
  void anErrorInOneDefinitionLeavesTheOthers() {
    Parameters answers = ENGINE.evaluate("Rules", List.of(), chart(), null);
    assertThat(value(answers, "Holds")).isEqualTo("true");
    assertThat(value(answers, "Does Not Hold")).isEqualTo("false");
    assertThat(absent(answers, "Is Unknown")).isEqualTo("unknown");
    assertThat(value(answers, "Is Unknown Is Undecided")).isEqualTo("true");
    assertThat(value(answers, "Title")).isEqualTo("Beregnet tittel");
  }

  /** The text "true" is not true, and its refusal is not a no. */
  @Test
  void aSettingOfTheWrongTypeIsAnErrorAndNotAnAnswer() {
    Parameters text = new Parameters();
    text.addParameter("Setting", "true");
    Parameters yes = new Parameters();
    yes.addParameter("Setting", true);
    List<String> asked = List.of("Is Set");
    assertThat(absent(ENGINE.evaluate("Rules", asked, chart(), text), "Is Set")).isEqualTo("error");
    assertThat(value(ENGINE.evaluate("Rules", asked, chart(), yes), "Is Set")).isEqualTo("true");
    assertThat(value(ENGINE.evaluate("Rules", asked, chart(), null), "Is Set")).isEqualTo("false");
  }

  /** Also a definition that only asks for one that fails: its answer is no longer known. */
  @Test
  void whatFailedIsMarkedAsAnErrorAndNotAsUnknown() {
    Parameters answers = ENGINE.evaluate("Rules", List.of(), chart(), null);
    assertThat(absent(answers, "Fails")).isEqualTo("error");
    assertThat(absent(answers, "Fails Is Undecided")).isEqualTo("error");
    assertThat(absent(answers, "Failing Title")).isEqualTo("error");
  }

  @Test
  void theOrderOfTheQuestionsMakesNoDifference() {
    List<String> names = List.of("Holds", "Fails", "Does Not Hold", "Failing Title", "Title");
    List<String> reversed = new java.util.ArrayList<>(names);
    java.util.Collections.reverse(reversed);
    Parameters one = ENGINE.evaluate("Rules", names, chart(), null);
    Parameters other = ENGINE.evaluate("Rules", reversed, chart(), null);
    for (String name : names) {
      assertThat(text(one, name)).as(name).isEqualTo(text(other, name));
    }
  }

  // ---- findings ----

  @Test
  void aFailingRuleIsOneVisibleFindingAndTheOthersStay() {
    Map<String, Finding.Kind> kinds =
        advise().findings().stream()
            .collect(Collectors.toMap(f -> f.statement().actionId(), Finding::kind));
    assertThat(kinds)
        .containsEntry("R-1", Finding.Kind.APPLIES)
        .containsEntry("R-3-undecided", Finding.Kind.UNDECIDED)
        .containsEntry("R-4", Finding.Kind.FAILED)
        .containsEntry("R-5", Finding.Kind.FAILED)
        .containsEntry("O-1", Finding.Kind.APPLIES)
        .containsEntry("O-2", Finding.Kind.APPLIES)
        .containsEntry("R-7", Finding.Kind.APPLIES)
        .hasSize(7);
  }

  /** A rule without an undecided twin was written to say nothing then. */
  @Test
  void anUnknownRuleIsSeenThroughItsUndecidedTwinOnly() {
    Set<String> shown =
        advise().findings().stream()
            .map(finding -> finding.statement().actionId())
            .collect(Collectors.toSet());
    assertThat(shown).contains("R-3-undecided").doesNotContain("R-3", "R-6", "R-2");
  }

  @Test
  void aFailedFindingOffersNothingToOrder() {
    for (Finding finding : advise().findings()) {
      if (finding.kind() == Finding.Kind.FAILED) {
        assertThat(finding.suggestions()).isEmpty();
      }
    }
  }

  @Test
  void aFailingRuleIsANoteInAnAppliedPlan() {
    assertThat(notes(ENGINE.apply("rules", chart(), null)))
        .contains(
            "Tittel R-4: kunne ikke vurderes (teknisk feil)",
            "Tittel R-5: kunne ikke vurderes (teknisk feil)");
  }

  @Test
  void onlyAnOrderWithItsDoseIsSuggested() {
    Finding offers =
        advise().findings().stream()
            .filter(finding -> finding.statement().actionId().equals("R-7"))
            .findFirst()
            .orElseThrow();
    assertThat(offers.suggestions())
        .singleElement()
        .satisfies(
            suggestion -> {
              assertThat(suggestion.label().nb()).isEqualTo("Tittel R-7-dosed");
              MedicationRequest order = (MedicationRequest) suggestion.actions().get(0).resource();
              assertThat(order.getDosageInstructionFirstRep().getText()).isEqualTo("1 mg");
            });
  }

  @Test
  void theReportIsUndecidedOnWhatFailedAndDecidedOnTheRest() {
    Map<String, String> verdicts =
        ENGINE.report(chart(), null).stream()
            .collect(Collectors.toMap(line -> line.entry().id(), line -> line.verdict().code()));
    assertThat(verdicts)
        .isEqualTo(
            Map.of(
                "R-1", "applies",
                "R-2", "does-not-apply",
                "R-3", "undecided",
                "R-4", "undecided",
                "R-5", "undecided",
                "R-6", "undecided",
                "R-7", "applies",
                "O-1", "applies",
                "O-2", "applies"));
  }

  // ---- order sets ----

  @Test
  void anOrderWithoutADoseBecomesANoteAndNeverAnOrder() {
    CarePlan plan = ENGINE.apply("orders", chart(), null);
    assertThat(orders(plan))
        .singleElement()
        .satisfies(
            order -> assertThat(order.getDosageInstructionFirstRep().getText()).isEqualTo("1 mg"));
    assertThat(notes(plan))
        .containsExactlyInAnyOrder(
            "Tittel undosed: dosen kan ikke beregnes",
            "Tittel empty: dosen kan ikke beregnes",
            "Tittel failing: dosen kan ikke beregnes",
            "Tittel unsure: kan ikke avgjøres",
            "Tittel broken: kan ikke avgjøres");
  }

  @Test
  void whatWasNotOrderedIsAnErrorInTheResult() {
    CarePlan plan = ENGINE.apply("orders", chart(), null);
    OperationOutcome outcome =
        plan.getContained().stream()
            .filter(OperationOutcome.class::isInstance)
            .map(OperationOutcome.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(outcome.getIssue())
        .allMatch(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .extracting(issue -> issue.getDiagnostics().split(";")[0])
        .containsExactlyInAnyOrder(
            "action undosed", "action empty", "action failing", "action unsure", "action broken");
  }

  @Test
  void anActionThatDoesNotApplyIsAbsent() {
    CarePlan plan = ENGINE.apply("orders", chart(), null);
    assertThat(PlanApplier.requestGroup(plan).getAction())
        .extracting(RequestGroupActionComponent::getId)
        .contains("dosed", "undosed")
        .doesNotContain("not-now");
  }

  @Test
  void anActivityWithoutItsDoseIsRefused() {
    for (String activity : List.of("undosed", "failing")) {
      assertThatThrownBy(() -> ENGINE.applyActivity(activity, chart(), null))
          .as(activity)
          .isInstanceOf(UnusableInputException.class)
          .hasMessageContaining("dosageInstruction");
    }
    MedicationRequest order = (MedicationRequest) ENGINE.applyActivity("dosed", chart(), null);
    assertThat(order.getDosageInstructionFirstRep().getText()).isEqualTo("1 mg");
  }

  // ---- the record ----

  private static Advice advise() {
    Service service = ENGINE.guideline().services().get("mm-patient-view");
    return ENGINE.advise(service, chart(), Map.of());
  }

  private static Chart chart() {
    Patient patient = new Patient();
    patient.setId("p");
    patient.setActive(true);
    patient.setGender(org.hl7.fhir.r4.model.Enumerations.AdministrativeGender.MALE);
    return ENGINE.chart(
        new ChartReader.Source(
            "p", java.time.LocalDate.of(2026, 2, 15), List.of(patient), List.of(), Set.of()),
        ChartReader.OtherPatient.REFUSE);
  }

  private static List<MedicationRequest> orders(CarePlan plan) {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .toList();
  }

  private static List<String> notes(CarePlan plan) {
    return plan.getContained().stream()
        .filter(CommunicationRequest.class::isInstance)
        .map(resource -> ((CommunicationRequest) resource).getPayloadFirstRep())
        .map(payload -> payload.getContent().primitiveValue())
        .toList();
  }

  private static Parameters.ParametersParameterComponent one(Parameters answers, String name) {
    return answers.getParameter().stream()
        .filter(parameter -> parameter.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no answer to " + name));
  }

  private static String value(Parameters answers, String name) {
    return one(answers, name).getValue().primitiveValue();
  }

  /** The reason why there is no value; null when there is one. */
  private static String absent(Parameters answers, String name) {
    return one(answers, name).getValue().getExtension().stream()
        .filter(extension -> extension.getUrl().endsWith("data-absent-reason"))
        .map(extension -> extension.getValue().primitiveValue())
        .findFirst()
        .orElse(null);
  }

  private static String text(Parameters answers, String name) {
    return TestGuideline.FHIR
        .newJsonParser()
        .encodeResourceToString(new Parameters().addParameter(one(answers, name)));
  }
}
