package no.marg.access;

import java.util.List;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;

/** Puts the filters in front of the service: first CORS, then who calls. */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  private static final int CORS = Ordered.HIGHEST_PRECEDENCE + 100;
  private static final int ACCESS = CORS + 10;

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
    FilterRegistrationBean<CorsFilter> registration =
        new FilterRegistrationBean<>(new CorsFilter(source));
    registration.setOrder(CORS);
    return registration;
  }

  @Bean
  FilterRegistrationBean<AccessFilter> accessFilter(AccessSettings settings) {
    FilterRegistrationBean<AccessFilter> registration =
        new FilterRegistrationBean<>(new AccessFilter(settings));
    registration.setOrder(ACCESS);
    return registration;
  }
}
