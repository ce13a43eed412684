package no.marg;

import ca.uhn.fhir.context.FhirContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Artifacts;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.GuidelineLoader;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.ApplicationListener;
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
    CompletableFuture<Guideline> loading = new CompletableFuture<>();
    SpringApplication application = new SpringApplication(MargApplication.class);
    application.addListeners(new Loading(loading));
    application.addInitializers(
        context -> {
          if (context instanceof GenericApplicationContext beans) {
            beans.registerBean("guideline", Guideline.class, () -> loaded(loading));
          }
        });
    return application;
  }

  /** Begins as soon as there is a log: what is logged before does not have the form that is set. */
  private record Loading(CompletableFuture<Guideline> loading)
      implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
      CompletableFuture<Void> prepared =
          CompletableFuture.runAsync(() -> GuidelineEngine.prepare(FhirContext.forR4Cached()));
      loading.completeAsync(
          () -> {
            Guideline guideline =
                GuidelineLoader.load(FhirContext.forR4Cached(), Artifacts.ofClasspath());
            prepared.join();
            return guideline;
          });
    }
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
