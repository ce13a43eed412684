package no.marg.chart;

import ca.uhn.fhir.parser.DataFormatException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import no.marg.chart.ObservationReader.Reading;
import no.marg.chart.ReadingRules.Measure;
import no.marg.chart.Unused.Reason;
import org.hl7.fhir.r4.model.AllergyIntolerance;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DiagnosticReport;
import org.hl7.fhir.r4.model.DomainResource;
import org.hl7.fhir.r4.model.Enumeration;
import org.hl7.fhir.r4.model.Immunization;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.MedicationAdministration;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.MedicationStatement;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Procedure;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.Type;
import org.jspecify.annotations.Nullable;

/**
 * Reads a patient's resources into a {@link Chart}. Says of everything that it leaves out why.
 *
 * <p>Order of the steps: patient, status, date, medication references, codes, units, plausibility,
 * repeats of one result.
 */
public final class ChartReader {
  /** Statuses by which an order being signed says that its drug is to be stopped. */
  private static final Set<MedicationRequest.MedicationRequestStatus> STOPPED =
      Set.of(
          MedicationRequest.MedicationRequestStatus.STOPPED,
          MedicationRequest.MedicationRequestStatus.CANCELLED);

  private static final Set<String> READ =
      Set.of(
          "Patient",
          "Observation",
          "Condition",
          "MedicationRequest",
          "MedicationStatement",
          "MedicationAdministration",
          "Procedure",
          "CarePlan",
          "DiagnosticReport",
          "Immunization",
          "AllergyIntolerance",
          "ServiceRequest");

  /** Category of a CarePlan that is a line of therapy. */
  private static final String TREATMENT_LINE = "treatment-line";

  /** The time of what does not say its time: before all others. */
  private static final long UNKNOWN = Long.MIN_VALUE;

  private final ReadingRules rules;
  private final ZoneId zone;
  private final ObservationReader observations;

  /**
   * A reader.
   *
   * @param rules the terminology
   * @param zone the zone of the hospital, for dates without zone
   */
  public ChartReader(ReadingRules rules, ZoneId zone) {
    this.rules = rules;
    this.zone = zone;
    this.observations = new ObservationReader(rules);
  }

  /** What to do with a resource that belongs to another patient. */
  public enum OtherPatient {
    /** Leave it out and report it. */
    REPORT,
    /** Refuse the whole record. */
    REFUSE
  }

  /**
   * The record to read.
   *
   * @param patientId logical id of the patient, without type
   * @param evaluationDate nothing dated later is read, other than drafts and planned lines
   * @param resources the patient's data
   * @param draftOrders orders being written; read as drafts whatever their status
   * @param unreadSources names of sources that could not be read
   * @param server base URL of the record's FHIR server, by which an absolute reference to it is
   *     known; nothing is asked there; null when it is not known
   */
  public record Source(
      String patientId,
      LocalDate evaluationDate,
      Collection<? extends Resource> resources,
      Collection<? extends Resource> draftOrders,
      Set<String> unreadSources,
      @Nullable String server) {
    /** Of a record whose server is not known. */
    public Source(
        String patientId,
        LocalDate evaluationDate,
        Collection<? extends Resource> resources,
        Collection<? extends Resource> draftOrders,
        Set<String> unreadSources) {
      this(patientId, evaluationDate, resources, draftOrders, unreadSources, null);
    }
  }

  /**
   * Reads a record.
   *
   * @throws OtherPatientException if it refuses foreign data and finds some, or if there is a
   *     Patient resource but none of this patient
   */
  public Chart read(Source source, OtherPatient otherPatient) {
    return new Run(source, otherPatient).chart();
  }

  /** The state of reading one record. */
  private final class Run {
    private final Source source;
    private final OtherPatient otherPatient;
    private final List<Unused> unused = new ArrayList<>();
    private final Map<String, List<Dated>> byType = new LinkedHashMap<>();
    private final Medications medications;
    private final Map<String, Resource> originals = new HashMap<>();
    private final Set<String> seen = new HashSet<>();

