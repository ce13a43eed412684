package no.marg.demo;

import ca.uhn.fhir.context.FhirContext;
import java.util.Set;
import java.util.TreeSet;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Enumerations;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;

/** The records of the synthetic patients as a read-only FHIR R4 endpoint. */
@RestController
@RequestMapping("/demo/fhir")
@Profile("!production")
final class DemoFhirController {
  private static final MediaType FHIR_JSON =
      MediaType.parseMediaType("application/fhir+json;charset=UTF-8");

  private final FhirContext fhir;
  private final DemoCalendar calendar;
  private final Set<String> known;

  DemoFhirController(FhirContext fhir, DemoCalendar calendar) {
    this.fhir = fhir;
    this.calendar = calendar;
    this.known = fhir.getResourceTypes();
  }

  /** What the endpoint can do. */
  @GetMapping("/metadata")
  ResponseEntity<String> metadata() {
    DemoRecords records = calendar.today();
    CapabilityStatement statement = new CapabilityStatement();
    statement
        .setName("MargDemo")
        .setTitle("Marg: synthetic patients for demonstration")
        .setStatus(Enumerations.PublicationStatus.ACTIVE)
        .setExperimental(true)
        .setDateElement(new DateTimeType(records.day().toString()))
        .setDescription("Read-only, in memory, synthetic patients only. Not for clinical use.")
        .setKind(CapabilityStatement.CapabilityStatementKind.INSTANCE)
        .setFhirVersion(Enumerations.FHIRVersion._4_0_1)
        .addFormat("application/fhir+json");
    statement.getImplementation().setDescription("Marg demo").setUrl(base());
    CapabilityStatement.CapabilityStatementRestComponent rest = statement.addRest();
    rest.setMode(CapabilityStatement.RestfulCapabilityMode.SERVER);
    rest.getSecurity().setCors(true).setDescription("Open: synthetic patients only");
    for (String type : records.types()) {
      rest.addResource(described(type));
    }
    return answer(200, statement);
  }

  private static CapabilityStatement.CapabilityStatementRestResourceComponent described(
      String type) {
    CapabilityStatement.CapabilityStatementRestResourceComponent resource =
        new CapabilityStatement.CapabilityStatementRestResourceComponent();
    resource.setType(type);
    resource.addInteraction().setCode(CapabilityStatement.TypeRestfulInteraction.READ);
    resource.addInteraction().setCode(CapabilityStatement.TypeRestfulInteraction.SEARCHTYPE);
    parameter(resource, "_id", Enumerations.SearchParamType.TOKEN);
    if (!type.equals("Patient")) {
      parameter(resource, "patient", Enumerations.SearchParamType.REFERENCE);
      parameter(resource, "subject", Enumerations.SearchParamType.REFERENCE);
      new TreeSet<>(DemoEntry.TOKENS.keySet())
          .forEach(name -> parameter(resource, name, Enumerations.SearchParamType.TOKEN));
    }
    return resource;
  }

  private static void parameter(
      CapabilityStatement.CapabilityStatementRestResourceComponent resource,
      String name,
      Enumerations.SearchParamType type) {
    resource.addSearchParam().setName(name).setType(type);
  }

  /** One resource. */
  @GetMapping("/{type}/{id}")
  ResponseEntity<String> read(@PathVariable String type, @PathVariable String id) {
    check(type);
    return answer(
        200,
        calendar
            .today()
            .find(type, id)
            .orElseThrow(() -> DemoRequestException.notFound("There is no such " + type)));
  }

  /** The resources of a type that match. */
  @GetMapping("/{type}")
  ResponseEntity<String> search(
      @PathVariable String type, @RequestParam MultiValueMap<String, String> parameters) {
    check(type);
    DemoSearch search = DemoSearch.of(parameters);
    DemoSearch.Page page = search.of(calendar.today().all(type));
    String base = base();
    Bundle bundle = new Bundle();
    bundle.setType(Bundle.BundleType.SEARCHSET).setTotal(page.total());
    bundle.addLink().setRelation("self").setUrl(link(null));
    if (!page.last()) {
      bundle.addLink().setRelation("next").setUrl(link(search.offset() + search.count()));
    }
    for (DemoEntry entry : page.entries()) {
      bundle
          .addEntry()
          .setFullUrl(base + "/" + type + "/" + entry.id())
          .setResource(entry.resource())
          .getSearch()
          .setMode(Bundle.SearchEntryMode.MATCH);
    }
    return answer(200, bundle);
  }

  /** Everything else would write. */
  @RequestMapping(
      path = {"", "/**"},
      method = {
        RequestMethod.POST,
        RequestMethod.PUT,
        RequestMethod.PATCH,
        RequestMethod.DELETE,
        RequestMethod.TRACE
      })
  void write() {
    throw DemoRequestException.readOnly();
  }

  /** A GET of something that is neither a resource nor a type. */
  @GetMapping({"", "/", "/*/*/**"})
  void unknown() {
    throw DemoRequestException.notFound("There is nothing here; see /metadata");
  }

  @ExceptionHandler
  ResponseEntity<String> refused(DemoRequestException e) {
    OperationOutcome outcome = new OperationOutcome();
    outcome
        .addIssue()
        .setSeverity(OperationOutcome.IssueSeverity.ERROR)
        .setCode(e.code())
        .getDetails()
        .setText(String.valueOf(e.getMessage()));
    return answer(e.status(), outcome);
  }

  private void check(String type) {
    if (!known.contains(type)) {
      throw DemoRequestException.notFound("There is no such FHIR resource type");
    }
  }

  private static String base() {
    return ServletUriComponentsBuilder.fromCurrentContextPath().path("/demo/fhir").toUriString();
  }

  /** The address of this request, on the same page or on another. */
  private static String link(@Nullable Integer offset) {
    ServletUriComponentsBuilder address = ServletUriComponentsBuilder.fromCurrentRequest();
    if (offset != null) {
      address.replaceQueryParam("_offset", offset);
    }
    return address.toUriString();
  }

  private ResponseEntity<String> answer(int status, Resource resource) {
    ResponseEntity.BodyBuilder response =
        ResponseEntity.status(status)
            .contentType(FHIR_JSON)
            .header(HttpHeaders.CACHE_CONTROL, "no-store");
    if (status == 405) {
      response.header(HttpHeaders.ALLOW, "GET, HEAD, OPTIONS");
    }
    return response.body(fhir.newJsonParser().encodeResourceToString(resource));
  }
}
