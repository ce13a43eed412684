package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CarePlan;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.CommunicationRequest;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DomainResource;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Meta;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The writer gives what HAPI gives, letter by letter. */
class ResourceWriterTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();
  private static final ResourceWriter WRITER = new ResourceWriter(FHIR);

  static List<Path> records() throws Exception {
    return RecordReaderTest.records().toList();
  }

  @ParameterizedTest
  @MethodSource("records")
  void writesEveryRecordAsHapiDoes(Path file) throws Exception {
    Resource read = (Resource) FHIR.newJsonParser().parseResource(Files.readString(file));
    List<Resource> all = new ArrayList<>(List.of(read));
    if (read instanceof Bundle bundle) {
      bundle.getEntry().forEach(entry -> all.add(entry.getResource()));
    }
    TreeSet<String> leftToHapi = new TreeSet<>();
    for (Resource resource : all) {
      same(resource);
      if (resource instanceof Bundle) {
        continue;
      }
      Resource order = resource.copy().setId((String) null);
      order.setMeta(null);
      if (order instanceof DomainResource narrated) {
        narrated.setText(null);
      }
      same(order);
      // The care plans of the demo have extensions.
      if (WRITER.writePlain(order) == null && !(order instanceof CarePlan)) {
        leftToHapi.add(resource.fhirType() + "/" + resource.getIdPart());
      }
    }
    // Otherwise the test would compare HAPI with itself.
    if (file.toString().contains("personas")) {
      assertThat(leftToHapi).isEmpty();
    }
  }

  @Test
  void writesAnOrderWithAllKindsOfValues() {
    MedicationRequest order = order();
    order
        .getDosageInstructionFirstRep()
        .setSequence(2)
        .setAsNeeded(new org.hl7.fhir.r4.model.BooleanType(false))
        .getTiming()
        .addEvent(new DateTimeType("2026-02-15").getValue())
        .getRepeat()
        .setFrequency(1)
        .setPeriod(new BigDecimal("4.0"))
        .addDayOfWeek(org.hl7.fhir.r4.model.Timing.DayOfWeek.MON);
    order
        .getDosageInstructionFirstRep()
        .addDoseAndRate()
        .setDose(new Quantity().setValue(new BigDecimal("0.060")).setUnit("\"mg\"/kg µ\n\u2028"));
    order.addInstantiatesCanonical("https://example.org/a|1");
    plain(order);
    plain(new CommunicationRequest().addPayload(payload()));
    plain(new ServiceRequest().setOccurrence(new DateTimeType("2026-02")));
    plain(new Patient());
  }

  @Test
  void leavesToHapiWhatIsNotPlain() {
    left(order().setId("draft-1"));
    left(order().setMeta(new Meta().setVersionId("3")));
    MedicationRequest extended = order();
    extended.addExtension("https://example.org/x", new CodeType("y"));
    left(extended);
    MedicationRequest modified = order();
    modified.addModifierExtension().setUrl("https://example.org/x").setValue(new CodeType("y"));
    left(modified);
    MedicationRequest words = order();
    words
        .getDosageInstructionFirstRep()
        .getTextElement()
        .addExtension("https://example.org/x", new StringType("y"));
    left(words);
    MedicationRequest onlyExtended = order();
    onlyExtended
        .getPriorityElement()
        .addExtension("https://example.org/x", new StringType("no value"));
    left(onlyExtended);
    MedicationRequest withElementId = order();
    withElementId.getDosageInstructionFirstRep().setId("d1");
    left(withElementId);
    MedicationRequest simple = order();
    simple
        .getDosageInstructionFirstRep()
        .addDoseAndRate()
        .setDose(new SimpleQuantity().setValue(1));
    same(simple);
    left(order().setSubject(new Reference("Patient/1/_history/2")));
    left(order().setSubject(new Reference("#p")));
    left(order().setSubject(new Reference(new Patient().addIdentifier(null).setActive(true))));
    MedicationRequest contained = order();
    contained.addContained(new Patient().setActive(true).setId("p"));
    contained.setSubject(new Reference("#p"));
    left(contained);
    MedicationRequest narrated = order();
    narrated.getText().setDivAsString("<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>");
    left(narrated);
    MedicationRequest huge = order();
    huge.getDosageInstructionFirstRep()
        .addDoseAndRate()
        .setDose(new Quantity().setValue(new BigDecimal("1E+3")));
    same(huge);
  }

  private static MedicationRequest order() {
    MedicationRequest order = new MedicationRequest();
    order
        .setStatus(MedicationRequest.MedicationRequestStatus.DRAFT)
        .setSubject(new Reference("Patient/1").setDisplay("Å"))
        .getMedicationCodeableConcept()
        .addCoding(new Coding("http://www.whocc.no/atc", "L04AX04", null));
    order.addDosageInstruction().setText("25 mg");
    return order;
  }

  private static CommunicationRequest.CommunicationRequestPayloadComponent payload() {
    return new CommunicationRequest.CommunicationRequestPayloadComponent()
        .setContent(new StringType("words"));
  }

  private static void plain(Resource resource) {
    assertThat(WRITER.writePlain(resource)).isEqualTo(byHapi(resource));
  }

  private static void left(Resource resource) {
    assertThat(WRITER.writePlain(resource)).isNull();
    same(resource);
  }

  private static void same(Resource resource) {
    assertThat(WRITER.write(resource)).isEqualTo(byHapi(resource));
  }

  private static String byHapi(Resource resource) {
    return FHIR.newJsonParser().encodeResourceToString(resource);
  }
}
