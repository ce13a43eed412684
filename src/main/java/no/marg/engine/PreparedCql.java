package no.marg.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import no.marg.knowledge.Definition;
import org.hl7.elm.r1.CodeDef;
import org.hl7.elm.r1.CodeSystemDef;
import org.hl7.elm.r1.ExpressionDef;
import org.hl7.elm.r1.FunctionDef;
import org.hl7.elm.r1.FunctionRef;
import org.hl7.elm.r1.IncludeDef;
import org.hl7.elm.r1.Library;
import org.hl7.elm.r1.NamedTypeSpecifier;
import org.hl7.elm.r1.OperandDef;
import org.hl7.elm.r1.ParameterDef;
import org.hl7.elm.r1.ValueSetDef;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.elm.executing.FunctionRefEvaluator;
import org.opencds.cqf.cql.engine.execution.Environment;

/**
 * The CQL libraries, with every reference found once. What a rule means stays with the CQL engine:
 * its operators are called, and what {@link ElmPreparer} does not know is left to it whole.
 */
final class PreparedCql {
  private final Map<String, Library> libraries = new HashMap<>();
  private final Map<String, Map<String, String>> includes = new HashMap<>();
  private final Map<String, Map<String, PreparedDefinition>> definitions = new HashMap<>();
  private final Map<String, Map<String, List<PreparedFunction>>> functions = new HashMap<>();
  private final Map<String, Map<String, PreparedDefinition>> parameters = new HashMap<>();
  private final Map<String, Map<String, String>> valueSets = new HashMap<>();
  private final Map<String, Map<String, org.opencds.cqf.cql.engine.runtime.Code>> codes =
      new HashMap<>();
  private static final Map<String, Class<?>> SCALARS =
      Map.of(
          "Boolean", Boolean.class,
          "Integer", Integer.class,
          "Decimal", BigDecimal.class,
          "String", String.class,
          "Date", org.opencds.cqf.cql.engine.runtime.Date.class);
  private final Map<Definition, PreparedDefinition> byDefinition = new HashMap<>();
  private final Map<String, Class<?>> parameterTypes = new HashMap<>();
  private final Readings readings = new Readings();
  private final ElmPreparer preparer;
  private int count;

  /** A function and its signature. */
  record PreparedFunction(FunctionDef function, PreparedDefinition body) {}

  PreparedCql(Iterable<Library> all, Environment environment) {
    this.preparer = new ElmPreparer(this, environment);
    for (Library library : all) {
      libraries.put(id(library), library);
    }
    libraries.values().forEach(this::link);
    definitions.forEach(
        (library, own) ->
            own.forEach((name, body) -> byDefinition.put(new Definition(library, name), body)));
  }

  private static String id(Library library) {
    return String.valueOf(library.getIdentifier() == null ? null : library.getIdentifier().getId());
  }

  private void link(Library library) {
    String id = id(library);
    Map<String, String> included = new HashMap<>();
    if (library.getIncludes() != null) {
      for (IncludeDef include : library.getIncludes().getDef()) {
        included.put(include.getLocalIdentifier(), include.getPath());
      }
    }
    includes.put(id, included);
    Map<String, PreparedDefinition> own = new LinkedHashMap<>();
    Map<String, List<PreparedFunction>> ownFunctions = new HashMap<>();
    for (ExpressionDef definition : library.getStatements().getDef()) {
      String name = String.valueOf(definition.getName());
      if (definition instanceof FunctionDef function) {
        List<String> operands =
            function.getOperand().stream().map(OperandDef::getName).map(String::valueOf).toList();
        PreparedDefinition body =
            new PreparedDefinition(
                id, name, -1, self -> preparer.prepare(self, function.getExpression(), operands));
        ownFunctions
            .computeIfAbsent(name, key -> new ArrayList<>())
            .add(new PreparedFunction(function, body));
      } else {
        own.put(
            name,
            new PreparedDefinition(
                id,
                name,
                count++,
                self -> preparer.prepare(self, definition.getExpression(), List.of())));
      }
    }
    definitions.put(id, own);
    functions.put(id, ownFunctions);
    Map<String, PreparedDefinition> ownParameters = new HashMap<>();
    if (library.getParameters() != null) {
      for (ParameterDef parameter : library.getParameters().getDef()) {
        String name = String.valueOf(parameter.getName());
        Class<?> type = scalar(parameter);
        Class<?> known = type == null ? Object.class : type;
        parameterTypes.put(name, known);
        parameterTypes.put(id + "." + name, known);
        // By itself: a default is not prepared where a value is always given.
        PreparedDefinition byDefault =
            new PreparedDefinition(
                id,
                name,
                count++,
                self -> preparer.prepare(self, parameter.getDefault(), List.of()));
        ownParameters.put(
            name,
            new PreparedDefinition(
                id, name, count++, self -> ElmPreparer.parameter(byDefault, type)));
      }
    }
    parameters.put(id, ownParameters);
    Map<String, String> ownValueSets = new HashMap<>();
    if (library.getValueSets() != null) {
      for (ValueSetDef valueSet : library.getValueSets().getDef()) {
        ownValueSets.put(String.valueOf(valueSet.getName()), String.valueOf(valueSet.getId()));
      }
    }
    valueSets.put(id, ownValueSets);
    codes.put(id, codes(library));
  }

