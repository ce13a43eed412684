package no.marg.cdshooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import no.marg.Conforms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplatesTest {
  private static HookRequest request(String patient, String user) {
    return new HookRequest(
        "patient-view",
        "i",
        patient,
        user,
        null,
        Map.of(),
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        null);
  }

  @ParameterizedTest
  @CsvSource({"a&b=c, a%26b%3Dc", "a/b, a%2Fb", "a|b, a%7Cb", "a b, a%20b", "a#?, a%23%3F"})
  @Conforms("CH-48")
  void nothingInAValueCanEndIt(String id, String encoded) {
    assertThat(
            Templates.fill(
                "Condition?patient={{context.patientId}}&_count=1", request(id, "Practitioner/d")))
        .isEqualTo("Condition?patient=" + encoded + "&_count=1");
  }

  @Test
  @Conforms("CH-18")
  void aTokenWithoutValueGivesNoQuery() {
    HookRequest request = request("p", "PractitionerRole/r");
    assertThat(Templates.fill("PractitionerRole/{{userPractitionerRoleId}}", request))
        .isEqualTo("PractitionerRole/r");
    assertThat(Templates.fill("Practitioner/{{userPractitionerId}}", request)).isNull();
    assertThat(Templates.fill("Encounter/{{context.encounterId}}", request)).isNull();
    assertThat(Templates.fill("X?a={{context.draftOrders.entry}}", request)).isNull();
  }
}
