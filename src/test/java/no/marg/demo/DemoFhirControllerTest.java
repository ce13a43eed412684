package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.request;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import ca.uhn.fhir.context.FhirContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;

class DemoFhirControllerTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();
  private static final String NLK = "urn:oid:2.16.578.1.12.4.1.1.7280";
  private static final DemoCalendar CALENDAR =
      new DemoCalendar(
          FHIR,
          Clock.fixed(
              DateShift.WRITTEN_FOR.atTime(12, 0).toInstant(ZoneOffset.UTC), ZoneOffset.UTC));
  private static final MockMvc HTTP =
      MockMvcBuilders.standaloneSetup(
              new DemoFhirController(FHIR, CALENDAR), new DemoController(FHIR, CALENDAR))
          .build();

  @Test
  void metadataSaysVersionAndSearchParameters() throws Exception {
    CapabilityStatement statement = fetch(CapabilityStatement.class, "/demo/fhir/metadata");
    assertThat(statement.getFhirVersion().toCode()).isEqualTo("4.0.1");
    assertThat(statement.getImplementation().getUrl()).isEqualTo("http://localhost/demo/fhir");
    assertThat(statement.getRestFirstRep().getResource())
        .extracting(CapabilityStatement.CapabilityStatementRestResourceComponent::getType)
        .contains("Patient", "Observation", "Condition", "MedicationRequest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "application/fhir+json", "application/json+fhir", "*/*"})
  void readsWhateverJsonTheClientCallsIt(String accept) throws Exception {
    String body =
        HTTP.perform(get("/demo/fhir/Patient/renal-failure").header("Accept", accept))
            .andExpect(status().isOk())
            .andExpect(content().contentTypeCompatibleWith("application/fhir+json"))
            .andReturn()
            .getResponse()
            .getContentAsString(StandardCharsets.UTF_8);
    assertThat(FHIR.newJsonParser().parseResource(Patient.class, body).getIdPart())
        .isEqualTo("renal-failure");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Patient, 28",
    "Patient?_id=renal-failure, 1",
    "'Patient?_id=renal-failure,mgus-marrow', 2",
    "Condition?patient=renal-failure, 3",
    "Condition?patient=Patient/renal-failure, 3",
    "Condition?subject=Patient/renal-failure, 3",
    "Immunization?patient=mgus-marrow, 1",
    "Condition?patient=nobody, 0",
    "Encounter?patient=renal-failure, 0",
    "Observation?patient=renal-failure&code=NOR25909&_count=1, 4",
    "'MedicationRequest?patient=messy-record', 3",
    "'MedicationRequest?patient=messy-record&status=active,completed', 2",
    "'MedicationRequest?patient=messy-record&status=active&status=completed', 0",
    "'MedicationRequest?patient=messy-record&code=B01AA03', 1",
    "'DiagnosticReport?patient=messy-record&category=RAD,LP29684-5', 1",
    "'DiagnosticReport?patient=messy-record&category=LP29684-5', 0",
    "Condition?patient=renal-failure&unknown=x, 3"
  })
  void searches(String query, int total) throws Exception {
    assertThat(fetch(Bundle.class, "/demo/fhir/" + query).getTotal()).isEqualTo(total);
  }

  @Test
  void aCodeMayCarryItsSystem() throws Exception {
    String query = "/demo/fhir/Observation?patient=renal-failure&code=";
    int bare = fetch(Bundle.class, query + "NOR25909").getTotal();
    assertThat(bare).isPositive();
    assertThat(fetch(Bundle.class, query + NLK + "%7CNOR25909").getTotal()).isEqualTo(bare);
    assertThat(fetch(Bundle.class, query + "http://loinc.org%7CNOR25909").getTotal()).isZero();
  }

  @Test
  void localFactsAreFoundByCategory() throws Exception {
    Bundle facts =
        fetch(Bundle.class, "/demo/fhir/Observation?patient=messy-record&category=mm-fact");
    assertThat(facts.getEntry())
        .isNotEmpty()
        .allSatisfy(
            entry ->
                assertThat(((Observation) entry.getResource()).getCategory())
                    .anyMatch(
                        category -> category.getCodingFirstRep().getCode().equals("mm-fact")));
  }

  @Test
  void sortsByDateBothWays() throws Exception {
    String query = "/demo/fhir/Observation?patient=large-history&code=NOR05172&_sort=";
    List<String> newestFirst = dates(fetch(Bundle.class, query + "-date"));
    List<String> oldestFirst = dates(fetch(Bundle.class, query + "date"));
    assertThat(newestFirst).hasSizeGreaterThan(10);
    assertThat(oldestFirst).isSorted();
    assertThat(newestFirst).isSortedAccordingTo(Comparator.reverseOrder());
  }

  private static List<String> dates(Bundle bundle) {
    return bundle.getEntry().stream()
        .map(entry -> (Observation) entry.getResource())
        .map(o -> o.getEffectiveDateTimeType().getValueAsString().substring(0, 10))
        .toList();
  }

  @Test
  void pagesReachEveryResultOnce() throws Exception {
    String address = "/demo/fhir/Observation?patient=large-history&_sort=-date&_count=100";
    List<String> ids = new ArrayList<>();
    int pages = 0;
    while (address != null) {
      Bundle page = fetch(Bundle.class, address);
      assertThat(page.getType()).isEqualTo(Bundle.BundleType.SEARCHSET);
      assertThat(page.getTotal()).isEqualTo(308);
      assertThat(page.getLink("self").getUrl()).endsWith(address);
      page.getEntry().forEach(entry -> ids.add(entry.getFullUrl()));
      pages++;
      address =
          page.getLink("next") == null
              ? null
              : page.getLink("next").getUrl().substring("http://localhost".length());
    }
    assertThat(pages).isEqualTo(4);
    assertThat(ids).hasSize(308).doesNotHaveDuplicates();
    assertThat(ids.get(0)).startsWith("http://localhost/demo/fhir/Observation/");
  }

  @Test
  void countZeroOnlyCounts() throws Exception {
    Bundle bundle = fetch(Bundle.class, "/demo/fhir/Patient?_count=0");
    assertThat(bundle.getTotal()).isEqualTo(28);
    assertThat(bundle.getEntry()).isEmpty();
    assertThat(bundle.getLink("next")).isNull();
  }

  @ParameterizedTest(name = "{0} gives {1}")
  @CsvSource({
    "/demo/fhir/Patient/nobody, 404",
    "/demo/fhir/Unicorn, 404",
    "/demo/fhir/Unicorn/1, 404",
    "/demo/fhir/Patient/renal-failure/_history/1, 404",
    "/demo/fhir, 404",
    "/demo/fhir/Patient?_count=many, 400",
    "/demo/fhir/Patient?_count=-1, 400",
    "/demo/fhir/Patient?_offset=x, 400"
  })
  void refusesWithAnOutcome(String address, int expected) throws Exception {
    String body =
        HTTP.perform(get(URI.create(address)))
            .andExpect(status().is(expected))
            .andExpect(content().contentTypeCompatibleWith("application/fhir+json"))
            .andReturn()
            .getResponse()
            .getContentAsString(StandardCharsets.UTF_8);
    assertThat(FHIR.newJsonParser().parseResource(OperationOutcome.class, body).getIssue())
        .hasSize(1);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "POST, /demo/fhir/Patient",
    "POST, /demo/fhir",
    "POST, /demo/fhir/Patient/_search",
    "PUT, /demo/fhir/Patient/renal-failure",
    "PATCH, /demo/fhir/Patient/renal-failure",
    "DELETE, /demo/fhir/Patient/renal-failure"
  })
  void isReadOnly(String method, String address) throws Exception {
    HTTP.perform(request(HttpMethod.valueOf(method), address))
        .andExpect(status().isMethodNotAllowed())
        .andExpect(header().string("Allow", "GET, HEAD, OPTIONS"))
        .andExpect(content().contentTypeCompatibleWith("application/fhir+json"));
  }

  @Test
  void thePageGetsTheDayThePersonasAndTheOrders() throws Exception {
    HTTP.perform(get("/demo/info"))
        .andExpect(status().isOk())
        .andExpect(content().json("{\"evaluationDate\": \"2026-02-15\"}"));
    HTTP.perform(get("/demo/personas"))
        .andExpect(status().isOk())
        .andExpect(content().string(containsString("\"id\": \"mgus-low-risk\"")));
    HTTP.perform(get("/demo/orders")).andExpect(status().isOk());
    Bundle order = fetch(Bundle.class, "/demo/orders/renal-failure-lenalidomide-25");
    assertThat(order.getEntry()).hasSize(1);
    HTTP.perform(get("/demo/orders/none")).andExpect(status().isNotFound());
  }

  private static <T extends IBaseResource> T fetch(Class<T> type, String address) throws Exception {
    String body =
        HTTP.perform(get(URI.create(address.replace("|", "%7C"))))
            .andExpect(status().isOk())
            .andReturn()
            .getResponse()
            .getContentAsString(StandardCharsets.UTF_8);
    return FHIR.newJsonParser().parseResource(type, body);
  }
}
