package no.marg;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import no.marg.cdshooks.CardSettings;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import no.marg.smart.SmartSettings;
import org.hl7.fhir.r4.model.Parameters;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes what all requests share. */
@Configuration(proxyBeanMethods = false)
class MargConfiguration {

  @Bean
  FhirContext fhirContext() {
    return FhirContext.forR4Cached();
  }

  /** The day advice is given for; fixed when the setting says so. */
  @Bean
  Clock clock(MargProperties properties) {
    return properties.evaluationDate() == null
        ? Clock.system(properties.zone())
        : Clock.fixed(
            properties.evaluationDate().atTime(12, 0).atZone(properties.zone()).toInstant(),
            properties.zone());
  }

  /** Where the application was not started by its main method, as in tests. */
  @Bean
  @ConditionalOnMissingBean
  Guideline guideline(FhirContext fhir) {
    return GuidelineLoader.load(fhir, Artifacts.ofClasspath());
  }

  @Bean
  GuidelineEngine guidelineEngine(Guideline guideline, FhirContext fhir, MargProperties properties)
      throws IOException {
    String settings = properties.siteSettings().getContentAsString(StandardCharsets.UTF_8);
    return new GuidelineEngine(
        guideline,
        fhir,
        fhir.newJsonParser().parseResource(Parameters.class, settings),
        properties.zone());
  }

  @Bean
  CardSettings cardSettings(
      MargProperties properties,
      SmartSettings smart,
      @Value("${marg.access.public-url:#{null}}") @Nullable URI publicUrl) {
    return new CardSettings(properties.cardLimit(), publicUrl, smart.launchAddress());
  }
}
