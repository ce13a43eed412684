package no.marg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.hl7.fhir.r4.model.Appointment;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/**
 * Every case of {@code src/test/resources/cases}: what a definition answers for a record. {@code
 * -Dcases=MMStaging} runs one library.
 */
class CqlCasesTest {
  private static final Path ROOT = Path.of("src/test/resources/cases");

  static Stream<CqlCase> cases() throws IOException {
    String only = System.getProperty("cases", "");
    List<CqlCase> cases = new ArrayList<>();
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        Path name = ROOT.relativize(file);
        if (name.getNameCount() == 1 || !name.toString().startsWith(only)) {
          continue;
        }
        Map<String, Object> content = new Yaml().load(Files.readString(file));
        cases.addAll(CqlCase.of(name.toString(), name.getName(0).toString(), content));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void answersAsTheCaseSays(CqlCase row) {
    Parameters answers = evaluate(row);
    row.expected()
        .forEach(
            (definition, expected) ->
                assertThat(read(answers, definition, expected))
                    .as(row.source() + " → " + definition)
                    .isEqualTo(normal(expected)));
  }

  /** Else a slip of the pen makes a row that says nothing of what was not read. */
  @Test
  void aCaseThatLeavesAKeyUnreadNamesOneThatIsRead() {
    Map<String, Object> row = new HashMap<>(Map.of("name", "typo", "unread", List.of("mmFact")));
    row.put("expect", null);
    assertThatThrownBy(
            () ->
                CqlCase.of("f.yaml", "MMData", Map.of("definition", "Age", "cases", List.of(row))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("f.yaml: typo: no service reads the key mmFact");
    row.put("unread", List.of("mmFacts"));
    assertThat(
            CqlCase.of("f.yaml", "MMData", Map.of("definition", "Age", "cases", List.of(row)))
                .get(0)
                .unread())
        .containsExactly("mmFacts");
  }

  static Parameters evaluate(CqlCase row) {
    return TestGuideline.ENGINE.evaluate(
        row.library(),
        List.copyOf(row.expected().keySet()),
        CaseRecord.chart(row),
        parameters(row));
  }

  @SuppressWarnings("unchecked")
  static Parameters parameters(CqlCase row) {
    Parameters parameters = new Parameters();
    Map<String, Object> given =
        (Map<String, Object>) row.record().getOrDefault("parameters", Map.of());
    given.forEach((name, value) -> parameters.addParameter().setName(name).setValue(type(value)));
    ((List<Map<String, Object>>) row.record().getOrDefault("booked", List.of()))
        .forEach(each -> booked(parameters, each));
    return parameters;
  }

  /** An appointment that is being booked. */
  private static void booked(Parameters parameters, Map<String, Object> given) {
    Appointment appointment = new Appointment();
    appointment.setStatus(
        Appointment.AppointmentStatus.fromCode(
            String.valueOf(given.getOrDefault("status", "proposed"))));
    if (given.containsKey("day")) {
      appointment.setStartElement(new InstantType(given.get("day") + "T09:00:00+01:00"));
    }
    Appointments.add(parameters, appointment);
  }

  private static Type type(Object value) {
    if (value instanceof Boolean yes) {
      return new BooleanType(yes);
    } else if (value instanceof Integer number) {
      return new IntegerType(number);
    } else if (value instanceof Double number) {
      return new DecimalType(BigDecimal.valueOf(number));
    } else if (value instanceof java.util.Date date) {
      return new org.hl7.fhir.r4.model.DateType(
          date.toInstant().atZone(java.time.ZoneOffset.UTC).toLocalDate().toString());
    }
    // A setting that is missing is left out of the row: null would become the text "null".
    return new org.hl7.fhir.r4.model.StringType(Objects.requireNonNull(value).toString());
  }

  /** The answer in the form the case writes; {@code error} when the definition failed. */
  private static Object read(Parameters answers, String definition, Object expected) {
    List<Object> values = new ArrayList<>();
    for (var parameter : answers.getParameter()) {
      if (!parameter.getName().equals(definition)) {
        continue;
      }
      Type value = parameter.getValue();
      if (value != null
          && value.getExtension().stream()
              .anyMatch(e -> e.getUrl().endsWith("data-absent-reason"))) {
        boolean failed =
            value.getExtension().stream()
                .anyMatch(e -> "error".equals(String.valueOf(e.getValue().primitiveValue())));
        values.add(failed ? "error" : null);
      } else if (value instanceof BooleanType flag && flag.getValue() == null) {
        return List.of();
      } else {
        values.add(plain(value, parameter));
      }
    }
    return expected instanceof List<?>
        ? (values.size() == 1 && values.get(0) == null ? null : values)
        : values.size() == 1 ? values.get(0) : values;
  }

  private static Object plain(Type value, Parameters.ParametersParameterComponent parameter) {
    if (value instanceof Quantity quantity) {
      return quantity.getValue().stripTrailingZeros().toPlainString() + " " + quantity.getCode();
    }
    if (value instanceof DecimalType decimal) {
      return decimal.getValue().stripTrailingZeros().toPlainString();
    }
    if (value instanceof PrimitiveType<?> primitive) {
      return primitive instanceof BooleanType || primitive instanceof IntegerType
          ? primitive.getValue()
          : primitive.getValueAsString();
    }
    if (value instanceof org.hl7.fhir.r4.model.Range range) {
      String low =
          range.hasLow() ? range.getLow().getValue().stripTrailingZeros().toPlainString() : "";
      String high =
          range.hasHigh() ? range.getHigh().getValue().stripTrailingZeros().toPlainString() : "";
      return low.equals(high) ? low : low + ".." + high;
    }
    return parameter.hasResource() ? parameter.getResource().fhirType() : String.valueOf(value);
  }

  private static Object normal(Object expected) {
    if (expected instanceof List<?> list) {
      return list.stream().map(CqlCasesTest::normal).toList();
    }
    if (expected instanceof Double number) {
      return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
    if (expected instanceof java.util.Date date) {
      return date.toInstant().atZone(java.time.ZoneOffset.UTC).toLocalDate().toString();
    }
    return expected;
  }
}
