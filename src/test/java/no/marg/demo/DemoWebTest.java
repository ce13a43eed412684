package no.marg.demo;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.options;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import ca.uhn.fhir.context.FhirContext;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.junit.jupiter.web.SpringJUnitWebConfig;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

@SpringJUnitWebConfig(DemoWebTest.Site.class)
class DemoWebTest {
  private MockMvc http;

  @BeforeEach
  void connect(WebApplicationContext site) {
    http = MockMvcBuilders.webAppContextSetup(site).build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/demo/fhir/metadata", "/demo/fhir/Patient", "/demo/info", "/demo/orders"})
  void anyOriginMayRead(String address) throws Exception {
    http.perform(get(address).header("Origin", "https://sandbox.example.org"))
        .andExpect(status().isOk())
        .andExpect(header().string("Access-Control-Allow-Origin", "*"))
        .andExpect(header().doesNotExist("Access-Control-Allow-Credentials"));
  }

  @Test
  void aBrowserMayAskWithAToken() throws Exception {
    http.perform(
            options("/demo/fhir/Patient")
                .header("Origin", "https://sandbox.example.org")
                .header("Access-Control-Request-Method", "GET")
                .header("Access-Control-Request-Headers", "authorization"))
        .andExpect(status().isOk())
        .andExpect(header().string("Access-Control-Allow-Headers", "authorization"));
  }

  @Test
  void noOtherOriginMayWrite() throws Exception {
    http.perform(
            options("/demo/fhir/Patient")
                .header("Origin", "https://sandbox.example.org")
                .header("Access-Control-Request-Method", "POST"))
        .andExpect(status().isForbidden());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/index.html", "/app/main.js", "/app/style.css"})
  void thePageLoadsOnlyFromItsOwnOrigin(String address) throws Exception {
    http.perform(get(address))
        .andExpect(status().isOk())
        .andExpect(
            header()
                .string(
                    "Content-Security-Policy",
                    "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'"));
  }

  @Configuration
  @EnableWebMvc
  @Import({DemoWeb.class, DemoFhirController.class, DemoController.class, DemoCalendar.class})
  static class Site implements WebMvcConfigurer {
    @Bean
    FhirContext fhirContext() {
      return FhirContext.forR4Cached();
    }

    @Bean
    Clock clock() {
      return Clock.systemUTC();
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
      registry.addResourceHandler("/**").addResourceLocations("classpath:/static/");
    }
  }
}
