package no.marg.chart;

import java.math.BigDecimal;
import java.util.List;
import no.marg.chart.ReadingRules.Measure;
import no.marg.chart.Unused.Reason;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Observation.ObservationReferenceRangeComponent;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Ratio;
import org.hl7.fhir.r4.model.StringType;
import org.jspecify.annotations.Nullable;

/**
 * Brings one Observation into the form the logic reads: effective dateTime, canonical code systems,
 * values and reference limits in the guideline's unit. A value that can not be read is taken away
 * and the Observation stays, so that no older value stands in for it.
 */
final class ObservationReader {
  private static final String FACT = "mm-fact";
  private static final String UCUM = "http://unitsofmeasure.org";
  private static final String ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason";

  private final ReadingRules rules;

  ObservationReader(ReadingRules rules) {
    this.rules = rules;
  }

  /**
   * What came of reading an Observation.
   *
   * @param observation the readable form; null when it is no result at all
   * @param measure how its value was read; null when it is no measured quantity
   * @param problem why the value was taken away or the result left out; null when all is well
   * @param detail unit or value that was the problem
   * @param converted whether the value was converted from another unit
   */
  record Reading(
      @Nullable Observation observation,
      @Nullable Measure measure,
      @Nullable Reason problem,
      String detail,
      boolean converted) {}

  Reading read(Observation given) {
    Observation observation = canonical(given);
    Measure measure = measure(observation);
    if (observation.getValue() == null
        && observation.hasDataAbsentReason()
        && !isLocalFact(observation)) {
      return new Reading(null, measure, Reason.NO_RESULT, "", false);
    }
    if (measure == null) {
      return new Reading(observation, null, null, "", false);
    }
    return readMeasured(observation, given, measure);
  }

  private Reading readMeasured(Observation observation, Observation given, Measure measure) {
    var value = observation.getValue();
    if (value instanceof StringType text) {
      return unreadable(observation, given, measure, Reason.NOT_A_NUMBER, "");
    }
    if (value instanceof Quantity quantity) {
      if (quantity.getValue() == null) {
        return unreadable(observation, given, measure, Reason.NOT_A_NUMBER, "");
      }
      Converted converted = convert(quantity, measure);
      if (converted.problem() != null) {
        return unreadable(observation, given, measure, converted.problem(), converted.detail());
      }
      if (!plausible(converted.quantity(), measure)) {
        return unreadable(observation, given, measure, Reason.IMPLAUSIBLE, shown(quantity));
      }
      if (!converted.changed() && !needsRangeConversion(observation, measure)) {
        return new Reading(observation, measure, null, "", false);
      }
      Observation copy = own(observation, given);
      copy.setValue(converted.quantity());
      convertRanges(copy, measure);
      return new Reading(copy, measure, null, "", converted.changed());
    }
    if (value instanceof Range range) {
      return readRange(observation, given, measure, range);
    }
    if (value instanceof IntegerType && !measure.unit().startsWith("{")) {
      return unreadable(observation, given, measure, Reason.NO_UNIT, "");
    }
    if (value instanceof Ratio) {
      return unreadable(observation, given, measure, Reason.NOT_A_NUMBER, "");
    }
    return new Reading(observation, measure, null, "", false);
  }

  /** A range with one bound is open on the other side; one from high to low is no result. */
  private Reading readRange(
      Observation observation, Observation given, Measure measure, Range range) {
    Range read = new Range();
    boolean changed = false;
    for (boolean low : new boolean[] {true, false}) {
      Quantity bound = low ? range.getLow() : range.getHigh();
      if (bound.getValue() == null) {
        continue;
      }
      Converted converted = convert(bound, measure);
      if (converted.problem() != null) {
        return unreadable(observation, given, measure, converted.problem(), converted.detail());
      }
      if (!plausible(converted.quantity(), measure)) {
        return unreadable(observation, given, measure, Reason.IMPLAUSIBLE, shown(bound));
      }
      changed |= converted.changed();
      if (low) {
        read.setLow(simple(converted.quantity()));
      } else {
        read.setHigh(simple(converted.quantity()));
      }
    }
    if (!read.hasLow() && !read.hasHigh()) {
      return unreadable(observation, given, measure, Reason.NOT_A_NUMBER, "");
    }
    if (read.hasLow()
        && read.hasHigh()
        && read.getLow().getValue().compareTo(read.getHigh().getValue()) > 0) {
      String detail = shown(range.getLow()) + " - " + shown(range.getHigh());
      return unreadable(observation, given, measure, Reason.IMPLAUSIBLE, detail);
    }
    Observation copy = own(observation, given);
    copy.setValue(read);
    return new Reading(copy, measure, null, "", changed);
  }

  private static org.hl7.fhir.r4.model.SimpleQuantity simple(Quantity quantity) {
    var simple = new org.hl7.fhir.r4.model.SimpleQuantity();
    simple
        .setValue(quantity.getValue())
        .setUnit(quantity.getUnit())
        .setSystem(quantity.getSystem())
        .setCode(quantity.getCode());
    return simple;
  }

  private record Converted(
      Quantity quantity, boolean changed, @Nullable Reason problem, String detail) {}