    Run(Source source, OtherPatient otherPatient) {
      this.source = source;
      this.otherPatient = otherPatient;
      this.medications = new Medications(source.server());
    }

    private record Dated(
        Resource resource,
        @Nullable BaseDateTimeType date,
        Instant point,
        @Nullable Measure measure,
        boolean converted) {}

    Chart chart() {
      checkPatient();
      source.resources().forEach(medications::note);
      source.draftOrders().forEach(medications::note);
      // An order that is being changed stands in the record too; what is being written now decides.
      source.draftOrders().forEach(resource -> mended(resource, () -> takeDraft(resource)));
      source.resources().forEach(resource -> mended(resource, () -> take(resource, false)));
      Map<String, List<Resource>> sorted = new LinkedHashMap<>();
      byType.forEach((type, all) -> sorted.put(type, inOrder(type, all)));
      // A record says the same in whatever order its server sends it.
      unused.sort(
          Comparator.comparing(Unused::reason)
              .thenComparing(Unused::concept)
              .thenComparing(Unused::reference)
              .thenComparing(Unused::detail));
      return new Chart(
          source.patientId(),
          source.evaluationDate(),
          sorted,
          unused,
          originals,
          source.unreadSources(),
          rules);
    }

    /** A date that is no date is taken away and reported, so that the rest can be read. */
    private void mended(Resource resource, Runnable read) {
      try {
        read.run();
      } catch (DataFormatException | IllegalArgumentException | DateTimeException e) {
        seen.remove(reference(resource));
        leave(resource, Reason.BROKEN_DATE, "");
        Dates.removeBroken(resource);
        read.run();
      }
    }

    private void checkPatient() {
      List<String> ids =
          source.resources().stream()
              .filter(Patient.class::isInstance)
              .map(patient -> patient.getIdElement().getIdPart())
              .toList();
      if (!ids.isEmpty() && !ids.contains(source.patientId())) {
        throw new OtherPatientException("The data hold another patient than the one asked about");
      }
    }

    private void takeDraft(Resource given) {
      originals.put(reference(given), given);
      if (given instanceof MedicationRequest order) {
        MedicationRequest draft = order.copy();
        if (order.getStatus() != null && STOPPED.contains(order.getStatus())) {
          draft.setDoNotPerform(true);
        }
        if (order.getStatus() != MedicationRequest.MedicationRequestStatus.ENTEREDINERROR) {
          draft.setStatus(MedicationRequest.MedicationRequestStatus.DRAFT);
        }
        take(draft, true);
      } else if (given instanceof ServiceRequest order) {
        ServiceRequest draft = order.copy();
        draft.setStatus(ServiceRequest.ServiceRequestStatus.DRAFT);
        take(draft, true);
      } else if (!(given instanceof Medication)) {
        leave(given, Reason.TYPE, given.fhirType());
      }
    }

    private void take(Resource given, boolean draft) {
      String type = given.fhirType();
      if (given instanceof Medication) {
        return;
      }
      if (!READ.contains(type)) {
        leave(given, Reason.TYPE, type);
        return;
      }
      // One resource may come under several prefetch keys.
      if (given.getIdElement().hasIdPart() && !seen.add(reference(given))) {
        return;
      }
      if (!isOfPatient(given, draft)) {
        return;
      }
      Reason status = refused(given);
      if (status != null) {
        leave(given, status, statusOf(given));
        return;
      }
      BaseDateTimeType date = Dates.of(given);
      if (date != null
          && !draft
          && !isDraft(given)
          && !isPlannedLine(given)
          && !isPrepared(given)
          && Dates.firstDay(date).isAfter(source.evaluationDate())) {
        leave(given, Reason.FUTURE, Dates.firstDay(date).toString());
        return;
      }
      if (date != null && Dates.firstDay(date).getYear() < 1900) {
        leave(given, Reason.BROKEN_DATE, "");
        return;
      }
      if (given instanceof Observation observation) {
        takeObservation(observation);
        return;
      }
      add(canonical(withMedication(given)), null, false);
    }

