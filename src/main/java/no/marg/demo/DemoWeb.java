package no.marg.demo;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Opens the demonstration to browsers of other origins, and limits what the start page may load.
 */
@Configuration(proxyBeanMethods = false)
@Profile("!production")
class DemoWeb implements WebMvcConfigurer {

  @Override
  public void addCorsMappings(CorsRegistry registry) {
    registry
        .addMapping("/demo/**")
        .allowedOrigins("*")
        .allowedMethods("GET", "HEAD")
        .allowedHeaders("*")
        .allowCredentials(false);
  }

  @Override
  public void addInterceptors(InterceptorRegistry registry) {
    registry.addInterceptor(new PageHeaders()).addPathPatterns("/", "/index.html", "/app/**");
  }

  private static final class PageHeaders implements HandlerInterceptor {
    @Override
    public boolean preHandle(
        HttpServletRequest request, HttpServletResponse response, Object handler) {
      response.setHeader(
          "Content-Security-Policy",
          "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'");
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Referrer-Policy", "no-referrer");
      return true;
    }
  }
}
