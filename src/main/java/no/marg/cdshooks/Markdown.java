package no.marg.cdshooks;

/** Keeps text from records text: nothing in it becomes markup. */
final class Markdown {
  private Markdown() {}

  /** The text with every character that markdown or HTML could read as markup made harmless. */
  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 8);
    // A bare www. becomes a link in GitHub Flavored Markdown.
    text.replace("www.", "www .")
        .codePoints()
        .limit(200)
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                safe.append(' ');
              } else if (c == '<') {
                safe.append("&lt;");
              } else if (c == '>') {
                safe.append("&gt;");
              } else if (c == '&') {
                safe.append("&amp;");
              } else {
                if ("\\`*_{}[]#|~:@".indexOf(c) >= 0 && c < 128) {
                  safe.append('\\');
                }
                safe.appendCodePoint(c);
              }
            });
    return safe.toString();
  }
}
