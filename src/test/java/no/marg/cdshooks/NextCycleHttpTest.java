package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import no.marg.Conforms;
import no.marg.HookCall;
import no.marg.Http;
import no.marg.RunningMarg;
import no.marg.TestGuideline;
import no.marg.TestRecord;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** Order entry: the whole next cycle in one suggestion, or in none and the reason named. */
@RunningMarg
class NextCycleHttpTest {
  @LocalServerPort private int port;

  @Test
  void aFirstCallWithoutOrdersOffersTheRecommendedRegimen() throws IOException {
    JsonNode answer = select("new-myeloma-58", record("new-myeloma-58"), List.of());
    JsonNode card = card(answer);
    assertThat(card.get("summary").asString()).startsWith("VRd: neste kur");
    JsonNode suggestion = card.get("suggestions").get(0);
    List<String> texts = new ArrayList<>();
    for (JsonNode action : suggestion.get("actions")) {
      assertThat(action.get("type").asString()).isEqualTo("create");
      MedicationRequest order =
          TestGuideline.FHIR
              .newJsonParser()
              .parseResource(MedicationRequest.class, action.get("resource").toString());
      assertThat(order.getStatus().toCode()).isEqualTo("draft");
      assertThat(order.getDosageInstructionFirstRep().hasDoseAndRate()).isTrue();
      texts.add(order.getMedicationCodeableConcept().getText());
    }
    assertThat(texts)
        .containsExactly(
            "bortezomib", "lenalidomid", "deksametason", "valaciklovir", "acetylsalisylsyre");
  }

  @Test
  @Conforms("CH-68")
  void whoCanNotTakeTheSuggestionReadsEachOrderOnTheCard() throws IOException {
    for (String patient : List.of("new-myeloma-58", "first-relapse")) {
      for (String language : List.of("nb", "en")) {
        JsonNode card =
            card(
                HookCall.of("order-select", patient, record(patient))
                    .drafts(List.of())
                    .send(new Http(port), "Accept-Language", language)
                    .json());
        String detail = card.get("detail").asString();
        assertThat(detail)
            .contains(language.equals("nb") ? "**For hånd:** Bestill" : "**By hand:** Order");
        for (JsonNode suggestion : card.get("suggestions")) {
          for (JsonNode action : suggestion.get("actions")) {
            for (JsonNode dosage : action.get("resource").get("dosageInstruction")) {
              assertThat(detail).contains(dosage.get("text").asString());
            }
          }
        }
      }
    }
  }

  @Test
  void whyARegimenIsOfferedStandsOnTheSameCard() throws IOException {
    JsonNode first = card(select("new-myeloma-58", record("new-myeloma-58"), List.of()));
    assertThat(first.get("detail").asString())
        .contains("Hvorfor VRd: førstevalg som induksjon før HMAS")
        .contains("L1-IND-1");
  }

  @Test
  void severalRegimensComeInTheirOrderEachWithItsOwnSuggestion() throws IOException {
    JsonNode card = card(select("first-relapse", record("first-relapse"), List.of()));
    assertThat(card.get("summary").asString()).startsWith("BVd");
    assertThat(labels(card))
        .containsExactly("Bestill hele kuren: BVd", "Bestill hele kuren: Isa-Kd");
    assertThat(card.get("selectionBehavior").asString()).isEqualTo("at-most-one");
    assertThat(card.get("suggestions").valueStream())
        .as("the guideline does not rank them")
        .noneMatch(suggestion -> suggestion.path("isRecommended").asBoolean(false));
    assertThat(card.get("detail").asString()).contains("Øyelegeundersøkelse før første dose");
  }

  @Test
  void aCycleInWhichADoseIsMissingIsOfferedInNoPart() throws IOException {
    List<Resource> record = new ArrayList<>(record("new-myeloma-58"));
    record.removeIf(each -> each instanceof Observation o && hasCode(o, "29463-7"));
    JsonNode card = card(select("new-myeloma-58", record, List.of()));
    assertThat(labels(card)).isEmpty();
    assertThat(card.get("detail").asString())
        .contains("kan ikke bestilles samlet")
        .contains("Bortezomib: dosen kan ikke beregnes. Mangler: kroppsvekt");
  }

