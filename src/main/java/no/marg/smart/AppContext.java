package no.marg.smart;

import org.jspecify.annotations.Nullable;

/** What the link of a card carries to the app: the id of a finding, nothing else. */
final class AppContext {
  private AppContext() {}

  /**
   * The id, or null if the text is not one. It has travelled through the browser and the record, so
   * anything that does not look like an id is left out.
   */
  static @Nullable String checked(@Nullable String text) {
    return text != null && text.matches("[A-Za-z0-9-]{1,64}") ? text : null;
  }
}