    private void takeObservation(Observation given) {
      Reading reading = observations.read(given);
      if (reading.problem() != null) {
        String concept = reading.measure() != null ? reading.measure().concept() : code(given);
        unused.add(new Unused(reference(given), reading.problem(), concept, reading.detail()));
      }
      if (reading.observation() != null) {
        add(reading.observation(), reading.measure(), reading.converted());
      }
    }

    private void add(Resource resource, @Nullable Measure measure, boolean converted) {
      BaseDateTimeType date = Dates.of(resource);
      byType
          .computeIfAbsent(resource.fhirType(), any -> new ArrayList<>())
          .add(new Dated(resource, date, point(resource, date), measure, converted));
    }

    /** What is stated of a day on that day is as old as the statement, not as its morning. */
    private Instant point(Resource resource, @Nullable BaseDateTimeType date) {
      Instant point = Dates.point(date, zone);
      if (date == null
          || Dates.hasTime(date)
          || !(resource instanceof Observation fact)
          || !ObservationReader.isLocalFact(fact)) {
        return point;
      }
      Date issued = fact.getIssued();
      return issued != null
              && issued.toInstant().atZone(zone).toLocalDate().equals(Dates.firstDay(date))
          ? issued.toInstant()
          : point;
    }

    private boolean isOfPatient(Resource resource, boolean draft) {
      String given = patient(resource);
      if (given == null) {
        if (draft) {
          return true;
        }
        leave(resource, Reason.NO_PATIENT, "");
        return false;
      }
      if (source.patientId().equals(patientId(given))) {
        return true;
      }
      if (otherPatient == OtherPatient.REFUSE) {
        // What stands in the place of an id may be any text; only an id is told.
        throw new OtherPatientException(
            reference(resource).replaceFirst("/(?![A-Za-z0-9.-]{1,64}$).*", "")
                + " belongs to another patient");
      }
      leave(resource, Reason.OTHER_PATIENT, "");
      return false;
    }

    private List<Resource> inOrder(String type, List<Dated> all) {
      // Newest first; the same input always gives the same order.
      all.sort(
          Comparator.comparing(Dated::point)
              .thenComparingLong(Run::issued)
              .thenComparingLong(Run::updated)
              .thenComparing(dated -> String.valueOf(dated.resource().getIdElement().getIdPart()))
              .reversed());
      List<Dated> distinct = type.equals("Observation") ? withoutRepeats(all) : all;
      List<Resource> resources = new ArrayList<>(distinct.size());
      distinct.forEach(dated -> resources.add(dated.resource()));
      return resources;
    }

    private static long issued(Dated dated) {
      return dated.resource() instanceof Observation o ? millis(o.getIssued()) : UNKNOWN;
    }

    private static long updated(Dated dated) {
      return millis(dated.resource().getMeta().getLastUpdated());
    }

    private static long millis(@Nullable Date date) {
      return date == null ? UNKNOWN : date.getTime();
    }

    private List<Dated> withoutRepeats(List<Dated> all) {
      Map<RepeatKey, List<Dated>> groups = new LinkedHashMap<>();
      for (int i = 0; i < all.size(); i++) {
        Dated dated = all.get(i);
        groups.computeIfAbsent(repeatKey(dated, i), key -> new ArrayList<>(1)).add(dated);
      }
      List<Dated> kept = new ArrayList<>(all.size());
      groups.values().forEach(group -> kept.add(group.size() == 1 ? group.get(0) : merged(group)));
      return kept;
    }

    /**
     * Results with the same key are one result in several forms.
     *
     * @param position where the result stands, if it repeats no other; -1 if it may
     */
    private record RepeatKey(String about, String components, Instant point, int position) {}

    private static RepeatKey repeatKey(Dated dated, int position) {
      if (dated.date() == null) {
        return new RepeatKey("", "", dated.point(), position);
      }
      if (dated.measure() != null && !dated.measure().severalPerTime()) {
        return new RepeatKey(dated.measure().concept(), "", dated.point(), -1);
      }
      if (dated.resource() instanceof Observation o && o.getValue() instanceof BooleanType) {
        return new RepeatKey(code(o), components(o), dated.point(), -1);
      }
      return new RepeatKey("", "", dated.point(), position);
    }

