package no.marg.knowledge;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.cqframework.cql.cql2elm.model.CompiledLibrary;
import org.cqframework.cql.elm.serializing.ElmJsonLibraryReader;
import org.hl7.elm.r1.CodeSystemDef;
import org.hl7.elm.r1.ExpressionDef;
import org.hl7.elm.r1.FunctionDef;
import org.hl7.elm.r1.IncludeDef;
import org.hl7.elm.r1.Library;
import org.hl7.elm.r1.ValueSetDef;
import org.hl7.elm.r1.VersionedIdentifier;

/** The translated CQL libraries, linked by id and version, ready for the engine. */
public final class CqlLibraries {
  private final Map<VersionedIdentifier, CompiledLibrary> compiled = new HashMap<>();
  private final Map<String, VersionedIdentifier> identifiers = new HashMap<>();
  private final Map<String, Set<String>> definitions = new HashMap<>();
  private final Map<String, List<String>> valueSets = new HashMap<>();
  private final Map<String, List<String>> codeSystems = new HashMap<>();
  private final Map<String, List<String>> included = new HashMap<>();

  void add(String elmJson) {
    Library library = new ElmJsonLibraryReader().read(elmJson);
    if (library.getStatements() == null) {
      library.setStatements(new Library.Statements());
    }
    // The engine looks definitions up by binary search.
    library.getStatements().getDef().sort(Comparator.comparing(ExpressionDef::getName));
    CompiledLibrary linked = new CompiledLibrary();
    linked.setLibrary(library);
    linked.setIdentifier(library.getIdentifier());
    VersionedIdentifier source = library.getIdentifier();
    VersionedIdentifier key =
        new VersionedIdentifier().withId(source.getId()).withVersion(source.getVersion());
    compiled.put(key, linked);
    identifiers.put(key.getId(), key);
    Set<String> names = new HashSet<>();
    for (ExpressionDef definition : library.getStatements().getDef()) {
      if (!(definition instanceof FunctionDef)) {
        names.add(definition.getName());
      }
    }
    names.remove("Patient");
    definitions.put(key.getId(), Set.copyOf(names));
    List<String> urls =
        library.getValueSets() == null
            ? List.of()
            : library.getValueSets().getDef().stream().map(ValueSetDef::getId).toList();
    valueSets.put(key.getId(), urls);
    codeSystems.put(
        key.getId(),
        library.getCodeSystems() == null
            ? List.of()
            : library.getCodeSystems().getDef().stream().map(CodeSystemDef::getId).toList());
    included.put(
        key.getId(),
        library.getIncludes() == null
            ? List.of()
            : library.getIncludes().getDef().stream().map(IncludeDef::getPath).toList());
  }

  /** Identifier (id and version) to library, a new map that the engine may keep. */
  public Map<VersionedIdentifier, CompiledLibrary> compiled() {
    return new java.util.concurrent.ConcurrentHashMap<>(compiled);
  }

  /** The libraries themselves; to be read, never changed. */
  public List<Library> linked() {
    return compiled.values().stream().map(CompiledLibrary::getLibrary).toList();
  }

  /**
   * Id and version of a library.
   *
   * @throws java.util.NoSuchElementException if there is no such library
   */
  public VersionedIdentifier identifier(String library) {
    VersionedIdentifier found = identifiers.get(library);
    if (found == null) {
      throw new java.util.NoSuchElementException("There is no CQL library " + library);
    }
    return found;
  }

  /** Whether there is such a library. */
  public boolean has(String library) {
    return identifiers.containsKey(library);
  }

  /** Whether the library has a definition (not a function) of that name. */
  public boolean has(Definition definition) {
    return definitions.getOrDefault(definition.library(), Set.of()).contains(definition.name());
  }

  /** Names of all definitions of a library; empty for an unknown one. */
  public Set<String> definitionsOf(String library) {
    return definitions.getOrDefault(library, Set.of());
  }

  /** URLs of the value sets that a library declares. */
  List<String> valueSetsOf(String library) {
    return valueSets.getOrDefault(library, List.of());
  }

  /** URLs of the code systems that a library declares. */
  List<String> codeSystemsOf(String library) {
    return codeSystems.getOrDefault(library, List.of());
  }

  /** Ids of the libraries that a library includes. */
  List<String> includedBy(String library) {
    return included.getOrDefault(library, List.of());
  }
}
