package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.chart.ChartReader;
import no.marg.engine.Finding;
import no.marg.engine.Suggestion;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PlanDefinition;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.Type;
import org.junit.jupiter.api.Test;

/**
 * What is found wrong in orders before they are signed comes with what mends it, or with the reason
 * why nothing is offered; and what is offered as a deletion takes away a draft and with it the
 * finding.
 */
class OrderSignMendsTest {
  private static final Service SERVICE = TestGuideline.GUIDELINE.services().get("mm-order-sign");

  /** The rules asked before signing, by action id. What is unknown is asked for, not mended. */
  private static Map<String, PlanDefinitionActionComponent> rules() {
    Map<String, PlanDefinitionActionComponent> rules = new TreeMap<>();
    TestGuideline.GUIDELINE.all("PlanDefinition").stream()
        .map(PlanDefinition.class::cast)
        .filter(plan -> plan.getType().getCodingFirstRep().getCode().equals("eca-rule"))
        .flatMap(plan -> plan.getAction().stream())
        .filter(
            action ->
                action.getTrigger().stream()
                    .anyMatch(trigger -> trigger.getName().equals("order-sign")))
        .filter(action -> !action.getId().endsWith("-undecided"))
        .forEach(action -> rules.put(action.getId(), action));
    return rules;
  }

  @Test
  void eachFindingHasAMendOrAReasonForNone() throws IOException {
    Map<String, PlanDefinitionActionComponent> rules = rules();
    Map<String, String> reasons = Reasons.of("order-sign-without-mend.yaml");
    Set<String> without =
        rules.values().stream()
            .filter(rule -> rule.getAction().isEmpty())
            .map(PlanDefinitionActionComponent::getId)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(reasons.keySet()).containsExactlyInAnyOrderElementsOf(without);
    assertThat(reasons.values()).allMatch(reason -> reason.length() > 20);
    assertThat(rules.size() - without.size()).isGreaterThan(without.size());
  }

  @Test
  void eachDeletionTakesADraftAwayAndWithItTheFinding() throws IOException {
    Set<String> expected =
        rules().values().stream()
            .filter(rule -> offersDeletion(rule))
            .map(PlanDefinitionActionComponent::getId)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> seen = new TreeSet<>();
    try (Stream<CqlCase> rows = CqlCasesTest.cases()) {
      for (CqlCase row : rows.toList()) {
        List<Resource> record = CaseRecord.of(row).resources();
        if (!seen.equals(expected) && record.stream().anyMatch(OrderSignMendsTest::isDraft)) {
          check(row, record, seen);
        }
      }
    }
    assertThat(seen).isEqualTo(expected);
  }

  private static void check(CqlCase row, List<Resource> record, Set<String> seen) {
    for (Finding finding : findings(row, record)) {
      String id = finding.statement().actionId();
      for (Suggestion suggestion : finding.suggestions()) {
        Set<String> deleted =
            suggestion.actions().stream()
                .filter(action -> action.kind() == Suggestion.Kind.DELETE)
                .map(Suggestion.Action::resourceId)
                .collect(Collectors.toSet());
        if (deleted.isEmpty() || !seen.add(id)) {
          continue;
        }
        Predicate<Resource> isDeleted = each -> deleted.contains(reference(each));
        assertThat(record.stream().filter(isDeleted))
            .as(row + ": " + id)
            .hasSameSizeAs(deleted)
            .allMatch(OrderSignMendsTest::isDraft);
        List<Resource> rest = record.stream().filter(isDeleted.negate()).toList();
        // Another suggestion may mend another part of the same finding.
        assertThat(labels(findings(row, rest), id))
            .as(row + ": " + id)
            .doesNotContain(suggestion.label().en());
      }
    }
  }

  /** What is offered for a finding. */
  private static List<String> labels(List<Finding> findings, String id) {
    return findings.stream()
        .filter(finding -> finding.statement().actionId().equals(id))
        .flatMap(finding -> finding.suggestions().stream())
        .map(suggestion -> suggestion.label().en())
        .toList();
  }

  private static boolean offersDeletion(PlanDefinitionActionComponent action) {
    return action.getType().getCodingFirstRep().getCode() != null
            && action.getType().getCodingFirstRep().getCode().equals("remove")
        || action.getAction().stream().anyMatch(OrderSignMendsTest::offersDeletion);
  }

  private static List<Finding> findings(CqlCase row, List<Resource> record) {
    return TestGuideline.ENGINE
        .advise(
            SERVICE,
            TestGuideline.ENGINE.chart(
                new ChartReader.Source(
                    CaseRecord.PATIENT, row.evaluated(), record, List.of(), new HashSet<>()),
                ChartReader.OtherPatient.REPORT),
            context(row))
        .findings();
  }

  private static Map<String, Object> context(CqlCase row) {
    Map<String, Object> context = new HashMap<>();
    for (Parameters.ParametersParameterComponent given :
        CqlCasesTest.parameters(row).getParameter()) {
      Type value = given.getValue();
      if (value instanceof BooleanType yes) {
        context.put(given.getName(), yes.booleanValue());
      } else if (value instanceof IntegerType number) {
        context.put(given.getName(), number.getValue());
      } else if (value instanceof DecimalType number) {
        context.put(given.getName(), new BigDecimal(number.getValueAsString()));
      } else if (!value.fhirType().equals("date")) {
        context.put(given.getName(), value.primitiveValue());
      }
    }
    return context;
  }

  private static boolean isDraft(Resource resource) {
    return resource instanceof MedicationRequest order
            && order.getStatus() == MedicationRequest.MedicationRequestStatus.DRAFT
        || resource instanceof ServiceRequest request
            && request.getStatus() == ServiceRequest.ServiceRequestStatus.DRAFT;
  }

  private static String reference(Resource resource) {
    return resource.fhirType() + "/" + resource.getIdElement().getIdPart();
  }
}
