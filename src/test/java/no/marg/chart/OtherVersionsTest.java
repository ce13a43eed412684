package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import java.util.Set;
import no.marg.TestGuideline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OtherVersionsTest {
  private static final FhirContext R4 = TestGuideline.FHIR;
  private static final FhirContext STU3 = FhirContext.forDstu3Cached();
  private static final FhirContext R5 = FhirContext.forR5Cached();

  /** The lists against the models of the versions. */
  @Test
  void whatIsListedIsInItsVersionAndNotInR4() {
    OtherVersions.ELEMENTS.forEach(
        (type, elements) ->
            elements.forEach(
                (path, version) -> {
                  assertThat(has(R4, type, path)).as(type + "." + path + " in R4").isFalse();
                  assertThat(has(version.equals("R5") ? R5 : STU3, type, path))
                      .as(type + "." + path + " in " + version)
                      .isTrue();
                }));
    OtherVersions.CODES.forEach(
        (type, elements) ->
            elements.forEach(
                element -> {
                  assertThat(kind(R4, type, element)).isEqualTo("CodeableConcept");
                  assertThat(kind(STU3, type, element)).isEqualTo("code");
                }));
  }

  @Test
  void theTypesListedAreNoneOfR4() {
    Set<String> types = R4.getResourceTypes();
    assertThat(OtherVersions.TYPES.keySet()).isNotEmpty().doesNotContainAnyElementsOf(types);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'resourceType':'MedicationRequest','medication':{'concept':{'text':'x'}}}",
        "{'resourceType':'MedicationRequest','dosageInstruction':[{'text':'a'},{'doseQuantity':{}}]}",
        "{'resourceType':'Bundle','entry':[{},{'resource':{'resourceType':'MedicationUsage'}}]}",
        "{'resourceType':'Patient','contained':[{'resourceType':'Condition','clinicalStatus':'active'}]}",
        "{'resourceType':'ServiceRequest','code':{'concept':{'text':'x'}}}"
      })
  void aResourceOfAnotherVersionIsRefused(String json) {
    assertThatThrownBy(() -> new RecordReader(R4).readByHapi(json.replace('\'', '"')))
        .isInstanceOf(OtherVersionException.class)
        .hasMessageContaining("this service reads R4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'resourceType':'Condition','clinicalStatus':{'text':'active'},'note':[{'text':'reason:'}]}",
        "{'resourceType':'MedicationStatement','context':{'reference':'Encounter/1'}}",
        "{'resourceType':'MedicationRequest','comment':'of a client','ours':{'medication':1}}",
        "{'resourceType':'CodeSystem','date':'2026-01-01','concept':[{'code':'a'}]}"
      })
  void aResourceOfR4IsReadWithWhateverAClientAdds(String json) {
    assertThat(new RecordReader(R4).readByHapi(json.replace('\'', '"'))).isNotNull();
  }

  private static String kind(FhirContext version, String type, String element) {
    return version
        .getResourceDefinition(type)
        .getChildByName(element)
        .getChildByName(element)
        .getName();
  }

  private static boolean has(FhirContext version, String type, String path) {
    BaseRuntimeElementDefinition<?> at = version.getResourceDefinition(type);
    for (String name : path.split("\\.")) {
      var child =
          at instanceof BaseRuntimeElementCompositeDefinition<?> composite
              ? composite.getChildByName(name)
              : null;
      if (child == null) {
        return false;
      }
      at = child.getChildByName(name);
    }
    return true;
  }
}
