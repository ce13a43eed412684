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
import java.util.Set;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.ehr.Reading;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Service;
import no.marg.smart.Launch;
import no.marg.smart.LaunchEndedException;
import no.marg.smart.Launches;
import org.hl7.fhir.r4.model.Resource;
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
    /** The same record with further resources. */
    PatientRecord with(List<? extends Resource> further) {
      List<Resource> all = new ArrayList<>(resources);
      all.addAll(further);
      return new PatientRecord(patientId, all, unread);
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
