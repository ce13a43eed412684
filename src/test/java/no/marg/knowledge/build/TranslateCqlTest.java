package no.marg.knowledge.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build step: ELM for what translates, and the place of every error. */
class TranslateCqlTest {
  @TempDir private Path directory;
  private Path sources;
  private Path elm;

  @BeforeEach
  void makeDirectories() throws IOException {
    sources = Files.createDirectory(directory.resolve("cql"));
    elm = directory.resolve("out/elm");
  }

  @Test
  void aGoodLibraryBecomesElm() throws IOException {
    Path file = write("Good", "define \"Is Adult\": AgeInYears() >= 18");
    assertThat(translate()).isEmpty();
    assertThat(elm.resolve("Good.json")).content().contains("\"Is Adult\"", "\"1.0.0\"");
    assertThat(file).exists();
  }

  /** The logic includes it, so it must be there as ELM too. */
  @Test
  void fhirHelpersComesWithIt() throws IOException {
    write("Good", "define \"Yes\": true");
    assertThat(translate()).isEmpty();
    assertThat(elm.resolve("FHIRHelpers.json")).content().contains("\"4.0.1\"", "\"ToInterval\"");
  }

  /** Without it the engine looks for the function again at each call. */
  @Test
  void aCallCarriesItsSignature() throws IOException {
    write("Good", "define function \"Twice\"(n Integer): n * 2\ndefine \"Four\": \"Twice\"(2)");
    assertThat(translate()).isEmpty();
    assertThat(Files.readString(elm.resolve("Good.json"))).contains("\"signature\":[{");
  }

  @Test
  void anErrorIsNamedWithFileLineAndColumn() throws IOException {
    Path file = write("Bad", "define \"One\": 1\ndefine \"Two\":  1 + 'a'");
    assertThat(translate()).singleElement().asString().startsWith(file + ":5:16: ").contains("Add");
    assertThat(elm.resolve("Bad.json")).doesNotExist();
  }

  @Test
  void aSyntaxErrorIsNamedWithFileLineAndColumn() throws IOException {
    Path file = write("Bad", "define \"One\":\ndefine \"Two\": 2");
    assertThat(translate()).isNotEmpty().allMatch(error -> error.startsWith(file + ":5:"));
  }

  @Test
  void anUnknownNameIsAnError() throws IOException {
    Path file = write("Bad", "define \"One\": \"No Such Definition\"");
    assertThat(translate())
        .singleElement()
        .asString()
        .startsWith(file + ":4:15: ")
        .contains("No Such Definition");
  }

  @Test
  void theErrorsOfAllLibrariesAreListedAndTheGoodOnesAreTranslated() throws IOException {
    Path one = write("BadOne", "define \"One\": 1 + 'a'");
    Path two = write("BadTwo", "define \"One\": 1\ndefine \"Two\": 2 + 'b'");
    write("Good", "define \"Yes\": true");
    List<String> errors = translate();
    assertThat(errors)
        .anyMatch(error -> error.startsWith(one + ":4:"))
        .anyMatch(error -> error.startsWith(two + ":5:"));
    assertThat(elm.resolve("Good.json")).exists();
  }

  @Test
  void aLibraryMayIncludeAnotherOfTheDirectory() throws IOException {
    write("Base", "define \"Yes\": true");
    write("Above", "include Base version '1.0.0' called Base\ndefine \"Also\": Base.\"Yes\"");
    assertThat(translate()).isEmpty();
    assertThat(elm.resolve("Above.json")).exists();
  }

  @Test
  void theBuildFailsAndNamesEveryError() throws IOException {
    Path file = write("Bad", "define \"One\": 1 + 'a'\ndefine \"Two\": 2 + 'b'");
    String[] arguments = {sources.toString(), elm.toString()};
    assertThatThrownBy(() -> TranslateCql.main(arguments))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file + ":4:15: ")
        .hasMessageContaining(file + ":5:15: ");
  }

  private List<String> translate() throws IOException {
    return TranslateCql.translate(sources, elm);
  }

  /** A library with three lines before {@code definitions}. */
  private Path write(String name, String definitions) throws IOException {
    boolean includes = definitions.startsWith("include");
    String head = "library " + name + " version '1.0.0'\nusing FHIR version '4.0.1'\n";
    String text = includes ? head + definitions : head + "context Patient\n" + definitions;
    return Files.writeString(sources.resolve(name + ".cql"), text);
  }
}
