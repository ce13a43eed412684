package no.marg.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.StringType;

/**
 * What {@code $apply} gave for one cycle of a regimen, read as a pharmacist would: which drug on
 * which day in which dose.
 *
 * @param plan the result
 * @param day0 the date that has day number 0: the day before the cycle, or the reinfusion
 */
record AppliedCycle(CarePlan plan, LocalDate day0) {
  private static final String DAYS = "http://hl7.org/fhir/StructureDefinition/timing-daysOfCycle";

  /** ATC codes of the drugs of the regimens and of what goes with them. */
  private static final Map<String, String> DRUG_OF_ATC =
      Map.ofEntries(
          Map.entry("L01XG01", "bortezomib"),
          Map.entry("L04AX04", "lenalidomide"),
          Map.entry("H02AB02", "dexamethasone"),
          Map.entry("L01FC01", "daratumumab"),
          Map.entry("L01FC02", "isatuximab"),
          Map.entry("L01XG02", "carfilzomib"),
          Map.entry("L04AX06", "pomalidomide"),
          Map.entry("L01FX15", "belantamab-mafodotin"),
          Map.entry("L01AA01", "cyclophosphamide"),
          Map.entry("V03AF01", "mesna"),
          Map.entry("L01AA03", "melphalan"),
          Map.entry("L01FX24", "teclistamab"),
          Map.entry("L01FX32", "elranatamab"),
          Map.entry("L01FX29", "talquetamab"),
          Map.entry("L01XX52", "venetoclax"),
          Map.entry("J05AB11", "valaciclovir"),
          Map.entry("B01AC06", "acetylsalicylic-acid"),
          Map.entry("R06AE07", "cetirizine"),
          Map.entry("N02BE01", "paracetamol"),
          Map.entry("J01EE01", "trimethoprim-sulfamethoxazole"),
          Map.entry("S01XA20", "artificial-tears"));

  /** One administration: day, drug, dose ordered, times that day. */
  record Given(int day, String drug, BigDecimal dose, String unit, int times) {}

  /** What the plan holds; an alternative and a premedication are not part of the table. */
  Set<Given> ofTheTable() {
    List<Given> all = new ArrayList<>();
    for (RequestGroupActionComponent action : actions()) {
      if (action.getId().endsWith("-alt") || action.getId().contains("-pre-")) {
        continue;
      }
      Resource resource = resource(action);
      if (resource instanceof MedicationRequest request && isOfTheRegimen(action)) {
        all.addAll(given(request));
      } else if (resource instanceof ServiceRequest cells && cells.hasQuantityQuantity()) {
        BigDecimal weight = plain(cells.getQuantityQuantity().getValue());
        int day = day((DateTimeType) cells.getOccurrence());
        all.add(new Given(day, "autologous-stem-cells", weight, "10*6", 1));
      }
    }
    assertThat(all).doesNotHaveDuplicates();
    return Set.copyOf(all);
  }

  /** Drugs that the guideline's tables print; what goes with them has its own actions. */
  private static boolean isOfTheRegimen(RequestGroupActionComponent action) {
    return Stream.of("-vzv", "-asa", "-pjp", "-tears", "-cetirizine", "-paracetamol")
        .noneMatch(action.getId()::endsWith);
  }

  /** Every administration of the result. */
  Set<Given> all() {
    List<Given> all = new ArrayList<>();
    for (Resource resource : plan.getContained()) {
      if (resource instanceof MedicationRequest request) {
        all.addAll(given(request));
      }
    }
    assertThat(all).doesNotHaveDuplicates();
    return Set.copyOf(all);
  }

  private List<Given> given(MedicationRequest request) {
    List<Given> all = new ArrayList<>();
    for (Dosage dosage : request.getDosageInstruction()) {
      Quantity dose = dose(dosage, "ordered");
      int times =
          dosage.getTiming().hasRepeat() ? dosage.getTiming().getRepeat().getFrequency() : 1;
      for (int day : days(dosage)) {
        all.add(
            new Given(
                day, drug(request), plain(dose.getValue()), dose.getCode(), Math.max(times, 1)));
      }
    }
    return all;
  }

  /** The orders of a drug that belong to the table, or its alternatives. */
  List<Dosage> dosages(String drug, boolean alternative) {
    return actions().stream()
        .filter(action -> action.getId().endsWith("-alt") == alternative)
        .filter(action -> isOfTheRegimen(action) && !action.getId().contains("-pre-"))
        .map(this::resource)
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .filter(request -> drug(request).equals(drug))
        .flatMap(request -> request.getDosageInstruction().stream())
        .toList();
  }

