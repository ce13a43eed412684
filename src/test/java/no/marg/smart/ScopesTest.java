package no.marg.smart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import no.marg.Conforms;
import no.marg.TestGuideline;
import no.marg.knowledge.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScopesTest {
  @ParameterizedTest
  @CsvSource({
    // granted, type, reading, writing
    "patient/Observation.rs, Observation, ALL, false",
    "patient/Observation.cruds, Observation, ALL, true",
    "patient/Observation.r, Observation, NONE, false",
    "patient/Observation.s, Observation, NONE, false",
    "patient/Patient.r, Patient, ALL, false",
    "patient/Patient.s, Patient, NONE, false",
    "patient/Observation.c, Observation, NONE, true",
    "patient/*.rs, Observation, ALL, false",
    "patient/*.read, Observation, ALL, false",
    "patient/*.*, Observation, ALL, true",
    "patient/Observation.write, Observation, NONE, true",
    "user/Observation.rs, Observation, ALL, false",
    "system/Observation.rs, Observation, NONE, false",
    "patient/Observation.rs, Condition, NONE, false",
    "patient/Observation.rs?category=laboratory, Observation, PART, false",
    "patient/Observation.c?category=laboratory, Observation, NONE, false",
    "patient/Observation.rs?category=x patient/Observation.rs, Observation, ALL, false",
    "patient/observation.rs, Observation, NONE, false",
    "patient/Observation, Observation, NONE, false",
    "'', Observation, NONE, false"
  })
  @Conforms("SM-11")
  void whatIsGrantedCanBeDone(String scope, String type, Scopes.Reading reading, boolean writing) {
    Scopes scopes = Scopes.of(scope);

    assertThat(scopes.reading(type)).isEqualTo(reading);
    assertThat(scopes.canRead(type)).isEqualTo(reading != Scopes.Reading.NONE);
    assertThat(scopes.canWrite(type)).isEqualTo(writing);
  }

  @Test
  @Conforms("SM-10")
  void noMoreIsAskedForThanTheRulesRead() {
    Set<String> read = new TreeSet<>();
    for (Service service : TestGuideline.GUIDELINE.services().values()) {
      service.prefetch().values().forEach(query -> read.add(query.split("[/?]")[0]));
    }
    read.remove("Patient");

    assertThat(ScopeWish.TYPES).containsExactlyElementsOf(read);
  }
}
