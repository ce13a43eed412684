package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import no.marg.TestGuideline;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.engine.Finding;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Period;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Quantity.QuantityComparator;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.junit.jupiter.api.Test;

/**
 * A slip of the keyboard in one place of a record makes no rule fail: for every demo patient and
 * the orders drafted for them, each number, result and period in turn is made one that cannot be.
 * One such value took down every rule that read it, and the page filled with rules that could not
 * be assessed.
 */
class ImpossibleValuesTest {
  private static final DemoRecords RECORDS =
      DemoRecords.load(TestGuideline.FHIR, DateShift.WRITTEN_FOR);
  private static final Date LONG_AGO = new Date(0);

  private final Map<String, String> failed = new TreeMap<>();
  private int records;

  @Test
  void oneImpossibleValueMakesNoRuleFail() {
    for (DemoEntry patient : RECORDS.all("Patient")) {
      List<Resource> record = new ArrayList<>(List.of(patient.resource()));
      record.addAll(UnreadSources.record(RECORDS, patient));
      for (int i = 0; i < record.size(); i++) {
        int place = i;
        for (Resource changed : changed(record.get(i))) {
          List<Resource> other = new ArrayList<>(record);
          other.set(place, changed);
          check(patient, other, List.of(), "mm-patient-view", changed);
        }
      }
      for (DemoRecords.Order order : RECORDS.orders()) {
        if (order.patient().equals(patient.id())) {
          Resource draft = order.bundle().getEntryFirstRep().getResource();
          for (Resource changed : changed(draft)) {
            check(patient, record, List.of(changed), "mm-order-sign", changed);
          }
        }
      }
    }
    assertThat(records).isGreaterThan(5_000);
    assertThat(failed).isEmpty();
  }

  private void check(
      DemoEntry patient,
      List<Resource> record,
      List<Resource> drafts,
      String service,
      Resource changed) {
    records++;
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source(patient.id(), RECORDS.day(), record, drafts, Set.of()),
            ChartReader.OtherPatient.REFUSE);
    TestGuideline.ENGINE
        .advise(TestGuideline.GUIDELINE.services().get(service), chart, Map.of())
        .findings()
        .stream()
        .filter(finding -> finding.kind() == Finding.Kind.FAILED)
        .forEach(
            finding ->
                failed.putIfAbsent(
                    finding.statement().actionId(),
                    TestGuideline.FHIR.newJsonParser().encodeResourceToString(changed)));
  }

  /** The resource with one value made impossible, for each of its values and each way. */
  private static List<Resource> changed(Resource resource) {
    List<Resource> all = new ArrayList<>();
    for (int number : new int[] {0, -1, 100_000}) {
      all.addAll(each(resource, IntegerType.class, value -> value.setValue(number)));
      all.addAll(each(resource, Quantity.class, value -> value.setValue(number)));
    }
    for (QuantityComparator comparator :
        List.of(QuantityComparator.LESS_THAN, QuantityComparator.LESS_OR_EQUAL)) {
      all.addAll(
          each(
              resource,
              Quantity.class,
              value -> value.setComparator(comparator).setValue(BigDecimal.ZERO)));
    }
    all.addAll(each(resource, Period.class, ImpossibleValuesTest::turn));
    all.addAll(each(resource, Period.class, value -> value.setEnd(LONG_AGO)));
    all.addAll(each(resource, Period.class, value -> value.setStart(null).setEnd(null)));
    if (resource instanceof Observation observation && observation.hasValueQuantity()) {
      Quantity value = observation.getValueQuantity();
      BigDecimal number = value.getValue();
      if (number != null) {
        all.add(ranged(observation, number.add(BigDecimal.ONE), number));
        all.add(ranged(observation, number, null));
        all.add(ranged(observation, null, number));
      }
    }
    return all;
  }

  private static void turn(Period period) {
    Date start = period.getStart();
    period.setStart(period.hasEnd() ? period.getEnd() : new Date()).setEnd(start);
  }

  private static <T extends IBase> List<Resource> each(
      Resource resource, Class<T> type, Consumer<T> change) {
    List<Resource> all = new ArrayList<>();
    for (int place = 0; place < elements(resource, type).size(); place++) {
      Resource copy = resource.copy();
      change.accept(elements(copy, type).get(place));
      all.add(copy);
    }
    return all;
  }

  private static <T extends IBase> List<T> elements(Resource resource, Class<T> type) {
    return TestGuideline.FHIR.newTerser().getAllPopulatedChildElementsOfType(resource, type);
  }

  private static Observation ranged(Observation given, BigDecimal low, BigDecimal high) {
    Observation copy = given.copy();
    copy.setValue(
        new Range()
            .setLow(low == null ? null : bound(given.getValueQuantity(), low))
            .setHigh(high == null ? null : bound(given.getValueQuantity(), high)));
    return copy;
  }

  private static SimpleQuantity bound(Quantity like, BigDecimal number) {
    SimpleQuantity bound = new SimpleQuantity();
    bound
        .setValue(number)
        .setUnit(like.getUnit())
        .setSystem(like.getSystem())
        .setCode(like.getCode());
    return bound;
  }
}
