package no.marg;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** The demo patients, for tests that ask something of each. */
public final class Personas {
  private static final Path INDEX = Path.of("src/main/resources/demo/personas/index.json");

  private Personas() {}

  /** Their ids, in the order of the start page. */
  public static Stream<String> ids() throws IOException {
    return JsonMapper.shared()
        .readTree(Files.readString(INDEX))
        .valueStream()
        .map(persona -> persona.get("id").asString());
  }
}
