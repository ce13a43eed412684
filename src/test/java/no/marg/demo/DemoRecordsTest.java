package no.marg.demo;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoRecordsTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();
  private static final LocalDate LATER = LocalDate.of(2026, 11, 24);
  private static final DemoRecords WRITTEN = DemoRecords.load(FHIR, DateShift.WRITTEN_FOR);
  private static final DemoRecords MOVED = DemoRecords.load(FHIR, LATER);

  @Test
  void everyPersonaOfTheIndexIsAPatientOnRecord() {
    List<String> listed =
        JsonMapper.builder()
            .build()
            .readTree(WRITTEN.index())
            .valueStream()
            .map(persona -> persona.get("id").asString())
            .toList();
    assertThat(listed).hasSizeGreaterThanOrEqualTo(8).doesNotHaveDuplicates();
    assertThat(WRITTEN.all("Patient")).extracting(DemoEntry::id).hasSameElementsAs(listed);
  }

  @Test
  void nothingIsLostOrChangedOnTheDayTheRecordsWereWrittenFor() throws Exception {
    JsonMapper json = JsonMapper.builder().build();
    IParser parser = FHIR.newJsonParser();
    for (DemoEntry patient : WRITTEN.all("Patient")) {
      JsonNode file =
          json.readTree(
              new ClassPathResource("demo/personas/" + patient.id() + ".json")
                  .getContentAsString(StandardCharsets.UTF_8));
      for (JsonNode entry : file.get("entry")) {
        JsonNode resource = entry.get("resource");
        String type = resource.get("resourceType").asString();
        String served =
            parser.encodeResourceToString(
                WRITTEN.find(type, resource.get("id").asString()).orElseThrow());
        assertThat(json.readTree(served)).as(entry.get("fullUrl").asString()).isEqualTo(resource);
      }
    }
  }

  @Test
  void everyResourceBelongsToAPersona() {
    List<String> patients = WRITTEN.all("Patient").stream().map(DemoEntry::id).toList();
    for (String type : WRITTEN.types()) {
      assertThat(WRITTEN.all(type)).as(type).extracting(DemoEntry::patient).isSubsetOf(patients);
    }
  }

  /** A server of another make refuses a record with other ids. */
  @Test
  void everyIdIsOneOfFhir() {
    for (String type : WRITTEN.types()) {
      assertThat(WRITTEN.all(type))
          .extracting(DemoEntry::id)
          .allMatch(id -> id.matches("[A-Za-z0-9.\\-]{1,64}"), "[A-Za-z0-9.-]{1,64}");
    }
  }

  @Test
  void resultsAndBirthDatesMoveTogether() {
    Observation before = (Observation) haemoglobin(WRITTEN);
    Observation after = (Observation) haemoglobin(MOVED);
    assertThat(before.getEffectiveDateTimeType().getValueAsString())
        .isEqualTo("2026-02-13T08:15:00+01:00");
    assertThat(after.getEffectiveDateTimeType().getValueAsString())
        .isEqualTo("2026-11-22T08:15:00+01:00");
    Patient patient = (Patient) MOVED.find("Patient", "renal-failure").orElseThrow();
    assertThat(patient.getBirthDateElement().getValueAsString()).isEqualTo("1960-09-11");
  }

  private static Resource haemoglobin(DemoRecords records) {
    return records.find("Observation", "renal-failure-hb-2026-02-13").orElseThrow();
  }

  @Test
  void draftOrdersAreNamedAfterTheirDrugsAndMoveToo() {
    DemoRecords.Order order = MOVED.order("renal-failure-lenalidomide-25").orElseThrow();
    assertThat(order.patient()).isEqualTo("renal-failure");
    assertThat(order.title()).isEqualTo("Lenalidomid 25 mg");
    Bundle bundle = order.bundle();
    MedicationRequest request = (MedicationRequest) bundle.getEntryFirstRep().getResource();
    assertThat(request.getAuthoredOnElement().getValueAsString())
        .isEqualTo("2026-11-24T10:00:00+01:00");
    assertThat(MOVED.orders())
        .allSatisfy(each -> assertThat(MOVED.find("Patient", each.patient())).isPresent());
  }
}