  List<MedicationRequest> requests(String drug) {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .filter(request -> drug(request).equals(drug))
        .toList();
  }

  List<Dosage> dosages(String drug) {
    return requests(drug).stream()
        .flatMap(request -> request.getDosageInstruction().stream())
        .toList();
  }

  List<String> drugs() {
    return plan.getContained().stream()
        .filter(MedicationRequest.class::isInstance)
        .map(request -> drug((MedicationRequest) request))
        .toList();
  }

  static Quantity dose(Dosage dosage, String kind) {
    return dosage.getDoseAndRate().stream()
        .filter(rate -> kind.equals(rate.getType().getCodingFirstRep().getCode()))
        .findFirst()
        .orElseThrow()
        .getDoseQuantity();
  }

  static boolean isCalculated(Dosage dosage) {
    return dosage.getDoseAndRate().stream()
        .anyMatch(rate -> "calculated".equals(rate.getType().getCodingFirstRep().getCode()));
  }

  /**
   * The days on which the dosage is given; of a course with neither rhythm nor end only its first.
   */
  Set<Integer> days(Dosage dosage) {
    Set<Integer> days = new TreeSet<>();
    var timing = dosage.getTiming();
    assertThat(timing.hasEvent())
        .as("dates or a repeat, not both")
        .isNotEqualTo(timing.hasRepeat());
    for (DateTimeType event : timing.getEvent()) {
      assertThat(days.add(day(event))).isTrue();
    }
    if (timing.hasRepeat()) {
      var bounds = timing.getRepeat().getBoundsPeriod();
      int first = day(bounds.getStartElement());
      int last = bounds.hasEnd() ? day(bounds.getEndElement()) : first;
      for (int d = first; d <= last; d++) {
        days.add(d);
      }
    }
    return days;
  }

  /** Dates without a time: a time zone can not move them to another day. */
  private int day(DateTimeType date) {
    return (int) ChronoUnit.DAYS.between(day0, LocalDate.parse(date.getValueAsString()));
  }

  /** The days that an action states, which must be those of its request. */
  static Set<Integer> statedDays(RequestGroupActionComponent action) {
    Set<Integer> days = new TreeSet<>();
    action
        .getExtensionsByUrl(DAYS)
        .forEach(
            outer ->
                outer
                    .getExtensionsByUrl("day")
                    .forEach(day -> days.add(((IntegerType) day.getValue()).getValue())));
    return days;
  }

  Resource resource(RequestGroupActionComponent action) {
    String reference = action.getResource().getReference();
    return reference == null ? null : contained().get(reference.substring(1));
  }

  Map<String, Resource> contained() {
    Map<String, Resource> contained = new LinkedHashMap<>();
    for (Resource resource : plan.getContained()) {
      String id = resource.getIdElement().getIdPart().replace("#", "");
      // A CarePlan and its RequestGroup share the plan's id; nothing else may.
      assertThat(contained.put(id, resource)).as(id).isNull();
    }
    return contained;
  }

  List<RequestGroupActionComponent> actions() {
    List<RequestGroupActionComponent> all = new ArrayList<>();
    plan.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .forEach(group -> ((RequestGroup) group).getAction().forEach(a -> collect(a, all)));
    return all;
  }

  private static void collect(
      RequestGroupActionComponent action, List<RequestGroupActionComponent> all) {
    all.add(action);
    action.getAction().forEach(nested -> collect(nested, all));
  }

  static String drug(MedicationRequest request) {
    return request.getMedicationCodeableConcept().getCoding().stream()
        .filter(coding -> coding.getSystem().equals("http://www.whocc.no/atc"))
        .map(coding -> DRUG_OF_ATC.get(coding.getCode()))
        .findFirst()
        .orElse("g-csf");
  }

  List<String> notes() {
    return plan.getContained().stream()
        .filter(CommunicationRequest.class::isInstance)
        .map(note -> ((CommunicationRequest) note).getPayloadFirstRep().getContentStringType())
        .map(StringType::getValue)
        .toList();
  }

  /** Diagnostics of the errors in the result. */
  List<String> errors() {
    return plan.getContained().stream()
        .filter(OperationOutcome.class::isInstance)
        .flatMap(outcome -> ((OperationOutcome) outcome).getIssue().stream())
        .filter(issue -> issue.getSeverity() == OperationOutcome.IssueSeverity.ERROR)
        .map(OperationOutcome.OperationOutcomeIssueComponent::getDiagnostics)
        .toList();
  }

  static BigDecimal plain(BigDecimal number) {
    return number.stripTrailingZeros();
  }
}
