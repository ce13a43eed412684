package no.marg.chart;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeChildChoiceDefinition;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.EnumFactory;
import org.hl7.fhir.r4.model.Enumeration;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.sym.PropertyNameMatcher;
import tools.jackson.core.util.Named;

/** The table of {@link RecordReader}, made from HAPI's description of the types on first use. */
final class RecordTypes {
  /** Types that a patient's record is made of; any other is left to HAPI. */
  private static final Set<String> KNOWN =
      Set.of(
          "AllergyIntolerance",
          "Bundle",
          "CarePlan",
          "Condition",
          "DiagnosticReport",
          "Immunization",
          "Medication",
          "MedicationAdministration",
          "MedicationRequest",
          "MedicationStatement",
          "Observation",
          "Patient",
          "Procedure",
          "ServiceRequest");

  /** Elements that are left to HAPI wherever they stand. */
  private static final Set<String> SPECIAL =
      Set.of("extension", "modifierExtension", "contained", "request", "response");

  private static final int MOST_CHILDREN = Long.SIZE;

  private static final JsonFactory JSON = JsonFactory.builder().build();

  private final FhirContext fhir;
  private final Map<String, Type> resources = new ConcurrentHashMap<>();
  private final Map<Class<?>, Type> types = new ConcurrentHashMap<>();

  RecordTypes(FhirContext fhir) {
    this.fhir = fhir;
  }

  /** How a value is written. */
  enum Kind {
    COMPOSITE,
    RESOURCE,
    BOOLEAN,
    INTEGER,
    DECIMAL,
    /** A date-time of a choice, as effective[x]: it is set as a whole and never written into. */
    MOMENT,
    TEXT
  }

  /** The type of that name; null for one that is not known. */
  @Nullable Type resource(String name) {
    if (!KNOWN.contains(name)) {
      return null;
    }
    Type known = resources.get(name);
    if (known == null) {
      known = type(fhir.getResourceDefinition(name));
      resources.put(name, known);
    }
    return known;
  }

  private Type type(BaseRuntimeElementDefinition<?> definition) {
    // Types refer to themselves and to each other: the children are found when they are asked for.
    return types.computeIfAbsent(
        definition.getImplementingClass(),
        any -> new Type((BaseRuntimeElementCompositeDefinition<?>) definition));
  }

  /** A resource or a composite type. */
  final class Type {
    private final BaseRuntimeElementCompositeDefinition<?> definition;
    private final Supplier<Base> make;
    private volatile @Nullable Children children;

    private Type(BaseRuntimeElementCompositeDefinition<?> definition) {
      this.definition = definition;
      this.make = constructor(definition.getImplementingClass());
    }

    Supplier<Base> make() {
      return make;
    }

    boolean isBundle() {
      return definition.getImplementingClass() == Bundle.class;
    }

    /** The names in JSON of its children, but of those that are left to HAPI. */
    PropertyNameMatcher names() {
      return children().names();
    }

    /** The child with the name of that number. */
    Child child(int name) {
      return children().all()[name];
    }

    private Children children() {
      Children known = children;
      if (known == null) {
        known = find();
        children = known;
      }
      return known;
    }

    private Children find() {
      Map<String, Child> found = new LinkedHashMap<>();
      boolean isResource = Resource.class.isAssignableFrom(definition.getImplementingClass());
      int position = 0;
      for (BaseRuntimeChildDefinition child : definition.getChildren()) {
        boolean left =
            SPECIAL.contains(child.getElementName())
                || (child.getElementName().equals("id") && !isResource)
                || position >= MOST_CHILDREN;
        // All forms of a choice have one place: only one of them may be there.
        long bit = 1L << position++;
        if (!left) {
          for (String name : child.getValidChildNames()) {
            Child made = RecordTypes.this.child(definition, child, name, bit);
            if (made != null) {
              found.put(name, made);
            }
          }
        }
      }
      return new Children(
          JSON.constructNameMatcher(found.keySet().stream().map(Named::fromString).toList(), false),
          found.values().toArray(Child[]::new));
    }
  }

  /**
   * The elements of a type.
   *
   * @param names their names, which the parser knows by their bytes
   * @param all by the number of their name
   */
  private record Children(PropertyNameMatcher names, Child[] all) {}