  @Test
  void aCycleThatMustNotBeGivenNowIsOfferedInNoPart() throws IOException {
    List<Resource> record = new ArrayList<>(record("first-relapse"));
    TestRecord.of("first-relapse", "1959-05-14")
        .factToday("eye-symptoms", true)
        .resources()
        .stream()
        .filter(Observation.class::isInstance)
        .forEach(record::add);
    JsonNode card = card(select("first-relapse", record, List.of()));
    assertThat(labels(card)).containsExactly("Bestill hele kuren: Isa-Kd");
    assertThat(card.get("detail").asString())
        .contains("Bestill hele kuren: BVd** – kan ikke bestilles samlet")
        .contains("Øyesymptomer: hold belantamab mafodotin tilbake");
  }

  @Test
  void aDoseThatWasReducedAndADrugThatWasStoppedAreNotUndone() throws IOException {
    List<Resource> record = new ArrayList<>(record("on-vrd-cycle-2"));
    JsonNode whole = card(select("on-vrd-cycle-2", record, List.of()));
    assertThat(labels(whole)).containsExactly("Bestill hele kuren: VRd");
    assertThat(whole.get("detail").asString())
        .contains("en dosereduksjon som ikke står i journalen er ikke tatt hensyn til");
    record.replaceAll(Resource::copy);
    for (Resource each : record) {
      if (each instanceof MedicationRequest order && has(order, "L04AX04")) {
        order
            .getDosageInstructionFirstRep()
            .getDoseAndRateFirstRep()
            .getDoseQuantity()
            .setValue(10);
      } else if (each instanceof MedicationRequest order && has(order, "H02AB02")) {
        order.setStatus(MedicationRequest.MedicationRequestStatus.STOPPED);
      }
    }
    JsonNode card = card(select("on-vrd-cycle-2", record, List.of()));
    assertThat(labels(card)).isEmpty();
    assertThat(card.get("detail").asString())
        .contains("kan ikke bestilles samlet")
        .contains(
            "lenalidomid gis i 10 mg (tabell 25 mg), deksametason er stoppet eller satt på pause");
    JsonNode english =
        card(
            HookCall.of("order-select", "on-vrd-cycle-2", record)
                .drafts(List.of())
                .send(new Http(port), "Accept-Language", "en")
                .json());
    assertThat(english.get("detail").asString())
        .contains("lenalidomide is given at 10 mg (table 25 mg), dexamethasone is stopped or on");
  }

  private static boolean has(MedicationRequest order, String atc) {
    return order.getMedicationCodeableConcept().getCoding().stream()
        .anyMatch(coding -> atc.equals(coding.getCode()));
  }

  @Test
  void theNotesOfACycleAreInTheLanguageAskedFor() throws IOException {
    List<Resource> record = record("first-relapse");
    JsonNode answer =
        HookCall.of("order-select", "first-relapse", record)
            .drafts(List.of())
            .send(new Http(port), "Accept-Language", "en")
            .json();
    assertThat(card(answer).get("detail").asString())
        .contains("Eye examination before the first dose")
        .doesNotContain("Øyelege");
  }

  @Test
  void theOrdersOfACycleAreInTheLanguageAskedForAndInNoOther() throws IOException {
    String norwegian =
        card(select("new-myeloma-58", record("new-myeloma-58"), List.of()))
            .get("suggestions")
            .toString();
    assertThat(norwegian)
        .contains("Lenalidomid 25 mg peroralt én gang daglig dag 1-21", "subkutant")
        .doesNotContain("translation", "StructureDefinition/english");
    String english =
        card(HookCall.of("order-select", "new-myeloma-58", record("new-myeloma-58"))
                .drafts(List.of())
                .send(new Http(port), "Accept-Language", "en")
                .json())
            .get("suggestions")
            .toString();
    assertThat(english)
        .contains("Lenalidomide 25 mg by mouth once daily on days 1-21", "subcutaneous")
        .contains("\"lenalidomide\"", "Body surface", "height")
        .doesNotContain("translation", "StructureDefinition/english", "dag 1", "Kroppsoverflate");
  }

