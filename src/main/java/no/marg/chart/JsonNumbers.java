package no.marg.chart;

/**
 * Finds numbers that are a few characters long and gigabytes wide. Parsers write {@code
 * 1e999999999} out with all its zeros, so a request of fifty bytes could take all memory.
 */
public final class JsonNumbers {
  private static final int LARGEST_EXPONENT_DIGITS = 3;

  private JsonNumbers() {}

  /**
   * Whether JSON holds a number with an exponent of more than three digits, outside of texts.
   *
   * @param json UTF-8, or another encoding that writes digits and signs as ASCII does
   */
  public static boolean hasHugeExponent(byte[] json) {
    // The digits of such an exponent reach over one of these places, wherever they begin.
    for (int i = 0; i < json.length; i += LARGEST_EXPONENT_DIGITS + 1) {
      if (isDigit(json[i])) {
        int from = i;
        while (from > 0 && isDigit(json[from - 1])) {
          from--;
        }
        while (i < json.length && isDigit(json[i])) {
          i++;
        }
        int e = from > 0 && (json[from - 1] == '+' || json[from - 1] == '-') ? from - 2 : from - 1;
        if (e > 0 && isE(json[e]) && isHuge(json, e) && mayBeginANumber(json, e)) {
          return isInANumber(json);
        }
      }
    }
    return false;
  }

  private static boolean isHuge(byte[] json, int e) {
    if (!isDigit(json[e - 1]) && json[e - 1] != '.') {
      return false;
    }
    int from = e + 1;
    if (from < json.length && (json[from] == '+' || json[from] == '-')) {
      from++;
    }
    int to = from;
    while (to < json.length && isDigit(json[to])) {
      to++;
    }
    return to - from > LARGEST_EXPONENT_DIGITS;
  }

  /** Whether what stands before the digits can stand before a number; in most ids it can not. */
  private static boolean mayBeginANumber(byte[] json, int e) {
    int first = e;
    while (first > 0 && (isDigit(json[first - 1]) || json[first - 1] == '.')) {
      first--;
    }
    if (first > 0 && json[first - 1] == '-') {
      first--;
    }
    return first == 0 || " \t\r\n:[,".indexOf(json[first - 1]) >= 0;
  }

  /** The same, slower, with an eye on where texts begin and end. */
  private static boolean isInANumber(byte[] json) {
    boolean inText = false;
    for (int i = 0; i < json.length; i++) {
      byte c = json[i];
      if (c == '"') {
        inText = !inText;
      } else if (c == '\\' && inText) {
        i++;
      } else if (!inText && i > 0 && isE(c) && isHuge(json, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isE(byte c) {
    return c == 'e' || c == 'E';
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }
}