  private Converted convert(Quantity quantity, Measure measure) {
    if (quantity.getValue() == null) {
      return new Converted(quantity, false, Reason.NOT_A_NUMBER, "");
    }
    String unit = unit(quantity);
    if (unit == null) {
      boolean none = quantity.getUnit() == null && quantity.getCode() == null;
      if (none && measure.unitless()) {
        unit = measure.unit();
      } else {
        String detail =
            none
                ? ""
                : String.valueOf(
                    quantity.getUnit() != null ? quantity.getUnit() : quantity.getCode());
        return new Converted(quantity, false, none ? Reason.NO_UNIT : Reason.UNKNOWN_UNIT, detail);
      }
    }
    BigDecimal factor = measure.factors().get(unit);
    if (factor == null) {
      return new Converted(quantity, false, Reason.UNKNOWN_UNIT, unit);
    }
    if (measure.unit().equals(quantity.getCode()) && UCUM.equals(quantity.getSystem())) {
      return new Converted(quantity, false, null, "");
    }
    Quantity result = new Quantity();
    result.setValue(quantity.getValue().multiply(factor));
    result.setComparator(quantity.getComparator());
    result.setUnit(measure.unit()).setSystem(UCUM).setCode(measure.unit());
    return new Converted(result, true, null, "");
  }

  private @Nullable String unit(Quantity quantity) {
    if (UCUM.equals(quantity.getSystem()) && quantity.getCode() != null) {
      return quantity.getCode();
    }
    return quantity.getUnit() == null ? null : rules.ucum(quantity.getUnit());
  }

  private static boolean plausible(Quantity quantity, Measure measure) {
    BigDecimal value = quantity.getValue();
    // "Less than 0" has no value in it.
    boolean isEmpty =
        quantity.hasComparator()
            && value.signum() <= 0
            && (value.signum() < 0
                || quantity.getComparator() == Quantity.QuantityComparator.LESS_THAN);
    return !isEmpty
        && (measure.low() == null
            || value.compareTo(measure.low()) >= 0
            || quantity.hasComparator())
        && (measure.high() == null || value.compareTo(measure.high()) <= 0);
  }

  private static boolean needsRangeConversion(Observation observation, Measure measure) {
    for (ObservationReferenceRangeComponent range : observation.getReferenceRange()) {
      boolean low = range.hasLow() && !measure.unit().equals(range.getLow().getCode());
      boolean high = range.hasHigh() && !measure.unit().equals(range.getHigh().getCode());
      if (low || high) {
        return true;
      }
    }
    return false;
  }

  private void convertRanges(Observation observation, Measure measure) {
    for (ObservationReferenceRangeComponent range : observation.getReferenceRange()) {
      if (range.hasLow()) {
        Converted low = convert(range.getLow(), measure);
        range.setLow(low.problem() == null ? simple(low.quantity()) : null);
      }
      if (range.hasHigh()) {
        Converted high = convert(range.getHigh(), measure);
        range.setHigh(high.problem() == null ? simple(high.quantity()) : null);
      }
    }
  }

  private static Reading unreadable(
      Observation observation,
      Observation given,
      Measure measure,
      @Nullable Reason why,
      String detail) {
    Observation copy = own(observation, given);
    copy.setValue(null);
    copy.getDataAbsentReason().addCoding().setSystem(ABSENT).setCode("unsupported");
    return new Reading(copy, measure, why, detail, false);
  }

  /** A number as it was sent, with its comparator, and its unit or the code of it. */
  static String shown(Quantity quantity) {
    String unit = quantity.hasUnit() ? quantity.getUnit() : quantity.getCode();
    String comparator = quantity.hasComparator() ? quantity.getComparator().toCode() : "";
    String number = comparator + quantity.getValue().toPlainString();
    return unit == null ? number : number + " " + unit;
  }

  /**
   * Effective as dateTime, and canonical URIs of code systems; the given one when nothing changes.
   */
  private Observation canonical(Observation given) {
    Observation observation = given;
    BaseDateTimeType date = Dates.of(given);
    if (date != null && date != given.getEffective()
        || date != null && !(given.getEffective() instanceof DateTimeType)) {
      observation = own(observation, given);
      observation.setEffective(Dates.asDateTime(date));
    }
    boolean hasAlias = false;
    for (CodeableConcept concept : concepts(given)) {
      hasAlias |= hasAlias(concept);
    }
    if (hasAlias) {
      observation = own(observation, given);
      concepts(observation).forEach(this::canonicalise);
    }
    return observation;
  }

  private static List<CodeableConcept> concepts(Observation observation) {
    List<CodeableConcept> concepts = new java.util.ArrayList<>(2);
    concepts.add(observation.getCode());
    if (observation.getValue() instanceof CodeableConcept coded) {
      concepts.add(coded);
    }
    for (var component : observation.getComponent()) {
      concepts.add(component.getCode());
      if (component.getValue() instanceof CodeableConcept coded) {
        concepts.add(coded);
      }
    }
    return concepts;
  }

  boolean hasAlias(CodeableConcept concept) {
    for (Coding coding : concept.getCoding()) {
      String system = coding.getSystem();
      if (system != null && !rules.canonicalSystem(system).equals(system)) {
        return true;
      }
    }
    return false;
  }

  void canonicalise(CodeableConcept concept) {
    for (Coding coding : concept.getCoding()) {
      if (coding.getSystem() != null) {
        coding.setSystem(rules.canonicalSystem(coding.getSystem()));
      }
    }
  }

  private @Nullable Measure measure(Observation observation) {
    for (Coding coding : observation.getCode().getCoding()) {
      if (coding.getSystem() != null && coding.getCode() != null) {
        Measure measure = rules.measure(coding.getSystem(), coding.getCode());
        if (measure != null) {
          return measure;
        }
      }
    }
    return null;
  }

  /** Whether it states what no record holds, such as a clinician's judgement. */
  static boolean isLocalFact(Observation observation) {
    for (CodeableConcept category : observation.getCategory()) {
      for (Coding coding : category.getCoding()) {
        if (FACT.equals(coding.getCode())) {
          return true;
        }
      }
    }
    return false;
  }

  /** A copy to change, unless {@code current} is one already. */
  private static Observation own(Observation current, Observation given) {
    return current == given ? given.copy() : current;
  }
}
