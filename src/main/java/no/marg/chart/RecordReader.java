package no.marg.chart;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.BaseParser;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.LenientErrorHandler;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.sym.PropertyNameMatcher;

/**
 * Reads FHIR R4 resources straight from the tokens of a JSON text (decision 4).
 *
 * <p>What it makes is what HAPI's parser makes, with HAPI's own description of the types as its
 * table. It knows plain content only. A resource that holds anything else, such as an extension, a
 * contained resource, a narrative, an unknown element or a value that is no value of its type, is
 * read by HAPI from its piece of the text, as leniently as HAPI can. One difference is meant:
 * references inside a Bundle are not linked to the resources they name. Resources may share the
 * date-time of a choice element, as effective[x], which is therefore set as a whole and never
 * changed in place.
 *
 * <p>Safe for many threads.
 */
public final class RecordReader {
  private final FhirContext fhir;
  private final RecordTypes types;

  /** A reader of R4. */
  public RecordReader(FhirContext fhir) {
    this.fhir = fhir;
    this.types = new RecordTypes(fhir);
  }

  /**
   * Reads the object that the parser stands at the start of; afterwards it stands at its end.
   *
   * @param json the whole text of the parser, UTF-8
   * @throws DataFormatException or another exception of HAPI's parser if it is not a FHIR R4
   *     resource
   * @throws tools.jackson.core.JacksonException if it is not JSON
   */
  public Resource read(JsonParser parser, byte[] json) {
    if (!parser.hasToken(JsonToken.START_OBJECT)) {
      throw new DataFormatException("A resource is a JSON object");
    }
    int start = (int) parser.currentTokenLocation().getByteOffset();
    int outside = depth(parser) - 1;
    Resource plain = readPlain(parser, json);
    return plain != null ? plain : byHapi(parser, json, start, outside);
  }

  /** The resource as this reader makes it; null when it is left to HAPI. */
  @Nullable Resource readPlain(JsonParser parser, byte[] json) {
    try {
      return new Reading(parser, json).resource(true);
    } catch (NotPlain e) {
      return null;
    }
  }

  /**
   * Reads a resource from its own text, by HAPI alone.
   *
   * @throws OtherVersionException if it is, or holds, a resource of another FHIR version
   * @throws DataFormatException or another exception of HAPI's parser if it is not a FHIR R4
   *     resource
   */
  public Resource readByHapi(String json) {
    OtherVersions.refuse(json);
    IParser parser = fhir.newJsonParser();
    parser.setParserErrorHandler(
        new LenientErrorHandler(false).setErrorOnInvalidValue(false).disableAllErrors());
    IBaseResource parsed = parser.parseResource(json);
    return (Resource) parsed;
  }

  private Resource byHapi(JsonParser parser, byte[] json, int start, int outside) {
    while (parser.currentToken() != JsonToken.END_OBJECT || depth(parser) != outside) {
      parser.nextToken();
    }
    int end = (int) parser.currentLocation().getByteOffset();
    return readByHapi(new String(json, start, end - start, StandardCharsets.UTF_8));
  }

  private static int depth(JsonParser parser) {
    return parser.streamReadContext().getNestingDepth();
  }

  /** One reading of one text. */
  private final class Reading {
    private final JsonParser parser;
    private final byte[] json;
    private final Texts texts = new Texts();
    // A day's results share the moment of their sample, whose text is dear to read.
    private final Map<String, Base> moments = new HashMap<>();

    Reading(JsonParser parser, byte[] json) {
      this.parser = parser;
      this.json = json;
    }

    Resource resource(boolean mayBeBundle) {
      if (!"resourceType".equals(parser.nextName())
          || parser.nextToken() != JsonToken.VALUE_STRING) {
        throw NotPlain.HERE;
      }
      RecordTypes.Type type = types.resource(parser.getString());
      if (type == null || (!mayBeBundle && type.isBundle())) {
        throw NotPlain.HERE;
      }
      Resource resource = (Resource) type.make().get();
      fill(resource, type);
      identify(resource);
      resource.setUserData(BaseParser.RESOURCE_CREATED_BY_PARSER, Boolean.TRUE);
      if (resource instanceof Bundle bundle) {
        bundle.getEntry().forEach(RecordReader::identify);
      }
      return resource;
    }

