package no.marg;

import no.marg.knowledge.Guideline;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Part of readiness: the guideline is loaded and offers services. */
@Component("knowledge")
final class KnowledgeHealth implements HealthIndicator {
  private final Guideline guideline;

  KnowledgeHealth(Guideline guideline) {
    this.guideline = guideline;
  }

  @Override
  public Health health() {
    Health.Builder health = guideline.services().isEmpty() ? Health.down() : Health.up();
    return health
        .withDetail("version", guideline.version())
        .withDetail("statements", guideline.statements().size())
        .build();
  }
}
