package no.marg;

import java.time.LocalDate;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;

/**
 * Settings of the service; docs/configuration.md describes each.
 *
 * @param evaluationDate the day advice is given for; null for today. For demonstration and tests.
 * @param zone zone of the hospital
 * @param siteSettings FHIR Parameters with what the hospital decides
 * @param cardLimit most cards in one answer; what is left out is counted in a last card
 */
@ConfigurationProperties("marg")
public record MargProperties(
    @Nullable LocalDate evaluationDate,
    @DefaultValue("Europe/Oslo") ZoneId zone,
    @DefaultValue("classpath:site-settings.json") Resource siteSettings,
    @DefaultValue("8") int cardLimit) {}
