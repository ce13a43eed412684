package no.marg.app;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.ehr.Reading;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Service;
import no.marg.smart.Launch;
import no.marg.smart.LaunchEndedException;
import no.marg.smart.Launches;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Reads the record of a launch's patient, with the queries that the card service for the opening of
 * a chart asks, so that the app and the cards see the same. Nothing is kept.
 */
@Component
final class PatientRecords {
  /** The service whose advice the app shows. */
  static final String SERVICE = "mm-patient-view";

  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final Launches launches;
  private final GuidelineEngine engine;
  private final Clock clock;

  PatientRecords(Launches launches, GuidelineEngine engine, Clock clock) {
    this.launches = launches;
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * What was read.
   *
   * @param resources the record's resources
   * @param unread keys of the queries that were not read whole; what they would bring is unknown
   */
  record PatientRecord(String patientId, List<Resource> resources, Set<String> unread) {
    /**
     * The same record with facts of the session. Each stands in the place of what the record says
     * of the same on the same day: it was entered with the record open.
     */
    PatientRecord with(List<Observation> entered) {
      List<Resource> all = new ArrayList<>(resources);
      all.removeIf(
          each ->
              each instanceof Observation recorded
                  && entered.stream().anyMatch(fact -> isReplaced(recorded, fact)));
      all.addAll(entered);
      return new PatientRecord(patientId, all, unread);
    }

    /** Whether the record itself says something of the same on the same day. */
    boolean answers(Observation fact) {
      return resources.stream()
          .anyMatch(each -> each instanceof Observation recorded && isReplaced(recorded, fact));
    }

    private static boolean isReplaced(Observation recorded, Observation fact) {
      String day = fact.getEffectiveDateTimeType().getValueAsString();
      return recorded.getEffective() instanceof BaseDateTimeType date
          && String.valueOf(date.getValueAsString()).startsWith(day)
          && shares(recorded.getCode(), fact.getCode())
          && (!fact.hasMethod() || shares(recorded.getMethod(), fact.getMethod()))
          && Objects.equals(drug(recorded), drug(fact));
    }

    private static boolean shares(CodeableConcept one, CodeableConcept other) {
      return one.getCoding().stream()
          .anyMatch(
              a ->
                  a.hasSystem()
                      && other.getCoding().stream()
                          .anyMatch(
                              b ->
                                  a.getSystem().equals(b.getSystem())
                                      && Objects.equals(a.getCode(), b.getCode())));
    }

    /** What a fact about one drug is about; null for others. */
    private static @Nullable String drug(Observation fact) {
      return fact.getComponent().stream()
          .filter(each -> each.getCode().hasCoding(Guideline.FACTS, "drug"))
          .filter(Observation.ObservationComponentComponent::hasValueCodeableConcept)
          .map(each -> each.getValueCodeableConcept().getCodingFirstRep().getCode())
          .findFirst()
          .orElse(null);
    }
  }

  /** The card service that opens with the chart. */
  Service service() {
    Service service = engine.guideline().services().get(SERVICE);
    if (service == null) {
      throw new IllegalStateException("There is no service " + SERVICE);
    }
    return service;
  }

  LocalDate today() {
    return LocalDate.now(clock);
  }

  /**
   * Asks the record.
   *
   * @throws LaunchEndedException if the record no longer gives access
   */
  PatientRecord read(HttpServletRequest request, Launch launch) {
    String id = URLEncoder.encode(launch.patientId(), StandardCharsets.UTF_8).replace("+", "%20");
    Map<String, String> queries = new LinkedHashMap<>();
    service()
        .prefetch()
        .forEach((key, query) -> queries.put(key, query.replace("{{context.patientId}}", id)));
    List<Resource> resources = new ArrayList<>();
    Set<String> unread = new LinkedHashSet<>();
    Set<String> seen = new LinkedHashSet<>();
    launches
        .read(request, launch, queries, WITHIN)
        .forEach(
            (key, reading) -> {
              if (!(reading instanceof Reading.Complete)) {
                unread.add(key);
              }
              for (Resource resource : reading.found()) {
                // Two queries may bring the same resource.
                if (!resource.hasId() || seen.add(Chart.referenceOf(resource))) {
                  resources.add(resource);
                }
              }
            });
    return new PatientRecord(launch.patientId(), resources, unread);
  }

  /** The chart of a record on the day of advice. */
  Chart chart(PatientRecord record) {
    return engine.chart(
        new ChartReader.Source(
            record.patientId(), today(), record.resources(), List.of(), record.unread()),
        ChartReader.OtherPatient.REPORT);
  }
}
