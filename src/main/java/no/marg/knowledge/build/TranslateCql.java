package no.marg.knowledge.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.cqframework.cql.cql2elm.CqlCompilerException;
import org.cqframework.cql.cql2elm.CqlCompilerOptions;
import org.cqframework.cql.cql2elm.CqlTranslator;
import org.cqframework.cql.cql2elm.DefaultLibrarySourceProvider;
import org.cqframework.cql.cql2elm.LibraryBuilder;
import org.cqframework.cql.cql2elm.LibraryManager;
import org.cqframework.cql.cql2elm.ModelManager;
import org.cqframework.cql.cql2elm.quick.FhirLibrarySourceProvider;
import org.hl7.elm.r1.VersionedIdentifier;

/**
 * Translates every {@code *.cql} of a directory to ELM JSON, FHIRHelpers included, and fails with
 * {@code file:line:column: message} for each error.
 */
public final class TranslateCql {

  private TranslateCql() {}

  /**
   * Build step.
   *
   * @param args the directory with the CQL sources, and the directory to write {@code *.json} to
   * @throws IllegalStateException if any library does not translate; names every error
   */
  public static void main(String[] args) throws IOException {
    List<String> errors = translate(Path.of(args[0]), Path.of(args[1]));
    if (!errors.isEmpty()) {
      throw new IllegalStateException(
          "CQL does not translate:"
              + System.lineSeparator()
              + String.join(System.lineSeparator(), errors));
    }
  }

  /** The errors of all libraries in {@code sources}; ELM is written for those without one. */
  static List<String> translate(Path sources, Path target) throws IOException {
    CqlCompilerOptions options = options();
    LibraryManager libraries = new LibraryManager(new ModelManager(), options);
    libraries.getLibrarySourceLoader().registerProvider(new FhirLibrarySourceProvider());
    libraries
        .getLibrarySourceLoader()
        .registerProvider(
            new DefaultLibrarySourceProvider(new kotlinx.io.files.Path(sources.toFile())));
    List<Path> files;
    try (Stream<Path> all = Files.list(sources)) {
      files = all.filter(file -> file.toString().endsWith(".cql")).sorted().toList();
    }
    Files.createDirectories(target);
    List<String> errors = new ArrayList<>();
    for (Path file : files) {
      CqlTranslator translator = CqlTranslator.fromText(Files.readString(file), libraries);
      for (CqlCompilerException error : translator.getErrors()) {
        errors.add(describe(file, error));
      }
      if (translator.getErrors().isEmpty()) {
        String name = file.getFileName().toString().replace(".cql", ".json");
        Files.writeString(target.resolve(name), translator.toJson());
      }
    }
    String helpers = "FHIRHelpers";
    var source =
        libraries
            .getLibrarySourceLoader()
            .getLibrarySource(new VersionedIdentifier().withId(helpers).withVersion("4.0.1"));
    if (source != null) {
      String text =
          new String(
              kotlinx.io.SourcesKt.readByteArray(source), java.nio.charset.StandardCharsets.UTF_8);
      Files.writeString(
          target.resolve(helpers + ".json"), CqlTranslator.fromText(text, libraries).toJson());
    }
    return errors;
  }

  private static CqlCompilerOptions options() {
    CqlCompilerOptions options = CqlCompilerOptions.defaultOptions();
    // Without signatures the engine resolves every function again at each call.
    options.setSignatureLevel(LibraryBuilder.SignatureLevel.All);
    options.setOptions(CqlCompilerOptions.Options.EnableLocators);
    // The CQL's text in pieces and the type of each result beside the ELM: half of it, read by
    // nobody, since calls have their signatures.
    options.getOptions().remove(CqlCompilerOptions.Options.EnableAnnotations);
    options.getOptions().remove(CqlCompilerOptions.Options.EnableResultTypes);
    return options;
  }

  private static String describe(Path file, CqlCompilerException error) {
    var place = error.getLocator();
    int line = place == null ? 1 : place.getStartLine();
    int column = place == null ? 1 : place.getStartChar();
    String name = file.toString();
    if (place != null && place.getLibrary() != null && place.getLibrary().getId() != null) {
      name = file.resolveSibling(place.getLibrary().getId() + ".cql").toString();
    }
    return name + ":" + line + ":" + column + ": " + error.getMessage();
  }
}
