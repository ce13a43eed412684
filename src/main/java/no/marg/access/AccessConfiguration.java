package no.marg.access;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;

/** Puts the filters in front of the service: first CORS, then who calls. */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(AccessConfiguration.class);
  private static final int CORS = Ordered.HIGHEST_PRECEDENCE + 110;
  private static final int ACCESS = CORS + 10;

  @Bean
  @ConditionalOnMissingBean
  AccessTime accessTime() {
    return new AccessTime(InstantSource.system());
  }

  @Bean(destroyMethod = "close")
  AccessWork accessWork() {
    return new AccessWork();
  }

  /**
   * Which browsers may call. Before the access filter: a preflight has no token, and a browser
   * reads a refusal only with these headers. No cookies are ever accepted from other origins.
   */
  @Bean
  FilterRegistrationBean<CorsFilter> accessCors(AccessSettings settings) {
    CorsConfiguration cors = new CorsConfiguration();
    cors.setAllowedOrigins(settings.allowedOrigins());
    cors.setAllowedMethods(List.of("GET", "POST", "OPTIONS"));
    cors.setAllowedHeaders(List.of("authorization", "content-type", "accept-language"));
    cors.setAllowCredentials(false);
    UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
    source.registerCorsConfiguration("/cds-services", cors);
    source.registerCorsConfiguration("/cds-services/**", cors);
    CorsFilter filter = new CorsFilter(source);
    filter.setCorsProcessor(new ForeignOrigins());
    FilterRegistrationBean<CorsFilter> registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(CORS);
    return registration;
  }

  /** Kept as long as calls are; what was counted last is written before the database is closed. */
  @Bean(destroyMethod = "write")
  RefusedCalls refusedCalls(
      JdbcClient database,
      AccessTime time,
      AccessWork work,
      @Value("${marg.journal.retention:365d}") Duration retention) {
    RefusedCalls refused = new RefusedCalls(database, time.source(), retention);
    work.eachMinute(refused::write);
    work.eachMinute(refused::forget);
    return refused;
  }

  @Bean
  FilterRegistrationBean<AccessFilter> accessFilter(
      AccessSettings settings,
      JdbcClient database,
      AccessTime time,
      AccessWork work,
      RefusedCalls refused,
      MeterRegistry meters) {
    ReplayMemory used = new ReplayMemory(database, time.source());
    if (settings.authentication()) {
      work.eachMinute(() -> forget(used));
    }
    TokenCheck tokens =
        new TokenCheck(settings, used, time.source(), work::soon, AccessConfiguration::keys);
    FilterRegistrationBean<AccessFilter> registration =
        new FilterRegistrationBean<>(new AccessFilter(settings, tokens, refused, meters));
    registration.setOrder(ACCESS);
    return registration;
  }

  private static KeySource keys(AccessSettings.Client client, AccessSettings settings) {
    if (client.jwksUrl() != null) {
      return new FetchedKeys(client.jwksUrl());
    }
    StoredKeys stored =
        new StoredKeys(Objects.requireNonNull(client.jwks()), settings.keySetPause());
    try {
      stored.read();
    } catch (KeySource.UnreadableException e) {
      throw new IllegalArgumentException(
          "marg.access.clients of " + client.issuer() + ": jwks is no readable JWK set", e);
    }
    return stored;
  }

  private static void forget(ReplayMemory used) {
    try {
      used.forgetExpired();
    } catch (DataAccessException e) {
      LOG.warn("expired tokens could not be removed: {}", e.getClass().getSimpleName());
    }
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> unreadBodies(AccessSettings settings) {
    return server -> server.addEngineValves(new UnreadBodies(settings.bodyTime()));
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> trustedProxies(
      AccessSettings settings, Environment environment) {
    String otherWay = TrustedProxies.otherWay(environment);
    if (otherWay != null) {
      throw new IllegalArgumentException(otherWay);
    }
    return server -> {
      if (!settings.trustedProxies().isEmpty()) {
        server.addEngineValves(TrustedProxies.valve(settings.trustedProxies()));
      }
    };
  }

  /**
   * Old TLS is never answered, also where the platform's Java would. The setting of the platform
   * can not say so: it switches TLS on where a proxy ends it, and does not reach a bundle.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> newTlsOnly() {
    return server ->
        server.addConnectorCustomizers(
            connector -> {
              for (SSLHostConfig host : connector.findSslHostConfigs()) {
                Set<String> protocols = new HashSet<>(host.getProtocols());
                protocols.retainAll(Set.of("TLSv1.2", "TLSv1.3"));
                host.setProtocols(String.join("+", protocols));
              }
            });
  }

  private static final class ForeignOrigins extends DefaultCorsProcessor {
    @Override
    protected void rejectRequest(ServerHttpResponse answer) throws IOException {
      answer.setStatusCode(HttpStatus.FORBIDDEN);
      answer.getHeaders().setContentType(MediaType.valueOf("application/fhir+json"));
      answer.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
      answer.getBody().write(Outcome.FOREIGN_ORIGIN.body().getBytes(StandardCharsets.UTF_8));
      answer.flush();
    }
  }
}
