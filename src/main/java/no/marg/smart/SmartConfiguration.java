package no.marg.smart;

import java.time.Clock;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import no.marg.ehr.EhrClient;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Makes what launches share. */
@Configuration(proxyBeanMethods = false)
class SmartConfiguration {

  @Bean
  @ConditionalOnMissingBean
  WallClock smartClock() {
    return new WallClock(Clock.systemUTC());
  }

  @Bean
  LaunchStore launchStore(JdbcClient jdbc, SmartSettings settings, WallClock clock) {
    return new LaunchStore(jdbc, new Sealer(key(settings)), settings, clock);
  }

  private static SecretKey key(SmartSettings settings) {
    byte[] bits =
        Base64.getDecoder()
            .decode(settings.sessionKey() == null ? Secrets.key() : settings.sessionKey());
    return new SecretKeySpec(bits, "AES");
  }

  @Bean
  Browsers browsers(SmartSettings settings, LaunchStore store) {
    return new Browsers(settings, store);
  }

  @Bean
  Launches launches(LaunchStore store, Browsers browsers, EhrClient ehr) {
    return new Launches(store, browsers, ehr);
  }

  @Bean
  FilterRegistrationBean<SmartHeaders> smartHeaders(SmartSettings settings) {
    FilterRegistrationBean<SmartHeaders> filter =
        new FilterRegistrationBean<>(new SmartHeaders(settings));
    filter.addUrlPatterns("/smart", "/smart/*");
    return filter;
  }
}
