package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import no.marg.SmallGuideline;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.chart.ChartReader.OtherPatient;
import no.marg.engine.Advice;
import no.marg.engine.Verdict;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.ValueSet;
import org.junit.jupiter.api.Test;

/** Records as they really come: changed orders, half ranges, odd references. */
class OddRecordsTest {

  /**
   * An order that is changed keeps its id, and the record still has the old version: the draft
   * decides, else no order check would see it.
   */
  @Test
  void aDraftWinsOverTheOldVersionOfTheSameOrder() {
    TestRecord record = TestRecord.of("p", "1961-05-04").egfr("20 mL/min/{1.73_m2}");
    MedicationRequest draft = record.draft("order-1", "L04AX04", "lenalidomid", "25 mg");
    MedicationRequest old = record.draft("order-1", "L04AX04", "lenalidomid", "10 mg");
    old.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    List<Resource> resources = new ArrayList<>(record.resources());
    resources.add(old);
    Chart chart =
        TestGuideline.ENGINE.chart(
            new ChartReader.Source("p", TestRecord.EVALUATED, resources, List.of(draft), Set.of()),
            OtherPatient.REFUSE);
    assertThat(chart.all("MedicationRequest"))
        .anyMatch(
            order ->
                ((MedicationRequest) order).getStatus()
                    == MedicationRequest.MedicationRequestStatus.DRAFT);
    Advice advice =
        TestGuideline.ENGINE.advise(
            TestGuideline.GUIDELINE.services().get("mm-order-sign"), chart, Map.of());
    assertThat(advice.findings())
        .extracting(finding -> finding.statement().actionId())
        .contains("REN-2-order");
  }

  /** A reference to a version of the patient names the same patient. */
  @Test
  void aVersionedReferenceNamesThePatient() {
    TestRecord record = TestRecord.of("p", "1961-05-04").egfr("50 mL/min/{1.73_m2}");
    ((Observation) record.resources().get(1)).setSubject(new Reference("Patient/p/_history/2"));
    assertThat(record.chart().unused()).isEmpty();
  }

  /**
   * The reason given is that of the newest result: here it can be read and is too old, whatever the
   * unit of one 400 days ago.
   */
  @Test
  void anOldUnreadableResultIsNotTheReasonWhenTheNewestIsOnlyTooOld() {
    TestRecord record =
        TestRecord.of("p", "1961-05-04")
            .result("98979-8", "20 mL/min/{1.73_m2}", TestRecord.EVALUATED.minusDays(31))
            .result("98979-8", "20 mL/min", TestRecord.EVALUATED.minusDays(400));
    Verdict verdict =
        TestGuideline.ENGINE.report(record.chart(), null).stream()
            .filter(line -> line.entry().id().equals("REN-2"))
            .findFirst()
            .orElseThrow()
            .verdict();
    assertThat(((Verdict.Undecided) verdict).missing().get(0).unreadable()).isNull();
  }

  /** 1 % of which value? agree() takes the one used, and that depends on the id: 9.9 and 10. */
  @Test
  void whetherTwoResultsAgreeDoesNotDependOnTheirIds() {
    List<Integer> kept = new ArrayList<>();
    for (String[] ids : List.of(new String[] {"a", "b"}, new String[] {"b", "a"})) {
      TestRecord record =
          TestRecord.of("p", "1961-05-04").result("718-7", "10 g/dL").result("718-7", "9.9 g/dL");
      record.resources().get(1).setId(ids[0]);
      record.resources().get(2).setId(ids[1]);
      kept.add(record.chart().unused().get(0).reason() == Unused.Reason.DUPLICATE ? 1 : 0);
    }
    assertThat(kept.get(0)).isEqualTo(kept.get(1));
  }

  /** Latent: no stored value set is nested twice over a group of codes yet. */
  @Test
  void aValueSetInheritsTheGroupsOfThePartsOfItsParts() {
    ValueSet inner = valueSet("c-inner");
    inner
        .getCompose()
        .addInclude()
        .setSystem("urn:oid:2.16.578.1.12.4.1.1.7110")
        .addFilter()
        .setProperty("concept")
        .setOp(ValueSet.FilterOperator.ISA)
        .setValue("C88");
    ValueSet middle = valueSet("b-middle");
    middle.getCompose().addInclude().addValueSet(inner.getUrl());
    ValueSet outer = valueSet("a-outer");
    outer.getCompose().addInclude().addValueSet(middle.getUrl());
    var terminology =
        GuidelineLoader.load(
                TestGuideline.FHIR,
                SmallGuideline.of(Map.of("Rules", "library Rules version '1.3.0'"))
                    .add(inner)
                    .add(middle)
                    .add(outer)
                    .artifacts())
            .terminology();
    assertThat(terminology.contains(outer.getUrl(), "urn:oid:2.16.578.1.12.4.1.1.7110", "C88.0"))
        .isTrue();
  }

