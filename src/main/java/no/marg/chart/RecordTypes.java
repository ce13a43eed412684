package no.marg.chart;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.EnumFactory;
import org.hl7.fhir.r4.model.Enumeration;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;

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
    private volatile @Nullable Map<String, Child> children;

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

    /** The child with that name in JSON; null for one that is left to HAPI. */
    @Nullable Child child(String name) {
      Map<String, Child> known = children;
      if (known == null) {
        known = find();
        children = known;
      }
      return known.get(name);
    }

    private Map<String, Child> find() {
      Map<String, Child> found = new HashMap<>();
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
            Child made = RecordTypes.this.child(child, child.getChildByName(name), bit);
            if (made != null) {
              found.put(name, made);
            }
          }
        }
      }
      // Asked for each element of each record: a plain map answers faster than an immutable one.
      return found;
    }
  }

  /**
   * An element of a type.
   *
   * @param bit its place among the elements of the type
   */
  record Child(
      BaseRuntimeChildDefinition.IMutator mutator,
      boolean isList,
      long bit,
      Kind kind,
      Supplier<Base> make,
      @Nullable Type composite) {

    void put(Base target, Base value) {
      mutator.addValue(target, value);
    }

    Type type() {
      return java.util.Objects.requireNonNull(composite);
    }
  }

  private @Nullable Child child(
      BaseRuntimeChildDefinition child, BaseRuntimeElementDefinition<?> target, long bit) {
    boolean isList = child.getMax() != 1;
    Class<?> made = target.getImplementingClass();
    switch (target.getChildType()) {
      case COMPOSITE_DATATYPE, RESOURCE_BLOCK -> {
        Type type = type(target);
        return new Child(child.getMutator(), isList, bit, Kind.COMPOSITE, type.make(), type);
      }
      case ID_DATATYPE, PRIMITIVE_DATATYPE -> {
        Supplier<Base> make =
            child.getInstanceConstructorArguments() instanceof EnumFactory<?> codes
                ? () -> new Enumeration<>(codes)
                : constructor(made);
        return new Child(child.getMutator(), isList, bit, kind(made), make, null);
      }
      case RESOURCE -> {
        return new Child(child.getMutator(), isList, bit, Kind.RESOURCE, Bundle::new, null);
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
