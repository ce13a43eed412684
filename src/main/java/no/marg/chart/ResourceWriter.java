package no.marg.chart;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.Element;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes FHIR R4 resources as JSON: the counterpart of {@link RecordReader}, for the orders and
 * notes on cards (decision 4).
 *
 * <p>What it writes is what HAPI's parser writes, with HAPI's own description of the types as its
 * table. It knows plain content only. A resource that holds anything else, such as an id, a meta,
 * an extension, a contained resource or a narrative, is written by HAPI.
 *
 * <p>Safe for many threads.
 */
public final class ResourceWriter {
  private static final JsonFactory JSON = JsonFactory.builder().build();

  private final FhirContext fhir;
  private final Map<Class<?>, List<Child>> types = new ConcurrentHashMap<>();

  /** A writer of R4. */
  public ResourceWriter(FhirContext fhir) {
    this.fhir = fhir;
  }

  /**
   * An element of a type.
   *
   * @param name its name in JSON; null for an element of several types, which is named for the type
   * @param isLeft whether a resource that has it is left to HAPI
   */
  private record Child(
      BaseRuntimeChildDefinition definition,
      BaseRuntimeChildDefinition.IAccessor accessor,
      @Nullable String name,
      boolean isList,
      boolean isLeft) {

    String nameFor(Base value) {
      String named = name != null ? name : definition.getChildNameByDatatype(value.getClass());
      if (named == null) {
        throw NotPlain.HERE;
      }
      return named;
    }
  }

  /** The resource as JSON, without white space. */
  public String write(Resource resource) {
    String plain = writePlain(resource);
    return plain != null ? plain : fhir.newJsonParser().encodeResourceToString(resource);
  }

  /** The resource as this writer makes it; null when it is left to HAPI. */
  @Nullable String writePlain(Resource resource) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("resourceType", resource.fhirType());
      writeChildren(json, resource);
      json.writeEndObject();
    } catch (NotPlain e) {
      return null;
    }
    return text.toString();
  }

  private void writeChildren(JsonGenerator json, Base owner) {
    for (Child child : children(owner.getClass())) {
      boolean isStarted = false;
      for (IBase each : child.accessor().getValues(owner)) {
        Base value = (Base) each;
        if (value.isEmpty()) {
          continue;
        }
        NotPlain.unless(!child.isLeft());
        if (!isStarted) {
          json.writeName(child.nameFor(value));
          if (child.isList()) {
            json.writeStartArray();
          }
          isStarted = true;
        }
        writeValue(json, value);
      }
      if (isStarted && child.isList()) {
        json.writeEndArray();
      }
    }
  }

  private void writeValue(JsonGenerator json, Base value) {
    NotPlain.unless(
        value instanceof Element element && !element.hasId() && !element.hasExtension());
    if (value instanceof IPrimitiveType<?> primitive) {
      writePrimitive(json, primitive);
      return;
    }
    if (value instanceof Reference reference) {
      NotPlain.unless(isPlain(reference));
    }
    json.writeStartObject();
    writeChildren(json, value);
    json.writeEndObject();
  }

  private static void writePrimitive(JsonGenerator json, IPrimitiveType<?> primitive) {
    String text = primitive.getValueAsString();
    if (primitive instanceof BooleanType) {
      json.writeBoolean(Boolean.parseBoolean(text));
    } else if (primitive instanceof DecimalType || primitive instanceof IntegerType) {
      NotPlain.unless(text.indexOf('E') < 0);
      json.writeNumber(text);
    } else {
      json.writeString(text);
    }
  }

  /** HAPI takes the version from a reference, and gives an id to a resource it points at. */
  private static boolean isPlain(Reference reference) {
    if (reference.getResource() instanceof Resource target) {
      return reference.getReferenceElement().hasIdPart() && target.hasId();
    }
    String target = reference.getReference();
    return target == null || !(target.startsWith("#") || target.contains("/_history/"));
  }

  private List<Child> children(Class<?> type) {
    List<Child> known = types.get(type);
    if (known == null) {
      known = find(type);
      types.put(type, known);
    }
    return known;
  }

  private List<Child> find(Class<?> type) {
    BaseRuntimeElementDefinition<?> definition =
        Resource.class.isAssignableFrom(type)
            ? fhir.getResourceDefinition(type.asSubclass(Resource.class))
            : fhir.getElementDefinition(type.asSubclass(Base.class));
    List<Child> found = new ArrayList<>();
    if (definition instanceof BaseRuntimeElementCompositeDefinition<?> composite) {
      for (BaseRuntimeChildDefinition child : composite.getChildrenAndExtension()) {
        found.add(
            new Child(
                child,
                child.getAccessor(),
                child.getValidChildNames().size() == 1
                    ? child.getValidChildNames().iterator().next()
                    : null,
                child.getMax() != 1,
                isLeft(type, child)));
      }
    }
    return List.copyOf(found);
  }

  private static boolean isLeft(Class<?> type, BaseRuntimeChildDefinition child) {
    return switch (child.getElementName()) {
      case "extension", "modifierExtension", "contained" -> true;
      case "id", "meta", "text" -> Resource.class.isAssignableFrom(type);
      default -> false;
    };
  }
}
