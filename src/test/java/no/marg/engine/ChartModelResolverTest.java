package no.marg.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.time.OffsetDateTime;
import java.util.Objects;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.InstantType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opencds.cqf.cql.engine.runtime.DateTime;

/** The usual form of a time is read by hand; it must mean what any other form means. */
class ChartModelResolverTest {
  private final ChartModelResolver resolver = ChartModelResolver.of(FhirContext.forR4Cached());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-02-15T08:30:00+01:00",
        "2026-12-01T23:59:59-03:30",
        "2024-02-29T00:00:00Z",
        "2026-02-15T08:30:00+00:00",
        "2026-02-15T08:30:00.123+14:00",
        "2026-02-15T08:30:00.5Z"
      })
  void aTimeIsWhatItsTextSays(String text) {
    OffsetDateTime expected = OffsetDateTime.parse(text);
    assertThat(time(new DateTimeType(text))).isEqualTo(expected).hasToString(expected.toString());
    assertThat(time(new InstantType(text))).isEqualTo(expected).hasToString(expected.toString());
  }

  private OffsetDateTime time(Object element) {
    DateTime read = (DateTime) Objects.requireNonNull(resolver.resolvePath(element, "value"));
    return Objects.requireNonNull(read.getDateTime());
  }
}
