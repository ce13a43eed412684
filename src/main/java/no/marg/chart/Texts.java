package no.marg.chart;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * The texts of one record, each made once where it can be: addresses of code systems, codes and
 * units stand in it hundreds of times, and their hash is then known as well. Never more than a few,
 * and for one reading only.
 */
final class Texts {
  private static final int PLACES = 256;
  private static final int LONGEST = 64;

  private final @Nullable String[] known = new String[PLACES];

  /** The text of the string that the parser stands on. */
  String of(JsonParser parser) {
    int length = parser.getStringLength();
    if (length > LONGEST) {
      return parser.getString();
    }
    char[] chars = parser.getStringCharacters();
    int offset = parser.getStringOffset();
    int place = place(chars, offset, length);
    String there = known[place];
    if (there != null && isSame(there, chars, offset, length)) {
      return there;
    }
    String text = new String(chars, offset, length);
    known[place] = text;
    return text;
  }

  /** Of every character of a short text, and of every second or more of a long one. */
  private static int place(char[] chars, int offset, int length) {
    int hash = length;
    int step = 1 + length / 16;
    for (int i = offset + length - 1; i >= offset; i -= step) {
      hash = 31 * hash + chars[i];
    }
    return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (PLACES - 1);
  }

  private static boolean isSame(String text, char[] chars, int offset, int length) {
    if (text.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) != chars[offset + i]) {
        return false;
      }
    }
    return true;
  }
}
