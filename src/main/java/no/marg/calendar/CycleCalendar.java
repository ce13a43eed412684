package no.marg.calendar;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Dosage;
import org.hl7.fhir.r4.model.Extension;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.RequestGroup;
import org.hl7.fhir.r4.model.RequestGroup.RequestGroupActionComponent;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.Timing;
import org.jspecify.annotations.Nullable;

/**
 * One applied cycle, read as a calendar.
 *
 * @param title the regimen, as the plan names it; empty when the CarePlan has none
 * @param rows what is given, in the order of the plan
 * @param notes what to know beside the orders
 * @param problems what could not be decided or dosed; the cycle is not whole when there is one
 */
public record CycleCalendar(
    String title, List<Row> rows, List<String> notes, List<String> problems) {
  private static final String DAYS = "http://hl7.org/fhir/StructureDefinition/timing-daysOfCycle";

  /** Days of the longest course that is expanded. */
  private static final int LONGEST = 400;

  /**
   * One order, or one part of it.
   *
   * @param name what is given
   * @param ordered the dose as the guideline gives it, such as {@code 1,3 mg/m²}; empty without one
   * @param calculated the dose it makes for the patient; empty for a fixed dose
   * @param route empty when none is stated
   * @param timesPerDay how often on each of the days
   * @param text the instruction of the order
   * @param days numbers of the days as the regimen counts them; empty when they are not stated
   * @param dates the same days as dates, ascending
   * @param isOpen true when only the first date is known: the rest is in the text
   * @param isAlternative true when it is given only by choice, instead of the row before it
   */
  public record Row(
      String name,
      String ordered,
      String calculated,
      String route,
      int timesPerDay,
      String text,
      List<Integer> days,
      List<LocalDate> dates,
      boolean isOpen,
      boolean isAlternative) {}

  /**
   * Reads what {@code $apply} of a regimen gave.
   *
   * @param language {@code en} for English; anything else is Norwegian
   * @throws DateTimeException if a date is not a day, or a course is longer than a year
   */
  public static CycleCalendar of(CarePlan applied, String language) {
    List<RequestGroupActionComponent> leaves = new ArrayList<>();
    List<String> alternatives = new ArrayList<>();
    applied.getContained().stream()
        .filter(RequestGroup.class::isInstance)
        .map(RequestGroup.class::cast)
        .findFirst()
        .ifPresent(
            group -> group.getAction().forEach(a -> collect(a, false, leaves, alternatives)));
    LocalDate day0 = dayZero(leaves, applied);
    List<Row> rows = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (RequestGroupActionComponent leaf : leaves) {
      Resource resource = resource(leaf, applied);
      boolean isAlternative = alternatives.contains(leaf.getId());
      if (resource instanceof MedicationRequest order) {
        for (Dosage dosage : order.getDosageInstruction()) {
          rows.add(row(name(order, leaf, language), dosage, day0, isAlternative, language));
        }
      } else if (resource instanceof ServiceRequest order) {
        rows.add(row(order, leaf, day0, isAlternative, language));
      } else if (resource instanceof CommunicationRequest note
          && note.getPayloadFirstRep().hasContentStringType()) {
        notes.add(Text.of(note.getPayloadFirstRep().getContentStringType()).in(language));
      }
    }
    return new CycleCalendar(
        Text.of(applied.getTitleElement()).in(language),
        List.copyOf(rows),
        List.copyOf(notes),
        problems(applied, language));
  }

  /**
   * The cycle as iCalendar (RFC 5545). One that is not whole would look whole: look at {@link
   * #problems} first.
   *
   * @param made when it was made
   * @param language that of the cycle
   */
  public String toICalendar(java.time.Instant made, String language) {
    return ICalendar.of(this, made, language);
  }

  private static void collect(
      RequestGroupActionComponent action,
      boolean isAlternative,
      List<RequestGroupActionComponent> leaves,
      List<String> alternatives) {
    if (action.getAction().isEmpty()) {
      leaves.add(action);
      if (isAlternative) {
        alternatives.add(action.getId());
      }
    }
    boolean isChoice =
        action.getSelectionBehavior() == RequestGroup.ActionSelectionBehavior.EXACTLYONE;
    for (int i = 0; i < action.getAction().size(); i++) {
      collect(
          action.getAction().get(i), isAlternative || (isChoice && i > 0), leaves, alternatives);
    }
  }

  private static List<String> problems(CarePlan applied, String language) {
    return applied.getContained().stream()
        .filter(OperationOutcome.class::isInstance)
        .flatMap(outcome -> ((OperationOutcome) outcome).getIssue().stream())
        .map(issue -> issue.getDetails().getTextElement())
        .filter(text -> text.hasValue())
        .map(text -> Text.ofEnglish(text).in(language))
        .toList();
  }

  private static @Nullable Resource resource(RequestGroupActionComponent action, CarePlan applied) {
    String reference = action.getResource().getReference();
    return applied.getContained().stream()
        .filter(
            each ->
                reference != null
                    && reference.equals("#" + each.getIdElement().getIdPart().replace("#", "")))
        .findFirst()
        .orElse(null);
  }

  /** The date with number 0: told by any order whose first day stands as number and as date. */
  private static @Nullable LocalDate dayZero(
      List<RequestGroupActionComponent> leaves, CarePlan applied) {
    for (RequestGroupActionComponent leaf : leaves) {
      List<Integer> stated = statedDays(leaf);
      if (stated.isEmpty()) {
        continue;
      }
      List<LocalDate> dates = dates(resource(leaf, applied));
      if (!dates.isEmpty()) {
        return dates.get(0).minusDays(stated.get(0));
      }
    }
    return null;
  }

  private static List<LocalDate> dates(@Nullable Resource resource) {
    if (resource instanceof MedicationRequest order) {
      return order.getDosageInstruction().stream()
          .flatMap(dosage -> dates(dosage.getTiming()).stream())
          .sorted()
          .toList();
    }
    return resource instanceof ServiceRequest order && order.hasOccurrenceDateTimeType()
        ? List.of(day(order.getOccurrenceDateTimeType()))
        : List.of();
  }

  private static List<Integer> statedDays(RequestGroupActionComponent action) {
    return action.getExtensionsByUrl(DAYS).stream()
        .flatMap(outer -> outer.getExtensionsByUrl("day").stream())
        .map(Extension::getValue)
        .map(day -> ((IntegerType) day).getValue())
        .sorted()
        .toList();
  }

  private static Row row(
      String name,
      Dosage dosage,
      @Nullable LocalDate day0,
      boolean isAlternative,
      String language) {
    Timing timing = dosage.getTiming();
    List<LocalDate> dates = dates(timing);
    var repeat = timing.getRepeat();
    boolean isOpen = timing.hasRepeat() && !isDaily(timing);
    int times =
        repeat.getPeriodUnit() == Timing.UnitsOfTime.D ? Math.max(1, repeat.getFrequency()) : 1;
    return new Row(
        name,
        dose(dosage, "ordered", language),
        dose(dosage, "calculated", language),
        Text.of(dosage.getRoute().getTextElement()).in(language),
        times,
        Text.of(dosage.getTextElement()).in(language),
        numbers(dates, day0),
        dates,
        isOpen,
        isAlternative);
  }

  private static Row row(
      ServiceRequest order,
      RequestGroupActionComponent action,
      @Nullable LocalDate day0,
      boolean isAlternative,
      String language) {
    List<LocalDate> dates = dates(order);
    String amount =
        order.hasQuantityQuantity() ? number(order.getQuantityQuantity(), language) : "";
    return new Row(
        name(order.getCode(), action, language),
        amount,
        "",
        "",
        1,
        "",
        numbers(dates, day0),
        dates,
        false,
        isAlternative);
  }

  private static String name(
      MedicationRequest order, RequestGroupActionComponent action, String language) {
    return name(order.getMedicationCodeableConcept(), action, language);
  }

  private static String name(
      CodeableConcept code, RequestGroupActionComponent action, String language) {
    return Text.of(code.hasText() ? code.getTextElement() : action.getTitleElement()).in(language);
  }

  private static List<LocalDate> dates(Timing timing) {
    Stream<LocalDate> dates = timing.getEvent().stream().map(CycleCalendar::day);
    if (timing.getRepeat().hasBoundsPeriod()) {
      var bounds = timing.getRepeat().getBoundsPeriod();
      LocalDate first = day(bounds.getStartElement());
      LocalDate last = isDaily(timing) ? day(bounds.getEndElement()) : first;
      if (ChronoUnit.DAYS.between(first, last) > LONGEST) {
        throw new DateTimeException("A course of more than " + LONGEST + " days");
      }
      dates = Stream.concat(dates, first.datesUntil(last.plusDays(1)));
    }
    return dates.sorted().toList();
  }

  /** Every day from a first to a last one; of any other rhythm only the first day is known. */
  private static boolean isDaily(Timing timing) {
    var repeat = timing.getRepeat();
    return repeat.getBoundsPeriod().hasEnd()
        && repeat.getPeriodUnit() == Timing.UnitsOfTime.D
        && BigDecimal.ONE.compareTo(repeat.getPeriod()) == 0;
  }

  /** Dates stand without a time, so no time zone can move them. */
  private static LocalDate day(DateTimeType date) {
    String text = String.valueOf(date.getValueAsString());
    return LocalDate.parse(text.length() > 10 ? text.substring(0, 10) : text);
  }

  private static List<Integer> numbers(List<LocalDate> dates, @Nullable LocalDate day0) {
    return day0 == null
        ? List.of()
        : dates.stream().map(date -> (int) ChronoUnit.DAYS.between(day0, date)).toList();
  }

  private static String dose(Dosage dosage, String kind, String language) {
    return dosage.getDoseAndRate().stream()
        .filter(rate -> kind.equals(rate.getType().getCodingFirstRep().getCode()))
        .filter(Dosage.DosageDoseAndRateComponent::hasDoseQuantity)
        .map(rate -> number(rate.getDoseQuantity(), language))
        .findFirst()
        .orElse("");
  }

  /** Shown with two decimals; the order itself holds the exact number. */
  private static String number(Quantity quantity, String language) {
    boolean isEnglish = language.equals("en");
    BigDecimal value = quantity.getValue();
    BigDecimal shown =
        value.scale() > 2 ? value.setScale(2, java.math.RoundingMode.HALF_UP) : value;
    String unit =
        String.valueOf(quantity.getCode())
            .replace("m2", "m²")
            .replace("ug", "µg")
            .replace("10*6", "× 10⁶")
            .replace("{tablet}", isEnglish ? "tablets" : "tabletter");
    String comparator = quantity.hasComparator() ? "≥ " : "";
    String written = shown.stripTrailingZeros().toPlainString();
    return comparator + (isEnglish ? written : written.replace('.', ',')) + " " + unit;
  }
}