  /**
   * An element of a type.
   *
   * @param bit its place among the elements of the type
   */
  record Child(
      BiConsumer<Base, Base> setter,
      boolean isList,
      long bit,
      Kind kind,
      Supplier<Base> make,
      @Nullable Type composite) {

    void put(Base target, Base value) {
      setter.accept(target, value);
    }

    Type type() {
      return java.util.Objects.requireNonNull(composite);
    }
  }

  private @Nullable Child child(
      BaseRuntimeElementDefinition<?> owner,
      BaseRuntimeChildDefinition child,
      String name,
      long bit) {
    boolean isList = child.getMax() != 1;
    BaseRuntimeElementDefinition<?> target = child.getChildByName(name);
    Class<?> made = target.getImplementingClass();
    BiConsumer<Base, Base> setter = setter(owner.getImplementingClass(), child, made);
    switch (target.getChildType()) {
      case COMPOSITE_DATATYPE, RESOURCE_BLOCK -> {
        Type type = type(target);
        return new Child(setter, isList, bit, Kind.COMPOSITE, type.make(), type);
      }
      case ID_DATATYPE, PRIMITIVE_DATATYPE -> {
        Supplier<Base> make =
            child.getInstanceConstructorArguments() instanceof EnumFactory<?> codes
                ? () -> new Enumeration<>(codes)
                : constructor(made);
        boolean isMoment =
            made == DateTimeType.class && child instanceof RuntimeChildChoiceDefinition && !isList;
        return new Child(setter, isList, bit, isMoment ? Kind.MOMENT : kind(made), make, null);
      }
      case RESOURCE -> {
        return new Child(setter, isList, bit, Kind.RESOURCE, Bundle::new, null);
      }
      default -> {
        return null;
      }
    }
  }

  private static Kind kind(Class<?> type) {
    if (type == BooleanType.class) {
      return Kind.BOOLEAN;
    } else if (type == DecimalType.class) {
      return Kind.DECIMAL;
    }
    return IntegerType.class.isAssignableFrom(type) ? Kind.INTEGER : Kind.TEXT;
  }

  /**
   * The setter of an element, as fast as if it were written here; HAPI's own, by reflection, for an
   * element without a setter of the usual name.
   */
  private static BiConsumer<Base, Base> setter(
      Class<?> owner, BaseRuntimeChildDefinition child, Class<?> made) {
    String element = child.getElementName().replace("[x]", "");
    String name =
        (child.getMax() == 1 ? "set" : "add")
            + Character.toUpperCase(element.charAt(0))
            + element.substring(1);
    for (String usual : List.of(name + "Element", name)) {
      for (Method method : owner.getMethods()) {
        if (method.getName().equals(usual)
            && method.getParameterCount() == 1
            && method.getParameterTypes()[0].isAssignableFrom(made)) {
          return setter(method);
        }
      }
    }
    return child.getMutator()::addValue;
  }

  @SuppressWarnings("unchecked")
  private static BiConsumer<Base, Base> setter(Method method) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodHandle setter = lookup.unreflect(method);
      return (BiConsumer<Base, Base>)
          LambdaMetafactory.metafactory(
                  lookup,
                  "accept",
                  MethodType.methodType(BiConsumer.class),
                  MethodType.methodType(void.class, Object.class, Object.class),
                  setter,
                  setter.type().changeReturnType(void.class))
              .getTarget()
              .invoke();
    } catch (Throwable e) {
      throw new IllegalStateException(method + " can not be called", e);
    }
  }

  /** The constructor without arguments, as fast as if it were written here. */
  @SuppressWarnings("unchecked")
  private static Supplier<Base> constructor(Class<?> type) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodHandle constructor = lookup.findConstructor(type, MethodType.methodType(void.class));
      return (Supplier<Base>)
          LambdaMetafactory.metafactory(
                  lookup,
                  "get",
                  MethodType.methodType(Supplier.class),
                  MethodType.methodType(Object.class),
                  constructor,
                  constructor.type())
              .getTarget()
              .invoke();
    } catch (Throwable e) {
      throw new IllegalStateException(type + " can not be made", e);
    }
  }
}