  @Test
  void draftsOfTheSameDrugsAreTakenBackWithTheWholeCycle() throws IOException {
    TestRecord writer = TestRecord.of("new-myeloma-58", "1967-10-08");
    JsonNode card =
        card(
            select(
                "new-myeloma-58",
                record("new-myeloma-58"),
                List.of(
                    writer.draft("d1", "L04AX04", "Lenalidomid", "25 mg"),
                    writer.draft("d2", "J05AB11", "Valaciklovir", "250 mg"),
                    writer.draft("d3", "N02BE01", "Paracetamol", "1000 mg"))));
    assertThat(labels(card)).containsExactly("Bestill hele kuren: VRd");
    List<String> deleted = new ArrayList<>();
    List<String> created = new ArrayList<>();
    for (JsonNode action : card.get("suggestions").get(0).get("actions")) {
      if (action.get("type").asString().equals("delete")) {
        deleted.add(action.get("resourceId").asString());
        assertThat(action.get("description").asString()).isEqualTo("Slett utkastet av lenalidomid");
      } else {
        created.add(action.get("resource").get("medicationCodeableConcept").get("text").asString());
      }
    }
    assertThat(deleted).containsExactly("MedicationRequest/d1");
    assertThat(created)
        .containsExactly("bortezomib", "lenalidomid", "deksametason", "acetylsalisylsyre");
    assertThat(card.get("detail").asString())
        .contains("Utkast som står her fra før, slettes samtidig: lenalidomid")
        .contains("Står i utkastene fra før og bestilles ikke på nytt: valaciklovir");
  }

  @Test
  void aDraftThatIsNotSelectedIsTakenBackAllTheSame() throws IOException {
    TestRecord writer = TestRecord.of("new-myeloma-58", "1967-10-08");
    HookCall call =
        HookCall.of("order-select", "new-myeloma-58", record("new-myeloma-58"))
            .drafts(
                List.of(
                    writer.draft("d1", "L04AX04", "Lenalidomid", "25 mg"),
                    writer.draft("d2", "L01XG01", "Bortezomib", "2.4 mg")));
    call.context().putArray("selections").add("MedicationRequest/d2");
    assertThat(
            card(call.send(new Http(port)).json())
                .get("suggestions")
                .get(0)
                .get("actions")
                .valueStream()
                .filter(action -> action.get("type").asString().equals("delete"))
                .map(action -> action.get("resourceId").asString()))
        .containsExactlyInAnyOrder("MedicationRequest/d1", "MedicationRequest/d2");
  }

  @Test
  void theDayBeforeAPlannedLineItsFirstCycleIsOfferedFromItsFirstDay() throws IOException {
    CarePlan plan = new CarePlan();
    plan.setId("planned");
    plan.setSubject(new Reference("Patient/new-myeloma-58"));
    plan.setStatus(CarePlan.CarePlanStatus.ACTIVE);
    plan.setIntent(CarePlan.CarePlanIntent.PLAN);
    plan.addCategory().addCoding().setSystem(Guideline.FACTS).setCode("treatment-line");
    plan.getPeriod().setStartElement(new DateTimeType("2026-02-16"));
    plan.addInstantiatesCanonical(Guideline.BASE + "/PlanDefinition/dara-vrd-induction");
    List<Resource> record = new ArrayList<>(record("new-myeloma-58"));
    record.add(plan);
    JsonNode card = card(select("new-myeloma-58", record, List.of()));
    assertThat(labels(card)).contains("Bestill hele kuren: Dara-VRd");
    for (JsonNode suggestion : card.get("suggestions")) {
      String first =
          suggestion.get("label").asString().endsWith("Dara-VRd") ? "2026-02-16" : "2026-02-15";
      assertThat(suggestion.get("actions").get(0).get("resource").toString()).contains(first);
    }
  }

