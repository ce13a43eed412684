package no.marg.cdshooks;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import no.marg.engine.Finding;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Service;
import org.springframework.stereotype.Component;

/**
 * Counts calls and what they were answered with. Tags are services, statuses, indicators, rule ids
 * and prefetch keys of the guideline: nothing that a client chooses and nothing of a patient.
 */
@Component
final class CallMeters {
  /** Stands for a service id that is not ours; a client could send any. */
  private static final String OTHER = "other";

  private static final Duration[] BOUNDS = {
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5)
  };

  private final MeterRegistry registry;
  private final Set<String> services;

  CallMeters(MeterRegistry registry, Guideline guideline) {
    this.registry = registry;
    this.services = Set.copyOf(guideline.services().keySet());
    registry.gauge(
        "marg.knowledge.statements",
        io.micrometer.core.instrument.Tags.of("version", guideline.version()),
        guideline.statements().size());
    // A counter that appears with its first failure has no rate; these are there from the start.
    for (Service service : guideline.services().values()) {
      undecided(service.id());
      for (String indicator : List.of("info", "warning", "critical")) {
        cards(service.id(), indicator);
      }
      service.prefetch().keySet().forEach(key -> unread(service.id(), key));
    }
  }

  /** One call, whatever became of it. */
  void called(String service, int status, Duration time) {
    Timer.builder("marg.calls")
        .description("Calls of the CDS services")
        .tag("service", services.contains(service) ? service : OTHER)
        .tag("status", Integer.toString(status))
        .serviceLevelObjectives(BOUNDS)
        .register(registry)
        .record(time);
  }

  /** What a call was answered with. */
  void answered(
      String service,
      Collection<Finding> findings,
      Collection<String> unreadKeys,
      List<Card> cards) {
    for (Finding finding : findings) {
      switch (finding.kind()) {
        case UNDECIDED -> undecided(service).increment();
        case FAILED -> failed(service, finding.statement().catalogueId()).increment();
        case APPLIES -> {}
      }
    }
    unreadKeys.forEach(key -> unread(service, key).increment());
    cards.forEach(card -> cards(service, card.indicator()).increment());
  }

  private Counter cards(String service, String indicator) {
    return Counter.builder("marg.cards")
        .description("Cards given")
        .tag("service", service)
        .tag("indicator", indicator)
        .register(registry);
  }

  private Counter undecided(String service) {
    return Counter.builder("marg.undecided")
        .description("Findings that the record could not decide")
        .tag("service", service)
        .register(registry);
  }

  private Counter failed(String service, String rule) {
    return Counter.builder("marg.rules.failed")
        .description("Rules that failed technically and were shown as not assessed")
        .tag("service", service)
        .tag("rule", rule)
        .register(registry);
  }

  private Counter unread(String service, String key) {
    return Counter.builder("marg.keys.unread")
        .description("Prefetch keys whose data were not read")
        .tag("service", service)
        .tag("key", key)
        .register(registry);
  }
}