    /** What a yes-or-no fact is about, such as the drug; facts about two drugs are two facts. */
    private static String components(Observation fact) {
      StringBuilder about = new StringBuilder();
      for (Observation.ObservationComponentComponent component : fact.getComponent()) {
        if (component.getValue() instanceof CodeableConcept concept) {
          concept
              .getCoding()
              .forEach(
                  c -> about.append('|').append(c.getSystem()).append('#').append(c.getCode()));
        } else if (component.getValue() != null) {
          about.append('|').append(component.getValue().primitiveValue());
        }
      }
      return about.toString();
    }

    private Dated merged(List<Dated> group) {
      List<Dated> readable =
          group.stream()
              .filter(dated -> ((Observation) dated.resource()).getValue() != null)
              .toList();
      if (readable.isEmpty()) {
        return group.get(0);
      }
      Dated best =
          readable.stream().filter(dated -> !dated.converted()).findFirst().orElse(readable.get(0));
      Observation first = (Observation) best.resource();
      boolean agree =
          readable.stream().allMatch(dated -> agree(first, (Observation) dated.resource()));
      if (!agree && isAnsweredAgain(group)) {
        group.stream()
            .skip(1)
            .forEach(
                older ->
                    unused.add(
                        new Unused(
                            reference(older.resource()),
                            Reason.SUPERSEDED,
                            code(first),
                            reference(group.get(0).resource()))));
        return group.get(0);
      }
      for (Dated dated : group) {
        if (dated != best) {
          unused.add(
              new Unused(
                  reference(dated.resource()),
                  agree ? Reason.DUPLICATE : Reason.CONTRADICTORY,
                  best.measure() != null ? best.measure().concept() : code(first),
                  agree ? reference(first) : both(dated, best)));
        }
      }
      if (agree) {
        return best;
      }
      Observation span = first.copy();
      span.setValue(span(readable));
      return new Dated(span, best.date(), best.point(), best.measure(), true);
    }

    /** The numbers that disagree and their day; what is not a number is not repeated. */
    private static String both(Dated one, Dated other) {
      String values =
          Stream.of(one, other)
              .map(dated -> ((Observation) dated.resource()).getValue())
              .filter(Quantity.class::isInstance)
              .map(Quantity.class::cast)
              .map(ObservationReader::shown)
              .distinct()
              .sorted()
              .collect(Collectors.joining(" / "));
      LocalDate day = Chart.dayOf(one.resource());
      return day == null ? values : values.isEmpty() ? day.toString() : values + ", " + day;
    }

    /** Whether a yes-or-no fact was stated again later: the first of the group after all others. */
    private static boolean isAnsweredAgain(List<Dated> group) {
      Dated first = group.get(0);
      return ((Observation) first.resource()).getValue() instanceof BooleanType
          && group.stream().skip(1).allMatch(older -> isLater(first, older));
    }

    /** Known to be later; what does not say when it was made is neither earlier nor later. */
    private static boolean isLater(Dated one, Dated other) {
      long a = issued(one);
      long b = issued(other);
      if (a != b) {
        return b != UNKNOWN && a > b;
      }
      long stored = updated(other);
      return stored != UNKNOWN && updated(one) > stored;
    }

    private static boolean agree(Observation one, Observation other) {
      Type a = one.getValue();
      Type b = other.getValue();
      if (a instanceof Quantity x
          && b instanceof Quantity y
          && x.getComparator() == y.getComparator()) {
        BigDecimal difference = x.getValue().subtract(y.getValue()).abs();
        BigDecimal larger = x.getValue().abs().max(y.getValue().abs());
        return difference.multiply(BigDecimal.valueOf(100)).compareTo(larger) <= 0;
      }
      return a.equalsDeep(b);
    }