  @Test
  void orderingSomethingElseIsNoOccasion() throws IOException {
    TestRecord writer = TestRecord.of("new-myeloma-58", "1967-10-08");
    JsonNode answer =
        select(
            "new-myeloma-58",
            record("new-myeloma-58"),
            List.of(writer.draft("d1", "N02BE01", "Paracetamol", "1000 mg")));
    assertThat(answer.get("cards").valueStream())
        .noneMatch(each -> each.get("summary").asString().contains("neste kur"));
  }

  @Test
  void whoOrdersIsaKdReadsItsTable() throws IOException {
    TestRecord writer = TestRecord.of("first-relapse", "1959-05-14");
    JsonNode answer =
        select(
            "first-relapse",
            record("first-relapse"),
            List.of(
                writer.draft("d1", "L01FC02", "Isatuximab", "700 mg"),
                writer.draft("d2", "L01XG02", "Karfilzomib", "36 mg")));
    assertThat(answer.get("cards").toString())
        .contains("Isa-Kd: 28-dagers kurer til progresjon", "deretter 70 mg/m²");
  }

  @Test
  void whoOrdersBPdReadsItsTable() throws IOException {
    TestRecord writer = TestRecord.of("first-relapse", "1959-05-14");
    JsonNode answer =
        select(
            "first-relapse",
            record("first-relapse"),
            List.of(
                writer.draft("d1", "L01FX15", "Belantamab mafodotin", "175 mg"),
                writer.draft("d2", "L04AX06", "Pomalidomid", "4 mg")));
    assertThat(answer.get("cards").toString())
        .contains("BPd er ordinert: belantamab, pomalidomid og deksametason");
  }

  @Test
  void aDoseTenTimesTooHighIsCriticalAndNamesItsOrder() throws IOException {
    TestRecord writer = TestRecord.of("new-myeloma-58", "1967-10-08");
    JsonNode answer =
        HookCall.of("order-sign", "new-myeloma-58", record("new-myeloma-58"))
            .drafts(
                List.of(
                    writer.draft("d1", "L04AX04", "Lenalidomid", "250 mg"),
                    writer.draft("d2", "L01XX52", "Venetoklaks", "400 mg")))
            .send(new Http(port))
            .json();
    JsonNode first = answer.get("cards").get(0);
    assertThat(first.get("indicator").asString()).isEqualTo("critical");
    assertThat(first.get("summary").asString()).contains("høyere enn tabellens dose");
    assertThat(first.get("detail").asString())
        .contains("Lenalidomid, 250 mg daglig")
        .doesNotContain("Venetoklaks, 400 mg");
  }

  private JsonNode select(String persona, List<Resource> record, List<Resource> drafts) {
    HookCall call = HookCall.of("order-select", persona, record).drafts(drafts);
    Http.Answer answer = call.send(new Http(port));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    CardRules.check(call.body(), answer.json());
    return answer.json();
  }

  /** The card that offers cycles; it says so in its topic's statements. */
  private static JsonNode card(JsonNode answer) {
    return answer
        .get("cards")
        .valueStream()
        .filter(each -> each.get("summary").asString().matches(".*(neste kur|next cycle).*"))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> labels(JsonNode card) {
    return card.path("suggestions")
        .valueStream()
        .map(suggestion -> suggestion.get("label").asString())
        .toList();
  }

  private static boolean hasCode(Observation observation, String code) {
    return observation.getCode().getCoding().stream().anyMatch(c -> code.equals(c.getCode()));
  }

  private static List<Resource> record(String persona) throws IOException {
    try (InputStream in =
        NextCycleHttpTest.class.getResourceAsStream("/demo/personas/" + persona + ".json")) {
      return TestGuideline.FHIR.newJsonParser().parseResource(Bundle.class, in).getEntry().stream()
          .map(Bundle.BundleEntryComponent::getResource)
          .toList();
    }
  }
}
