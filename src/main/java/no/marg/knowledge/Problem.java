package no.marg.knowledge;

/**
 * One thing that is wrong with the guideline's artifacts.
 *
 * @param file the artifact's file, relative to the root of the artifacts
 * @param place where in the file, as an element path or {@code line:column}; empty for the whole
 *     file
 * @param message what is wrong
 */
public record Problem(String file, String place, String message) {
  @Override
  public String toString() {
    return place.isEmpty() ? file + ": " + message : file + ": " + place + ": " + message;
  }
}
