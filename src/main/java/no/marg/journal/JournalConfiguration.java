package no.marg.journal;

import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes what the parts of the journal share. */
@Configuration(proxyBeanMethods = false)
class JournalConfiguration {

  @Bean
  @ConditionalOnMissingBean
  JournalClock journalClock() {
    return new JournalClock(Clock.systemUTC());
  }

  @Bean
  KeyedHash keyedHash(JournalSettings settings) {
    return KeyedHash.of(settings.key());
  }
}
