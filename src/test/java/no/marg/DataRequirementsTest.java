package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Library;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.StringType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Data requirements of plans made of plans, and results as a Bundle. */
@RunningMarg
class DataRequirementsTest {
  @LocalServerPort private int port;

  // A plan made of plans reads what they read.
  @ParameterizedTest
  @ValueSource(strings = {"mm-pathway", "mm-patient-view", "mm-order-sign", "mm-strategy-staging"})
  void aPlanMadeOfPlansReadsWhatTheyRead(String plan) {
    Library module =
        new Http(port)
            .get("/fhir/PlanDefinition/" + plan + "/$data-requirements")
            .as(Library.class);
    assertThat(module.getDataRequirement()).isNotEmpty();
  }

  // A collection wants a url for each entry, and each once.
  @Test
  void theEntriesOfAnR5ResultHaveTheirUrlAndStandOnce() {
    TestRecord patient =
        TestRecord.of("p1", "1966-01-01")
            .weight("70 kg")
            .height("175 cm")
            .egfr("90 mL/min/{1.73_m2}");
    Parameters cycle = new Parameters();
    cycle.addParameter().setName("CycleStart").setValue(new DateType("2026-03-02"));
    cycle.addParameter().setName("CycleNumber").setValue(new IntegerType(1));
    Parameters call = new Parameters();
    call.addParameter().setName("subject").setValue(new StringType("Patient/p1"));
    call.addParameter().setName("data").setResource(patient.bundle());
    call.addParameter().setName("parameters").setResource(cycle);
    Http.Answer answer = new Http(port).post("/fhir/PlanDefinition/vrd-induction/$r5.apply", call);
    Bundle bundle = answer.as(Bundle.class);
    assertThat(bundle.getEntry()).allMatch(Bundle.BundleEntryComponent::hasFullUrl);
    assertThat(answer.body().split("\"resourceType\":\"Goal\"")).hasSize(2);
  }
}
