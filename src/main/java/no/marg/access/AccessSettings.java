package no.marg.access;

import java.net.URI;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may call; docs/configuration.md describes each setting.
 *
 * @param authentication whether callers need a JWT; off only for demonstration and development
 * @param openFhirServers FHIR servers that may be asked when authentication is off, beside the demo
 *     records of this service
 * @param allowedOrigins origins of browsers that may call the CDS services; {@code *} for all
 */
@ConfigurationProperties("marg.access")
record AccessSettings(
    @DefaultValue("false") boolean authentication,
    @DefaultValue List<URI> openFhirServers,
    @DefaultValue("*") List<String> allowedOrigins) {
  AccessSettings {
    openFhirServers = List.copyOf(openFhirServers);
    allowedOrigins = List.copyOf(allowedOrigins);
  }
}
