package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.MargApplication;
import no.marg.StubServer;
import no.marg.TestRecord;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Medication;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * The additions of the CDS Hooks 3.0 ballot, switched on; all other tests hold that they are off.
 */
@SpringBootTest(
    classes = MargApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "marg.evaluation-date=2026-02-15",
      "marg.cdshooks.ballot.versions=true",
      "marg.cdshooks.ballot.fhir-path-prefetch=true",
      "marg.cdshooks.ballot.action-selection=https://other.example,open-demo"
    })
class BallotHttpTest {
  private static final StubServer SERVER = start();
  private static final String KEY = "orderedMedications";

  @LocalServerPort private int port;
  private Http http;

  private static StubServer start() {
    try {
      return StubServer.start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @DynamicPropertySource
  static void allow(DynamicPropertyRegistry registry) {
    registry.add("marg.access.open-fhir-servers", () -> SERVER.base().toString());
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @BeforeEach
  void connect() {
    http = new Http(port);
    SERVER.forget();
  }

  @Test
  @Conforms("CH-14")
  void discoveryTellsTheVersionsOfTheSpecificationAndOfEachHook() {
    Map<String, String> versions = new TreeMap<>();
    for (JsonNode service : services()) {
      assertThat(service.get("version").asString()).isEqualTo("2.0.1");
      versions.put(service.get("hook").asString(), service.get("hookVersion").asString());
    }
    assertThat(versions)
        .isEqualTo(
            Map.of(
                "patient-view", "1.0",
                "order-select", "1.0",
                "order-sign", "1.1",
                "encounter-start", "1.0",
                "appointment-book", "1.0",
                "problem-list-item-create", "1.0"));
  }

  /** One template with FHIRPath; it builds on no other key, so that there can be no cycle. */
  @Test
  @Conforms("CH-20")
  void theDrugsOfOrdersAreAskedForByFhirPath() {
    for (JsonNode service : services()) {
      List<String> keys = new ArrayList<>(service.get("prefetch").propertyNames());
      if (service.get("hook").asString().startsWith("order-")) {
        assertThat(keys.get(keys.size() - 1)).isEqualTo(KEY);
        assertThat(service.get("prefetch").get(KEY).asString())
            .isEqualTo(
                "Medication?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest)"
                    + ".medication.resolve().ofType(Medication).id}}");
      } else {
        assertThat(keys).doesNotContain(KEY);
      }
    }
  }

  @Test
  @Conforms("CH-20")
  void aDrugInThePrefetchDecidesAboutItsOrder() {
    HookCall call = call(referring());
    call.prefetch().set(KEY, HookCall.json(StubServer.page(List.of(lenalidomide()), "")));
    assertThat(statements(cards(call))).contains("REN-2");
  }

  @Test
  @Conforms("CH-20")
  void aDrugThatWasNotSentIsReadFromTheRecord() {
    SERVER.answering(asked -> StubServer.Reply.of(StubServer.page(List.of(lenalidomide()), "")));
    HookCall call = call(referring());
    call.body().put("fhirServer", SERVER.base().toString());
    assertThat(statements(cards(call))).contains("REN-2");
    assertThat(SERVER.asked())
        .extracting(StubServer.Asked::query)
        .containsExactly("Medication?_id=m1,m2");
  }

  @Test
  @Conforms("CH-20")
  void aDrugThatCanNotBeReadIsSaidToBeUnknown() {
    JsonNode cards = cards(call(referring()));
    assertThat(statements(cards)).doesNotContain("REN-2");
    assertThat(cards.toString()).contains("legemidlene i ordinasjonene (ikke sendt)");
  }

  @Test
  @Conforms("CH-20")
  void whereNoOrderRefersToADrugNothingIsAskedAndNothingMissing() {
    HookCall call = call(List.of(record().draft("a", "L04AX04", "Lenalidomid", "25 mg")));
    call.body().put("fhirServer", SERVER.base().toString());
    JsonNode cards = cards(call);
    assertThat(statements(cards)).contains("REN-2");
    assertThat(cards.toString()).doesNotContain("legemidlene i ordinasjonene");
    assertThat(SERVER.asked()).isEmpty();
  }

  @Test
  @Conforms("CH-61")
  void aClientThatKnowsItIsToldThatActionsBelongTogether() {
    JsonNode cards = cards(call(List.of(record().draft("a", "L04AX04", "Lenalidomid", "25 mg"))));
    int suggestions = 0;
    for (JsonNode card : cards) {
      for (JsonNode suggestion : card.path("suggestions")) {
        suggestions++;
        assertThat(suggestion.get("actionSelectionBehavior").asString()).isEqualTo("all");
      }
    }
    assertThat(suggestions).isPositive();
  }

  private JsonNode services() {
    return http.get("/cds-services").json().get("services");
  }

  private static TestRecord record() {
    return TestRecord.of("p1", "1966-01-01").egfr("28 mL/min/{1.73_m2}");
  }

  private static Medication lenalidomide() {
    Medication medication = new Medication();
    medication.setId("m1");
    medication.setCode(
        record().draft("x", "L04AX04", "Lenalidomid", "25 mg").getMedicationCodeableConcept());
    return medication;
  }

  /** Lenalidomide as a resource of the record, twice, and one that no prefetch could name. */
  private static List<MedicationRequest> referring() {
    List<MedicationRequest> orders = new ArrayList<>();
    for (String reference :
        List.of("Medication/m1", "Medication/m1", "Medication/m2", "#inside", "urn:uuid:1")) {
      MedicationRequest order =
          record().draft("a" + orders.size(), "L04AX04", "Lenalidomid", "25 mg");
      order.setMedication(new Reference(reference));
      if (reference.startsWith("#")) {
        Medication inside = new Medication();
        inside.setId("inside");
        inside.setCode(new CodeableConcept().setText("Noe annet"));
        order.addContained(inside);
      }
      orders.add(order);
    }
    return orders;
  }

  private static HookCall call(List<? extends Resource> orders) {
    return HookCall.of("order-sign", "p1", record().resources()).drafts(orders);
  }

  private JsonNode cards(HookCall call) {
    Http.Answer answer = call.send(http);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().get("cards");
  }

  private static List<String> statements(JsonNode cards) {
    List<String> found = new ArrayList<>();
    for (JsonNode card : cards) {
      card.path("extension").path("no.marg.statements").forEach(each -> found.add(each.asString()));
    }
    return found;
  }
}
