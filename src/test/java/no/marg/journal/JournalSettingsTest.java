package no.marg.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** The service does not start with settings that would not do what they say. */
class JournalSettingsTest {
  private static final String KEY = "marg.journal.key=0123456789abcdef0123456789abcdef";

  private final ApplicationContextRunner start =
      new ApplicationContextRunner().withUserConfiguration(OnlySettings.class);

  @Configuration(proxyBeanMethods = false)
  @EnableConfigurationProperties(JournalSettings.class)
  static class OnlySettings {}

  @Test
  void overriddenCardsAreNotRememberedUnlessASettingSaysSo() {
    start.run(
        context -> {
          JournalSettings settings = context.getBean(JournalSettings.class);
          assertThat(settings.memory().enabled()).isFalse();
          assertThat(settings.memory().period()).isEqualTo(Duration.ofDays(30));
          assertThat(settings.commentsReadable()).isFalse();
        });
  }

  @Test
  void memoryWithoutKeyRefusesTheStart() {
    start
        .withPropertyValues("marg.journal.memory.enabled=true")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("marg.journal.memory.enabled needs marg.journal.key"));
    start
        .withPropertyValues("marg.journal.memory.enabled=true", KEY)
        .run(context -> assertThat(context).hasNotFailed());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "marg.journal.key=short",
        "marg.journal.queue=0",
        "marg.journal.retention=0",
        "marg.journal.comment-retention=-1d",
        "marg.journal.memory.period=0",
        "marg.journal.memory.period=366d"
      })
  void valuesThatMakeNoSenseRefuseTheStart(String setting) {
    start
        .withPropertyValues("marg.journal.memory.enabled=true", KEY, setting)
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining(setting.substring(0, setting.indexOf('='))));
  }

  @Test
  void theKeyIsNotPrinted() {
    start
        .withPropertyValues(KEY)
        .run(
            context ->
                assertThat(context.getBean(JournalSettings.class).toString())
                    .doesNotContain("0123456789abcdef"));
  }
}
