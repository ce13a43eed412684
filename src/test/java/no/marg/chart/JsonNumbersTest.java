package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest(name = "{0} places further on")
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void foundWhereverTheyBegin(int places) {
    String before = " ".repeat(places);
    onlyNumbersAreFound(before + "[1e1000]", true);
    onlyNumbersAreFound(before + "[1e-1000]", true);
    onlyNumbersAreFound(before + "[1e999]", false);
    onlyNumbersAreFound(before + "[\"" + "7".repeat(9) + "\",1e1000]", true);
  }
}
