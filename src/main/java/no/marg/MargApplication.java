package no.marg;

import ca.uhn.fhir.context.FhirContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.support.GenericApplicationContext;

/** Starts the service. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class MargApplication {

  /** Starts the service with the settings of {@link MargProperties}. */
  public static void main(String[] args) {
    application().run(args);
  }

  /** The application, already loading the guideline while the web server starts. */
  public static SpringApplication application() {
    CompletableFuture<Guideline> loading =
        CompletableFuture.supplyAsync(
            () -> GuidelineLoader.load(FhirContext.forR4Cached(), Artifacts.ofClasspath()));
    SpringApplication application = new SpringApplication(MargApplication.class);
    application.addInitializers(
        context -> {
          if (context instanceof GenericApplicationContext beans) {
            beans.registerBean("guideline", Guideline.class, () -> loaded(loading));
          }
        });
    return application;
  }

  private static Guideline loaded(CompletableFuture<Guideline> loading) {
    try {
      return loading.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException broken) {
        throw broken;
      }
      throw e;
    }
  }
}
