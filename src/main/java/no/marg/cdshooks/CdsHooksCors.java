package no.marg.cdshooks;

import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Which browsers may call the service. No credentials are ever accepted from them. */
@Configuration(proxyBeanMethods = false)
class CdsHooksCors implements WebMvcConfigurer {
  private final CardSettings settings;

  CdsHooksCors(CardSettings settings) {
    this.settings = settings;
  }

  @Override
  public void addCorsMappings(CorsRegistry registry) {
    registry
        .addMapping("/cds-services/**")
        .allowedOrigins(settings.allowedOrigins().toArray(String[]::new))
        .allowedMethods("GET", "POST", "OPTIONS")
        .allowedHeaders("authorization", "content-type", "accept-language")
        .allowCredentials(false);
  }
}
