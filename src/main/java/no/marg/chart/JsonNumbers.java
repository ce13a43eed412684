package no.marg.chart;

/**
 * Finds numbers that are a few characters long and gigabytes wide. Parsers write {@code
 * 1e999999999} out with all its zeros, so a request of fifty bytes could take all memory.
 */
public final class JsonNumbers {
  private static final int LARGEST_EXPONENT_DIGITS = 3;

  private JsonNumbers() {}

  /** Whether JSON holds a number with an exponent of more than three digits, outside of texts. */
  public static boolean hasHugeExponent(CharSequence json) {
    int length = json.length();
    for (int i = 1; i < length - LARGEST_EXPONENT_DIGITS; i++) {
      char c = json.charAt(i);
      if ((c == 'e' || c == 'E') && isHuge(json, i)) {
        return isInANumber(json);
      }
    }
    return false;
  }

  private static boolean isHuge(CharSequence json, int e) {
    char before = json.charAt(e - 1);
    if (!isDigit(before) && before != '.') {
      return false;
    }
    int from = e + 1;
    if (from < json.length() && (json.charAt(from) == '+' || json.charAt(from) == '-')) {
      from++;
    }
    int to = from;
    while (to < json.length() && isDigit(json.charAt(to))) {
      to++;
    }
    return to - from > LARGEST_EXPONENT_DIGITS;
  }

  /** The same, slower, with an eye on where texts begin and end. */
  private static boolean isInANumber(CharSequence json) {
    boolean inText = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"') {
        inText = !inText;
      } else if (c == '\\' && inText) {
        i++;
      } else if (!inText && i > 0 && (c == 'e' || c == 'E') && isHuge(json, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
