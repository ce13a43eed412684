package no.marg.operations;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.IncomingRequestAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import no.marg.engine.GuidelineEngine;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Retrieves;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.ConceptMap;
import org.hl7.fhir.r4.model.OperationDefinition;
import org.hl7.fhir.r4.model.Questionnaire;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The FHIR R4 server at {@code /fhir}. */
@Configuration(proxyBeanMethods = false)
class FhirEndpoint {

  @Bean
  ServletRegistrationBean<RestfulServer> fhirServlet(
      FhirContext fhir,
      GuidelineEngine engine,
      Clock clock,
      @Value("${marg.access.authentication:false}") boolean authentication,
      @Value("${marg.access.public-url:}") String publicUrl) {
    Guideline guideline = engine.guideline();
    DataRequirements requirements = new DataRequirements(new Retrieves(), guideline);
    RestfulServer server =
        new RestfulServer(fhir) {
          private static final long serialVersionUID = 1;

          @Override
          protected void handleRequest(
              RequestTypeEnum type, HttpServletRequest request, HttpServletResponse response)
              throws ServletException, IOException {
            super.handleRequest(type, GetWithoutBody.of(request), response);
          }
        };
    server.setServerName("Marg");
    server.setServerVersion(guideline.version());
    server.setImplementationDescription(
        "Decision support for multiple myeloma after the Norwegian guideline, version 1.3 (February"
            + " 2026). Advice to professionals; not for clinical use until approved."
            + (authentication
                ? ""
                : " OPEN DEMO: anybody can call the service, without authentication."));
    server.setDefaultResponseEncoding(EncodingEnum.JSON);
    server.setServerAddressStrategy(
        publicUrl.isBlank()
            ? new IncomingRequestAddressStrategy()
            : new HardcodedServerAddressStrategy(publicUrl.replaceFirst("/$", "") + "/fhir"));
    server.registerProviders(
        List.of(
            new PlanDefinitionProvider(engine, clock, requirements),
            new ActivityDefinitionProvider(engine, clock),
            new LibraryProvider(engine, clock, requirements),
            new MeasureProvider(engine, clock, requirements),
            new ValueSetProvider(guideline),
            new KnowledgeProvider(guideline, CodeSystem.class),
            new KnowledgeProvider(guideline, ConceptMap.class),
            new KnowledgeProvider(guideline, Questionnaire.class),
            new KnowledgeProvider(guideline, OperationDefinition.class),
            new GuidelineReportProvider(engine, clock)));
    server.setServerConformanceProvider(new Definitions(server, guideline));
    server.registerInterceptor(new Failures());
    server.registerInterceptor(new Capabilities(guideline.version()));
    ServletRegistrationBean<RestfulServer> registration =
        new ServletRegistrationBean<>(server, "/fhir/*");
    registration.setLoadOnStartup(1);
    return registration;
  }
}