    /** From the lowest to the highest of results that disagree; null when that can not be said. */
    private static @Nullable Type span(List<Dated> readable) {
      BigDecimal low = null;
      BigDecimal high = null;
      Quantity unit = null;
      for (Dated dated : readable) {
        Type value = ((Observation) dated.resource()).getValue();
        if (!(value instanceof Quantity quantity) || quantity.hasComparator()) {
          return null;
        }
        unit = quantity;
        low = low == null || quantity.getValue().compareTo(low) < 0 ? quantity.getValue() : low;
        high = high == null || quantity.getValue().compareTo(high) > 0 ? quantity.getValue() : high;
      }
      return unit == null ? null : new Range().setLow(like(unit, low)).setHigh(like(unit, high));
    }

    private static SimpleQuantity like(Quantity unit, @Nullable BigDecimal value) {
      SimpleQuantity quantity = new SimpleQuantity();
      quantity.setValue(value);
      quantity.setUnit(unit.getUnit()).setSystem(unit.getSystem()).setCode(unit.getCode());
      return quantity;
    }

    private Resource withMedication(Resource given) {
      Type medication =
          given instanceof MedicationRequest m
              ? m.getMedication()
              : given instanceof MedicationStatement s
                  ? s.getMedication()
                  : given instanceof MedicationAdministration a ? a.getMedication() : null;
      if (!(medication instanceof Reference reference)) {
        return given;
      }
      Medication named = medications.named(reference, (DomainResource) given);
      if (named == null) {
        return given;
      }
      CodeableConcept code = named.getCode().copy();
      Resource copy = given.copy();
      if (copy instanceof MedicationRequest m) {
        m.setMedication(code);
      } else if (copy instanceof MedicationStatement s) {
        s.setMedication(code);
      } else if (copy instanceof MedicationAdministration a) {
        a.setMedication(code);
      }
      return copy;
    }

    private Resource canonical(Resource resource) {
      if (Codes.of(resource).stream().noneMatch(observations::hasAlias)) {
        return resource;
      }
      Resource copy = resource.copy();
      Codes.of(copy).forEach(observations::canonicalise);
      return copy;
    }

    private void leave(Resource resource, Reason reason, String detail) {
      unused.add(new Unused(reference(resource), reason, conceptOf(resource), detail));
    }

    private String conceptOf(Resource resource) {
      if (resource instanceof Observation observation) {
        for (Coding coding : observation.getCode().getCoding()) {
          if (coding.getSystem() != null && coding.getCode() != null) {
            Measure measure =
                rules.measure(rules.canonicalSystem(coding.getSystem()), coding.getCode());
            if (measure != null) {
              return measure.concept();
            }
          }
        }
        return code(observation);
      }
      return "";
    }
  }

  private static String code(Observation observation) {
    return observation.getCode().getCoding().stream()
        .map(Coding::getCode)
        .filter(code -> code != null)
        .findFirst()
        .orElse("");
  }

  /** {@code Type/id}, or the type alone for a resource without id. */
  static String reference(Resource resource) {
    String id = resource.getIdElement().getIdPart();
    return id == null ? resource.fhirType() : resource.fhirType() + "/" + id;
  }

  /** Whose a resource is, as it says itself; null when it says nothing. */
  private static @Nullable String patient(Resource resource) {
    return resource instanceof Patient
        ? "Patient/" + resource.getIdElement().getIdPart()
        : subject(resource);
  }

  /** Logical id in a reference to a patient; null when it refers to something else. */
  private static @Nullable String patientId(String reference) {
    int version = reference.indexOf("/_history/");
    String plain = version < 0 ? reference : reference.substring(0, version);
    return plain.startsWith("Patient/") || plain.contains("/Patient/")
        ? plain.substring(plain.lastIndexOf('/') + 1)
        : null;
  }

