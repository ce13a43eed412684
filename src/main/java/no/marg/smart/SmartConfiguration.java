package no.marg.smart;

import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import no.marg.ehr.EhrClient;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** Makes what launches share. */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class SmartConfiguration {

  @Bean
  WallClock smartClock() {
    return new WallClock(Clock.systemUTC());
  }

  @Bean
  LaunchStore launchStore(
      JdbcClient jdbc, SmartSettings settings, WallClock clock, Environment environment) {
    if (production(environment)) {
      settings.checkForProduction();
    }
    return new LaunchStore(jdbc, new Sealer(key(settings)), settings, clock);
  }

  private static boolean production(Environment environment) {
    return environment.acceptsProfiles(Profiles.of("production"));
  }

  private static SecretKey key(SmartSettings settings) {
    byte[] bits =
        Base64.getDecoder()
            .decode(settings.sessionKey() == null ? Secrets.key() : settings.sessionKey());
    return new SecretKeySpec(bits, "AES");
  }

  @Bean
  Browsers browsers(SmartSettings settings, LaunchStore store) {
    return new Browsers(settings, store::knows);
  }

  @Bean
  ClientKeys clientKeys(SmartSettings settings, WallClock clock, Environment environment) {
    ClientKeys keys =
        new ClientKeys(
            !settings.keys().isEmpty()
                ? ClientKeys.read(settings.keys())
                : production(environment) ? List.of() : ClientKeys.made(settings.ehrs()),
            clock);
    for (SmartSettings.Ehr ehr : settings.ehrs()) {
      if (ehr.kind() == SmartSettings.Kind.CONFIDENTIAL && !keys.has(ehr.signing())) {
        throw new IllegalArgumentException(
            "marg.smart.keys has no key for " + ehr.signing() + ", which " + ehr.iss() + " needs");
      }
    }
    return keys;
  }

  @Bean
  Authorization authorization(SmartSettings settings, ClientKeys keys, WallClock clock) {
    Outbound outbound = new Outbound(settings.timeout());
    return new Authorization(
        settings,
        new EndpointsReader(outbound, clock),
        keys,
        new Identity(outbound),
        new Styles(outbound),
        outbound,
        clock);
  }

  @Bean
  Launches launches(
      LaunchStore store,
      Browsers browsers,
      Authorization authorization,
      SmartSettings settings,
      EhrClient ehr,
      WallClock clock) {
    return new Launches(
        store,
        browsers,
        authorization,
        new Renewal(store, authorization, settings, clock),
        ehr,
        clock);
  }

  @Bean
  FilterRegistrationBean<SmartHeaders> smartHeaders(SmartSettings settings) {
    FilterRegistrationBean<SmartHeaders> filter =
        new FilterRegistrationBean<>(new SmartHeaders(settings));
    filter.addUrlPatterns("/smart", "/smart/*");
    return filter;
  }

  @Bean
  Housekeeping smartHousekeeping(LaunchStore store) {
    return new Housekeeping(store);
  }

  /** Ends what has timed out, also when nobody asks for it. */
  static final class Housekeeping {
    private final LaunchStore store;

    Housekeeping(LaunchStore store) {
      this.store = store;
    }

    @Scheduled(initialDelay = 5, fixedDelay = 5, timeUnit = TimeUnit.MINUTES)
    void purge() {
      store.purge();
    }
  }
}
