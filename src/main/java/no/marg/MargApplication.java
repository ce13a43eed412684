package no.marg;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;

/** Starts the service. */
@SpringBootApplication
@EnableConfigurationProperties(MargProperties.class)
public class MargApplication {

  /** Starts the service with the settings of {@link MargProperties}. */
  public static void main(String[] args) {
    SpringApplication.run(MargApplication.class, args);
  }
}
