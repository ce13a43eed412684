package no.marg.cdshooks;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How calls are answered; docs/configuration.md describes each setting.
 *
 * @param deadline from the arrival of a call, when data that are still missing are no longer waited
 *     for
 * @param requireHttps whether a FHIR server named in a call must be https
 * @param guidelineUrl where the guideline as a whole can be read; null for this service's own pages
 *     of its statements
 * @param ballot what the ballot of CDS Hooks 3.0 adds
 */
@ConfigurationProperties("marg.cdshooks")
record HooksSettings(
    @DefaultValue("4s") Duration deadline,
    @DefaultValue("false") boolean requireHttps,
    @Nullable URI guidelineUrl,
    @DefaultValue Ballot ballot) {
  HooksSettings {
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("marg.cdshooks.deadline must be longer than nothing");
    }
    if (guidelineUrl != null && !guidelineUrl.isAbsolute()) {
      throw new IllegalArgumentException("marg.cdshooks.guideline-url must be absolute");
    }
  }

  /**
   * Additions of the CDS Hooks 3.0 ballot. Each is off until a client is known to take it.
   *
   * @param versions whether discovery tells the version of CDS Hooks and of each hook
   * @param fhirPathPrefetch whether discovery has templates with FHIRPath
   * @param actionSelection issuers of the clients that know {@code actionSelectionBehavior}
   */
  record Ballot(
      @DefaultValue("false") boolean versions,
      @DefaultValue("false") boolean fhirPathPrefetch,
      @DefaultValue List<String> actionSelection) {
    Ballot {
      actionSelection = List.copyOf(actionSelection);
    }
  }
}
