package no.marg.access;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.EnvironmentAware;
import org.springframework.context.annotation.Profile;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Stops the start of the production profile while it would be open, before anything is made. */
@Component
@Profile("production")
final class ProductionCheck implements BeanFactoryPostProcessor, EnvironmentAware {
  private @Nullable Environment environment;

  @Override
  public void setEnvironment(Environment given) {
    environment = given;
  }

  @Override
  public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
    if (environment != null) {
      List<String> problems = problems(environment);
      if (!problems.isEmpty()) {
        throw new UnsafeProductionException(problems);
      }
    }
  }

  /** What would leave the service open; empty when nothing does. */
  static List<String> problems(Environment environment) {
    AccessSettings settings =
        Binder.get(environment).bindOrCreate("marg.access", AccessSettings.class);
    List<String> problems = new ArrayList<>();
    tell(problems, !settings.authentication(), "marg.access.authentication must be true");
    tell(problems, settings.clients().isEmpty(), "marg.access.clients is empty: nobody could call");
    tell(
        problems,
        settings.publicUrl() == null,
        "marg.access.public-url is missing: the address that clients call and sign");
    notHttps(problems, "marg.access.public-url", settings.publicUrl());
    for (AccessSettings.Client client : settings.clients()) {
      notHttps(problems, "marg.access.clients jwks-url of " + client.issuer(), client.jwksUrl());
      for (URI server : client.fhirServers()) {
        notHttps(problems, "marg.access.clients fhir-servers of " + client.issuer(), server);
      }
    }
    tell(
        problems,
        settings.allowedOrigins().contains("*"),
        "marg.access.allowed-origins must name each origin, not *");
    tell(
        problems,
        !settings.tlsAtProxy() && !hasTls(environment),
        "there is no TLS: set server.ssl.bundle, or marg.access.tls-at-proxy=true when a proxy in"
            + " front ends TLS");
    String otherWay = TrustedProxies.otherWay(environment);
    if (otherWay != null) {
      problems.add(otherWay);
    }
    tell(
        problems,
        isInMemory(environment.getProperty("spring.datasource.url", "")),
        "spring.datasource.url is a database in memory: used tokens and feedback would be forgotten");
    tell(
        problems,
        environment.getProperty("marg.evaluation-date") != null,
        "marg.evaluation-date fixes the day of advice: it is for demonstration");
    return problems;
  }

  private static boolean hasTls(Environment environment) {
    return environment.getProperty("server.ssl.enabled", Boolean.class, true)
        && (environment.getProperty("server.ssl.bundle") != null
            || environment.getProperty("server.ssl.key-store") != null
            || environment.getProperty("server.ssl.certificate") != null);
  }

  private static boolean isInMemory(String url) {
    return url.isBlank() || url.contains(":mem:") || url.startsWith("jdbc:h2:mem");
  }

  private static void notHttps(List<String> problems, String setting, @Nullable URI url) {
    tell(
        problems,
        url != null && !"https".equalsIgnoreCase(url.getScheme()),
        setting + " must be https: " + url);
  }

  private static void tell(List<String> problems, boolean wrong, String problem) {
    if (wrong) {
      problems.add(problem);
    }
  }
}
