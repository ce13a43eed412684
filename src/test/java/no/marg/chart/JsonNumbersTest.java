package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that no memory holds are found, and texts that look like them are not. */
class JsonNumbersTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      textBlock =
          """
          {"value":1e999999999}             | true
          {"value":-1.5E+2147483647}        | true
          {"value":1e-99999}                | true
          [1E1000]                          | true
          {"a":"x\\\\","value":1e99999}     | true
          {"value":1e999}                   | false
          {"value":28.5}                    | false
          {"id":"1e99999"}                  | false
          {"id":"5\\"1e99999"}              | false
          {"id":"1e99999","value":1e5}      | false
          {"id":"1e99999","value":1e12345}  | true
          {"id":"ab-1e99999","v":-1e12345}  | true
          {"id":"ab-1e99999","v":12345}     | false
          [1,2.5e99999]                     | true
          [1, 2e99999]                      | true
          e12345                            | false
          """)
  void onlyNumbersAreFound(String json, boolean expected) {
    assertThat(JsonNumbers.hasHugeExponent(json.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(expected);
  }
}
