package no.marg.app;

import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Serves the files of the app, in every profile: the production profile switches the general
 * mapping of static files off. No file holds anything about a patient. Gives the app's calls their
 * launch.
 */
@Configuration(proxyBeanMethods = false)
class AppPages implements WebMvcConfigurer {
  /** Modules that the start page uses as well. */
  private static final String SHARED = "classpath:/static/app/";

  private static final String OWN = "classpath:/static/smart-app/";
  private static final String CHARTS = "classpath:/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private final CallResolver calls;

  AppPages(CallResolver calls) {
    this.calls = calls;
  }

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(calls);
  }

  @Override
  public void addResourceHandlers(ResourceHandlerRegistry registry) {
    registry.addResourceHandler("/smart/files/shared/**").addResourceLocations(SHARED);
    registry.addResourceHandler("/smart/files/uplot/**").addResourceLocations(CHARTS);
    registry.addResourceHandler("/smart/files/**").addResourceLocations(OWN);
  }
}