  /**
   * A bound without number: a range with one bound of a unitless measure, or a reference limit that
   * has a unit and no number.
   */
  @Test
  void aRangeWithOneBoundOfARatioIsRead() {
    Observation ratio =
        (Observation) TestRecord.of("p", null).result("48378-4", "9 {ratio}").resources().get(1);
    ratio.setValue(new Range().setLow(quantity("60", "{ratio}")));
    assertThat(read(ratio).all("Observation")).hasSize(1);
  }

  @Test
  void aReferenceLimitWithoutNumberDoesNoHarm() {
    Observation result =
        (Observation) TestRecord.of("p", null).result("718-7", "110 g/L").resources().get(1);
    result
        .addReferenceRange()
        .setLow(
            (SimpleQuantity)
                new SimpleQuantity()
                    .setUnit("g/L")
                    .setCode("g/L")
                    .setSystem("http://unitsofmeasure.org"));
    assertThat(((Observation) read(result).all("Observation").get(0)).hasValue()).isTrue();
  }

  /** MMData reads it ("Interval Of Range"), the chart calls it a value without unit. */
  @Test
  void aRangeWithOneBoundIsRead() {
    Observation egfr =
        (Observation) TestRecord.of("p", null).egfr("9 mL/min/{1.73_m2}").resources().get(1);
    egfr.setValue(new Range().setHigh(quantity("30", "mL/min/{1.73_m2}")));
    Chart chart = read(egfr);
    assertThat(chart.unused()).isEmpty();
    assertThat(((Observation) chart.all("Observation").get(0)).hasValue()).isTrue();
  }

  /** "Less than 0" has no value in it; the engine has no such interval either. */
  @Test
  void aResultBelowNothingIsReportedAsUnreadable() {
    Observation egfr =
        (Observation) TestRecord.of("p", null).egfr("0 mL/min/{1.73_m2}").resources().get(1);
    egfr.getValueQuantity().setComparator(Quantity.QuantityComparator.LESS_THAN);
    assertThat(read(egfr).unused())
        .extracting(Unused::reason)
        .containsExactly(Unused.Reason.IMPLAUSIBLE);
  }

  /** From 30 to 10: the engine has no such interval, and what reads it would fail. */
  @Test
  void aRangeFromHighToLowIsReportedAsUnreadable() {
    Observation egfr =
        (Observation) TestRecord.of("p", null).egfr("9 mL/min/{1.73_m2}").resources().get(1);
    egfr.setValue(
        new Range()
            .setLow(quantity("30", "mL/min/{1.73_m2}"))
            .setHigh(quantity("10", "mL/min/{1.73_m2}")));
    Chart chart = read(egfr);
    assertThat(((Observation) chart.all("Observation").get(0)).hasValue()).isFalse();
    assertThat(chart.unused())
        .extracting(Unused::reason, Unused::detail)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                Unused.Reason.IMPLAUSIBLE, "30 mL/min/{1.73_m2} - 10 mL/min/{1.73_m2}"));
  }

  /** A haemoglobin as a whole number without unit is read by no rule, and the reason is given. */
  @Test
  void aMeasuredResultOfAnotherKindIsReportedAsUnreadable() {
    Observation result =
        (Observation) TestRecord.of("p", null).result("718-7", "11 g/dL").resources().get(1);
    result.setValue(new org.hl7.fhir.r4.model.IntegerType(11));
    assertThat(read(result).unused())
        .extracting(Unused::reason)
        .containsExactly(Unused.Reason.NO_UNIT);
  }

  private static SimpleQuantity quantity(String value, String unit) {
    SimpleQuantity quantity = new SimpleQuantity();
    quantity
        .setValue(new java.math.BigDecimal(value))
        .setUnit(unit)
        .setSystem("http://unitsofmeasure.org")
        .setCode(unit);
    return quantity;
  }

  private static Chart read(Observation observation) {
    return TestGuideline.ENGINE.chart(
        new ChartReader.Source(
            "p", TestRecord.EVALUATED, List.of(observation), List.of(), Set.of()),
        OtherPatient.REFUSE);
  }

  private static ValueSet valueSet(String id) {
    ValueSet valueSet = new ValueSet();
    valueSet.setId(id);
    valueSet.setUrl(Guideline.BASE + "/ValueSet/" + id).setVersion(SmallGuideline.VERSION);
    valueSet.getExpansion().setTimestamp(new Date(0));
    return valueSet;
  }
}
