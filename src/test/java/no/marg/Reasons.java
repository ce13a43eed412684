package no.marg;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** Exceptions from a rule that a test holds, each with its reason: {@code catalogue/*.yaml}. */
final class Reasons {
  private Reasons() {}

  /** Id to reason. */
  @SuppressWarnings("unchecked")
  static Map<String, String> of(String file) throws IOException {
    try (InputStream in = Reasons.class.getResourceAsStream("/catalogue/" + file)) {
      return (Map<String, String>) new Yaml().load(in);
    }
  }
}