  /** The Java type of a parameter with one simple value; null for any other parameter. */
  private static @Nullable Class<?> scalar(ParameterDef parameter) {
    return parameter.getParameterTypeSpecifier() instanceof NamedTypeSpecifier type
            && type.getName() != null
        ? SCALARS.get(type.getName().getLocalPart())
        : null;
  }

  private static Map<String, org.opencds.cqf.cql.engine.runtime.Code> codes(Library library) {
    Map<String, CodeSystemDef> systems = new HashMap<>();
    if (library.getCodeSystems() != null) {
      for (CodeSystemDef system : library.getCodeSystems().getDef()) {
        systems.put(String.valueOf(system.getName()), system);
      }
    }
    Map<String, org.opencds.cqf.cql.engine.runtime.Code> own = new HashMap<>();
    if (library.getCodes() != null) {
      for (CodeDef code : library.getCodes().getDef()) {
        CodeSystemDef system =
            code.getCodeSystem() == null
                ? null
                : systems.get(String.valueOf(code.getCodeSystem().getName()));
        own.put(
            String.valueOf(code.getName()),
            new org.opencds.cqf.cql.engine.runtime.Code()
                .withCode(code.getId())
                .withSystem(system == null ? null : system.getId())
                .withVersion(system == null ? null : system.getVersion())
                .withDisplay(code.getDisplay()));
      }
    }
    return own;
  }

  /** The Java type of the values of a parameter; null where no library has one of that name. */
  @Nullable Class<?> typeOfParameter(String name) {
    return parameterTypes.get(name);
  }

  /** How many definitions there are. */
  int size() {
    return count;
  }

  /** All that the definitions prepared so far read. */
  Readings readings() {
    return readings;
  }

  /** Prepares all; gives the definitions left to the engine, with what is not known in each. */
  Map<String, String> leftToTheEngine() {
    definitions.values().forEach(own -> own.values().forEach(PreparedDefinition::code));
    return preparer.left();
  }

  /** The definition of that name, ready to run; null if there is none. */
  @Nullable PreparedDefinition find(Definition definition) {
    return byDefinition.get(definition);
  }

  /** The library that a local name means inside a library; itself without a name. */
  String library(String inside, @Nullable String localName) {
    if (localName == null) {
      return inside;
    }
    String path = includes.getOrDefault(inside, Map.of()).get(localName);
    if (path == null) {
      throw new NoSuchElementException(inside + " does not include " + localName);
    }
    return path;
  }

  PreparedDefinition definition(String library, String name) {
    return required(definitions, library, name);
  }

  PreparedDefinition parameter(String library, String name) {
    return required(parameters, library, name);
  }

  String valueSet(String library, String name) {
    return required(valueSets, library, name);
  }

  org.opencds.cqf.cql.engine.runtime.Code code(String library, String name) {
    return required(codes, library, name);
  }

  /** The one function that a call means, by its signature. */
  PreparedFunction function(String library, FunctionRef call) {
    List<PreparedFunction> named = required(functions, library, String.valueOf(call.getName()));
    List<PreparedFunction> fitting =
        named.stream()
            .filter(
                each ->
                    call.getSignature().isEmpty()
                        ? each.function().getOperand().size() == call.getOperand().size()
                        : FunctionRefEvaluator.INSTANCE.functionDefOperandsSignatureEqual(
                            each.function(), call.getSignature()))
            .toList();
    if (fitting.size() != 1) {
      throw new ElmPreparer.NotPrepared("call of " + call.getName());
    }
    return fitting.get(0);
  }

  private static <T> T required(Map<String, Map<String, T>> all, String library, String name) {
    T found = all.getOrDefault(library, Map.of()).get(name);
    if (found == null) {
      throw new NoSuchElementException("There is no " + name + " in " + library);
    }
    return found;
  }
}
