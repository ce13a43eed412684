package no.marg.ehr;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How FHIR servers are asked; docs/configuration.md describes each setting.
 *
 * @param timeout longest time for all data of one patient
 * @param pages most pages of one query, at least 1
 * @param responseSize most bytes of one response
 * @param totalSize most bytes of all responses about one patient
 * @param patients most patients read at one time, at least 1
 */
@ConfigurationProperties("marg.ehr")
public record EhrSettings(
    @DefaultValue("10s") Duration timeout,
    @DefaultValue("20") int pages,
    @DefaultValue("10MB") DataSize responseSize,
    @DefaultValue("30MB") DataSize totalSize,
    @DefaultValue("32") int patients) {
  /** Checks the bounds. */
  public EhrSettings {
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("marg.ehr.timeout must be longer than nothing");
    }
    if (pages < 1 || patients < 1) {
      throw new IllegalArgumentException("marg.ehr.pages and marg.ehr.patients are at least 1");
    }
    if (responseSize.toBytes() < 1 || responseSize.toBytes() > Integer.MAX_VALUE / 2) {
      throw new IllegalArgumentException("marg.ehr.response-size must be from 1 B to 1 GB");
    }
  }
}