  /**
   * The records in a collection of resources, each under the logical id of its patient. What names
   * no patient, such as a Medication that several orders refer to, stands in all of them.
   *
   * @throws OtherPatientException if a resource belongs to somebody whose Patient is not among them
   */
  public static Map<String, List<Resource>> byPatient(Collection<? extends Resource> resources) {
    Map<String, List<Resource>> records = new LinkedHashMap<>();
    for (Resource resource : resources) {
      if (resource instanceof Patient && resource.getIdElement().hasIdPart()) {
        records.put(resource.getIdElement().getIdPart(), new ArrayList<>());
      }
    }
    List<Resource> shared = new ArrayList<>();
    for (Resource resource : resources) {
      String given = patient(resource);
      if (given == null) {
        shared.add(resource);
        continue;
      }
      List<Resource> own = records.get(patientId(given));
      if (own == null) {
        throw new OtherPatientException(
            "A " + resource.fhirType() + " belongs to a patient whose Patient is not in the data");
      }
      own.add(resource);
    }
    records.values().forEach(own -> own.addAll(shared));
    return records;
  }

  private static @Nullable String subject(Resource resource) {
    Reference reference =
        resource instanceof Observation o
            ? o.getSubject()
            : resource instanceof Condition c
                ? c.getSubject()
                : resource instanceof MedicationRequest m
                    ? m.getSubject()
                    : resource instanceof MedicationStatement s
                        ? s.getSubject()
                        : resource instanceof MedicationAdministration a
                            ? a.getSubject()
                            : resource instanceof Procedure p
                                ? p.getSubject()
                                : resource instanceof CarePlan cp
                                    ? cp.getSubject()
                                    : resource instanceof DiagnosticReport r
                                        ? r.getSubject()
                                        : resource instanceof Immunization i
                                            ? i.getPatient()
                                            : resource instanceof AllergyIntolerance ai
                                                ? ai.getPatient()
                                                : resource instanceof ServiceRequest sr
                                                    ? sr.getSubject()
                                                    : null;
    return reference == null ? null : reference.getReference();
  }

  /** A line of therapy that stands as a plan tells what is to be ordered before it begins. */
  private static boolean isPlannedLine(Resource resource) {
    return resource instanceof CarePlan plan
        && plan.getStatus() == CarePlan.CarePlanStatus.ACTIVE
        && plan.getCategory().stream()
            .flatMap(category -> category.getCoding().stream())
            .anyMatch(coding -> TREATMENT_LINE.equals(coding.getCode()));
  }

  /** A procedure that is prepared tells what need not be ordered again; it has not been done. */
  private static boolean isPrepared(Resource resource) {
    return resource instanceof Procedure procedure
        && procedure.getStatus() == Procedure.ProcedureStatus.PREPARATION;
  }

  private static boolean isDraft(Resource resource) {
    return !(resource instanceof Observation) && statusOf(resource).equals("draft");
  }

  private static String statusOf(Resource resource) {
    var status = resource.getNamedProperty("status");
    if (status == null || status.getValues().isEmpty()) {
      return "";
    }
    return status.getValues().get(0) instanceof Enumeration<?> value
        ? String.valueOf(value.getValueAsString())
        : String.valueOf(status.getValues().get(0).primitiveValue());
  }

  /** Why the status of a resource keeps it out; null when it counts or the logic decides. */
  private static @Nullable Reason refused(Resource resource) {
    if (resource instanceof Observation observation) {
      if (observation.getStatus() == null) {
        return Reason.STATUS;
      }
      return switch (observation.getStatus()) {
        case FINAL, AMENDED, CORRECTED -> null;
        case PRELIMINARY -> Reason.PRELIMINARY;
        case ENTEREDINERROR -> Reason.ENTERED_IN_ERROR;
        default -> Reason.STATUS;
      };
    }
    if (resource instanceof Condition condition) {
      return condition.getVerificationStatus().getCoding().stream()
              .anyMatch(coding -> "entered-in-error".equals(coding.getCode()))
          ? Reason.ENTERED_IN_ERROR
          : null;
    }
    if (resource instanceof AllergyIntolerance allergy) {
      return allergy.getVerificationStatus().getCoding().stream()
              .anyMatch(coding -> "entered-in-error".equals(coding.getCode()))
          ? Reason.ENTERED_IN_ERROR
          : null;
    }
    return statusOf(resource).equals("entered-in-error") ? Reason.ENTERED_IN_ERROR : null;
  }
}