    private void fill(Base target, RecordTypes.Type type) {
      long seen = 0;
      PropertyNameMatcher names = type.names();
      for (int name = parser.nextNameMatch(names);
          name != PropertyNameMatcher.MATCH_END_OBJECT;
          name = parser.nextNameMatch(names)) {
        NotPlain.unless(name >= 0);
        RecordTypes.Child child = type.child(name);
        NotPlain.unless((seen & child.bit()) == 0);
        seen |= child.bit();
        JsonToken token = parser.nextToken();
        if (!child.isList()) {
          child.put(target, value(child, token));
        } else if (token == JsonToken.START_ARRAY) {
          token = parser.nextToken();
          if (token == JsonToken.END_ARRAY) {
            throw NotPlain.HERE;
          }
          for (; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            child.put(target, value(child, token));
          }
        } else {
          throw NotPlain.HERE;
        }
      }
    }

    private Base value(RecordTypes.Child child, JsonToken token) {
      switch (child.kind()) {
        case COMPOSITE:
          NotPlain.unless(token == JsonToken.START_OBJECT);
          Base composite = child.make().get();
          fill(composite, child.type());
          return composite;
        case RESOURCE:
          NotPlain.unless(token == JsonToken.START_OBJECT);
          return nested();
        case BOOLEAN:
          NotPlain.unless(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE);
          return primitive(child, token == JsonToken.VALUE_TRUE ? "true" : "false");
        case INTEGER:
          NotPlain.unless(token == JsonToken.VALUE_NUMBER_INT);
          return primitive(child, parser.getString());
        case DECIMAL:
          NotPlain.unless(
              token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT);
          return primitive(child, decimal(parser.getString()));
        case MOMENT:
          NotPlain.unless(token == JsonToken.VALUE_STRING);
          return moments.computeIfAbsent(texts.of(parser), text -> primitive(child, text));
        default:
          NotPlain.unless(token == JsonToken.VALUE_STRING);
          return primitive(child, texts.of(parser));
      }
    }

    /** As HAPI writes it: without exponent, and zero without sign. */
    private static String decimal(String text) {
      NotPlain.unless(text.indexOf('e') < 0 && text.indexOf('E') < 0);
      NotPlain.unless(text.charAt(0) != '-' || new BigDecimal(text).signum() != 0);
      return text;
    }

    private static Base primitive(RecordTypes.Child child, String text) {
      NotPlain.unless(!text.isEmpty());
      Base made = child.make().get();
      try {
        ((IPrimitiveType<?>) made).setValueAsString(text);
      } catch (DataFormatException | IllegalArgumentException e) {
        throw NotPlain.HERE;
      }
      return made;
    }

    /** A resource of a Bundle; when it is not plain, only this one is left to HAPI. */
    private Resource nested() {
      int start = (int) parser.currentTokenLocation().getByteOffset();
      int outside = depth(parser) - 1;
      try {
        return resource(false);
      } catch (NotPlain e) {
        Resource read = byHapi(parser, json, start, outside);
        // HAPI treats a Bundle in a Bundle in another way than one that stands alone.
        NotPlain.unless(!(read instanceof Bundle));
        return read;
      }
    }
  }

  /** The id as HAPI gives it: with the type, and with the version where there is one. */
  private static void identify(Resource resource) {
    // HAPI leaves an empty meta behind when it looks for the version.
    String version = resource.getMeta().getVersionId();
    IdType id = resource.getIdElement();
    if (id.isEmpty()) {
      return;
    }
    String logical = String.valueOf(id.getValue());
    NotPlain.unless(isPlainId(logical));
    String full = resource.fhirType() + "/" + logical;
    if (version != null) {
      NotPlain.unless(isPlainId(version));
      full += "/_history/" + version;
    }
    id.setValue(full);
  }

  private static boolean isPlainId(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '.';
      if (!plain) {
        return false;
      }
    }
    return !id.isEmpty() && id.length() <= 64;
  }

  /** The address of a Bundle's entry becomes part of its resource's id, by HAPI's rules. */
  private static void identify(Bundle.BundleEntryComponent entry) {
    String address = entry.getFullUrl();
    Resource resource = entry.getResource();
    if (address == null || resource == null) {
      return;
    }
    IdType id = resource.getIdElement();
    String value = id.getValue();
    if (value == null || value.isBlank()) {
      id.setValue(address);
      return;
    }
    String logical = id.getIdPart();
    if (address.startsWith("urn:") && endsWith(address, logical)) {
      id.setValue(address);
      return;
    }
    IdType full = new IdType(address);
    if (logical.equals(full.getIdPart()) && full.hasBaseUrl()) {
      id.setValue(id.withServerBase(full.getBaseUrl(), id.getResourceType()).getValue());
    }
  }

  private static boolean endsWith(String urn, @Nullable String logical) {
    return logical != null && urn.endsWith(":" + logical);
  }
}
