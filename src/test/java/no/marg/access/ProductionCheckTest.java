package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import no.marg.Conforms;
import no.marg.MargApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertiesPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ClassPathResource;

@ExtendWith(OutputCaptureExtension.class)
class ProductionCheckTest {

  /** The settings of the production profile's file and what an operator adds. */
  private static Map<String, Object> good() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("marg.access.public-url", "https://marg.example.org");
    settings.put("marg.access.clients[0].issuer", "https://ehr.example.org");
    settings.put("marg.access.clients[0].jwks-url", "https://ehr.example.org/jwks.json");
    settings.put("marg.access.clients[0].fhir-servers", "https://ehr.example.org/fhir");
    settings.put("server.ssl.bundle", "marg");
    settings.put("spring.datasource.url", "jdbc:postgresql://db.example.org/marg");
    return settings;
  }

  private static List<String> problems(Map<String, Object> settings) {
    YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
    yaml.setResources(new ClassPathResource("application-production.yaml"));
    Properties profile = yaml.getObject();
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new PropertiesPropertySource("profile", profile));
    environment.getPropertySources().addFirst(new MapPropertySource("operator", settings));
    return ProductionCheck.problems(environment);
  }

  @Test
  void startsWithClientsAddressTlsAndDatabase() {
    assertThat(problems(good())).isEmpty();
  }

  @Test
  @Conforms("CH-4")
  void aProxyMayEndTlsWhenThatIsSaid() {
    Map<String, Object> settings = good();
    settings.remove("server.ssl.bundle");
    settings.put("marg.access.tls-at-proxy", "true");
    assertThat(problems(settings)).isEmpty();
  }

  /** One setting that an operator gets wrong, empty for left out; what the message names. */
  @ParameterizedTest
  @Conforms({"CH-4", "CH-80", "CH-90"})
  @CsvSource({
    "marg.access.authentication, false, marg.access.authentication",
    "marg.access.public-url, , marg.access.public-url",
    "marg.access.public-url, http://marg.example.org, marg.access.public-url",
    "marg.access.clients[0].jwks-url, http://ehr.example.org/jwks.json, jwks-url of https://ehr.example.org",
    "marg.access.clients[0].fhir-servers, http://ehr.example.org/fhir, fhir-servers of https://ehr.example.org",
    "marg.access.allowed-origins, *, marg.access.allowed-origins",
    "server.ssl.bundle, , server.ssl.bundle",
    "server.ssl.enabled, false, server.ssl.bundle",
    "server.forward-headers-strategy, framework, server.forward-headers-strategy",
    "server.forward-headers-strategy, native, marg.access.trusted-proxies",
    "server.tomcat.remoteip.remote-ip-header, X-Forwarded-For, marg.access.trusted-proxies",
    "spring.datasource.url, jdbc:h2:mem:marg, spring.datasource.url",
    "spring.datasource.url, , spring.datasource.url",
    "marg.evaluation-date, 2026-02-15, marg.evaluation-date",
  })
  void oneWrongSettingStopsTheStart(String setting, String value, String named) {
    Map<String, Object> settings = good();
    if (value == null) {
      settings.remove(setting);
    } else {
      settings.put(setting, value);
    }
    assertThat(problems(settings)).singleElement().asString().contains(named);
  }

  @Test
  @Conforms("CH-80")
  void withoutAnySettingNothingStartsAndAllIsNamed(CapturedOutput output) {
    SpringApplication application = new SpringApplication(MargApplication.class);
    try {
      application
          .run(
              "--spring.profiles.active=production",
              "--server.port=0",
              "--spring.datasource.url=jdbc:h2:mem:none")
          .close();
      org.junit.jupiter.api.Assertions.fail("It started");
    } catch (RuntimeException e) {
      assertThat(e).isInstanceOf(UnsafeProductionException.class);
    }
    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("marg.access.clients is empty")
        .contains("marg.access.public-url is missing")
        .contains("server.ssl.bundle")
        .contains("spring.datasource.url")
        .contains("docs/operations/security.md");
  }
}
