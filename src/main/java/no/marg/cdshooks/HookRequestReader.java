package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import no.marg.chart.JsonNumbers;
import no.marg.chart.OtherVersionException;
import no.marg.chart.RecordReader;
import no.marg.knowledge.Service;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads the JSON of a call in one pass over its bytes, the prefetched resources included. */
final class HookRequestReader {
  /** Marks an order with content that could not be read, and so could not be sent back. */
  static final String NOT_WHOLE = "no.marg.notWhole";

  private final FhirContext fhir;
  private final RecordReader records;
  private static final JsonMapper TREE = JsonMapper.builder().build();

  private final JsonFactory json = JsonFactory.builder().build();

  HookRequestReader(FhirContext fhir) {
    this.fhir = fhir;
    this.records = new RecordReader(fhir);
  }

  /**
   * Reads a call of a service.
   *
   * @param body JSON in UTF-8
   * @throws HookException 400 if the body is not what the hook prescribes, 412 if the patient is
   *     neither sent nor could be obtained
   */
  HookRequest read(byte[] body, Service service) {
    if (JsonNumbers.hasHugeExponent(body)) {
      throw HookException.badRequest("The body holds a number that is too large");
    }
    Envelope envelope = new Envelope(body, service);
    try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
      envelope.read(parser);
    } catch (JacksonException e) {
      throw HookException.badRequest("The body is not valid JSON");
    }
    return envelope.check();
  }

  private final class Envelope {
    private final byte[] body;
    private final Service service;
    private @Nullable String hook;
    private @Nullable String hookInstance;
    private @Nullable String fhirServer;
    private boolean hasContext;
    private boolean hasAuthorization;
    private final Map<String, String> authorization = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, List<String>> references = new HashMap<>();
    private final Map<String, String> resources = new HashMap<>();
    private final Map<String, @Nullable Resource> prefetch = new HashMap<>();

    Envelope(byte[] body, Service service) {
      this.body = body;
      this.service = service;
    }

    void read(JsonParser parser) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw HookException.badRequest("The body must be a JSON object");
      }
      // Jackson recognises UTF-16 and UTF-32 as well; places in the text are known in UTF-8 only.
      require(parser.currentTokenLocation().getByteOffset() >= 0, "The body must be UTF-8");
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_NULL) {
          // Against the specification, and common: an optional attribute without value.
          continue;
        }
        switch (name) {
          case "hook" -> hook = string(parser, "hook");
          case "hookInstance" -> hookInstance = string(parser, "hookInstance");
          case "fhirServer" -> fhirServer = string(parser, "fhirServer");
          case "fhirAuthorization" -> {
            require(value == JsonToken.START_OBJECT, "fhirAuthorization must be an object");
            hasAuthorization = true;
            readAuthorization(parser);
          }
          case "context" -> {
            require(value == JsonToken.START_OBJECT, "context must be an object");
            hasContext = true;
            readContext(parser);
          }
          case "prefetch" -> {
            require(value == JsonToken.START_OBJECT, "prefetch must be an object");
            readPrefetch(parser);
          }
          default -> parser.skipChildren();
        }
      }
      require(parser.nextToken() == null, "There is text after the JSON object");
    }

    private void readAuthorization(JsonParser parser) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value.isScalarValue() && value != JsonToken.VALUE_NULL) {
          authorization.put(name, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    }

    /** What must hold of an authorization is checked also where it is not used. */
    private void checkAuthorization(String patient) {
      require(fhirServer != null, "fhirAuthorization is sent without fhirServer");
      for (String name : List.of("access_token", "token_type", "expires_in", "scope", "subject")) {
        require(authorization.containsKey(name), "fhirAuthorization." + name + " is missing");
      }
      require(
          "Bearer".equals(authorization.get("token_type")),
          "fhirAuthorization.token_type must be Bearer");
      String bound = authorization.get("patient");
      require(
          bound == null || bound.replaceFirst("^Patient/", "").equals(patient),
          "fhirAuthorization.patient is not the patient of the context");
    }

    private void readContext(JsonParser parser) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_NULL) {
          continue;
        }
        if (HookContext.TEXTS.contains(name)) {
          texts.put(name, string(parser, "context." + name));
        } else if (HookContext.RESOURCES.contains(name)) {
          require(value == JsonToken.START_OBJECT, "context." + name + " must be a FHIR resource");
          resources.put(name, piece(parser));
        } else if (HookContext.REFERENCES.contains(name)) {
          require(value == JsonToken.START_ARRAY, "context." + name + " must be an array");
          List<String> found = new ArrayList<>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            found.add(string(parser, "context." + name));
          }
          references.put(name, List.copyOf(found));
        } else {
          parser.skipChildren();
        }
      }
    }

    private void readPrefetch(JsonParser parser) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_NULL) {
          prefetch.put(name, null);
          continue;
        }
        require(value == JsonToken.START_OBJECT, "prefetch." + name + " must be a FHIR resource");
        if (service.prefetch().containsKey(name)) {
          prefetch.put(name, resource("prefetch." + name, () -> records.read(parser, body)));
        } else {
          parser.skipChildren();
        }
      }
    }

    /** The text of the value the parser stands on. */
    private String piece(JsonParser parser) {
      int start = (int) parser.currentTokenLocation().getByteOffset();
      parser.skipChildren();
      int end = (int) parser.currentLocation().getByteOffset();
      return new String(body, start, end - start, StandardCharsets.UTF_8);
    }

    private static String string(JsonParser parser, String name) {
      require(parser.currentToken() == JsonToken.VALUE_STRING, name + " must be a string");
      return parser.getString();
    }

    HookRequest check() {
      String hookName = present(hook, "hook");
      String instance = present(hookInstance, "hookInstance");
      require(hasContext, "context is missing");
      require(
          hookName.equals(service.hook()),
          "This service answers the hook " + service.hook() + ", not the one sent");
      for (String name : HookContext.required(service.hook())) {
        require(
            references.containsKey(name)
                || resources.containsKey(name)
                || !texts.getOrDefault(name, "").isBlank(),
            "context." + name + " is missing");
      }
      String patient = present(texts.get("patientId"), "context.patientId");
      if (patient.startsWith("Patient/")) {
        patient = patient.substring("Patient/".length());
      }
      require(
          patient.matches("[A-Za-z0-9\\-.]{1,64}"),
          "context.patientId is not the id of a resource");
      if (hasAuthorization) {
        checkAuthorization(patient);
      }
      Map<String, Gap> gaps = new LinkedHashMap<>();
      Map<String, List<Resource>> found = new LinkedHashMap<>();
      service.prefetch().forEach((key, template) -> read(key, template, found, gaps));
      List<Resource> orders = new ArrayList<>(resources("draftOrders"));
      orders.addAll(resources("medications"));
      if (gaps.get(Offered.ORDERED_MEDICATIONS) == Gap.NOT_SENT
          && Templates.ordered(orders, fhirServer).isEmpty()) {
        // No order refers to one, so nothing is missing.
        gaps.remove(Offered.ORDERED_MEDICATIONS);
      }
      return new HookRequest(
          hookName,
          instance,
          patient,
          texts.get("userId"),
          texts.get("encounterId"),
          found,
          gaps,
          orders,
          references.getOrDefault("selections", List.of()),
          resources("appointments"),
          resources("conditions"),
          server());
    }

    private HookRequest.@Nullable Server server() {
      String base = fhirServer;
      return base == null || base.isBlank()
          ? null
          : new HookRequest.Server(base, authorization.get("access_token"));
    }

    private void read(
        String key, String template, Map<String, List<Resource>> found, Map<String, Gap> gaps) {
      if (!prefetch.containsKey(key)) {
        gaps.put(key, Gap.NOT_SENT);
        return;
      }
      Resource parsed = prefetch.get(key);
      if (parsed == null) {
        found.put(key, List.of());
        return;
      }
      if (parsed instanceof OperationOutcome) {
        gaps.put(key, Gap.CLIENT_FAILED);
        return;
      }
      List<Resource> resources = flatten(parsed);
      if (key.equals("patient")) {
        require(
            resources.stream().allMatch(r -> r.fhirType().equals("Patient")),
            "prefetch.patient must be a Patient");
      }
      found.put(key, resources);
      // A page that is sorted newest first is enough; of anything else the rest is missing.
      boolean hasMore = parsed instanceof Bundle bundle && bundle.getLink("next") != null;
      if (hasMore && !template.contains("_sort=-")) {
        gaps.put(key, Gap.FIRST_PAGE);
      }
    }

    /** By HAPI alone, which links drafts that refer to each other: they go back in suggestions. */
    private List<Resource> resources(String name) {
      String text = resources.get(name);
      if (text == null) {
        return List.of();
      }
      List<Resource> found = flatten(resource("context." + name, () -> records.readByHapi(text)));
      Set<JsonNode> sent = new HashSet<>();
      JsonNode all = TREE.readTree(text);
      sent.add(withoutNarrative(all));
      all.path("entry").forEach(entry -> sent.add(withoutNarrative(entry.path("resource"))));
      for (Resource each : found) {
        if (!isReadWhole(each, sent)) {
          each.setUserData(NOT_WHOLE, true);
        }
      }
      return found;
    }

    /** Whether the model holds all that was sent; what it can not hold it would not give back. */
    private boolean isReadWhole(Resource read, Set<JsonNode> sent) {
      Resource copy;
      try {
        // A changed order starts as a copy, and a copy has no codes that are unknown.
        copy = read.copy();
      } catch (RuntimeException e) {
        // The model fails in several ways on a value it could not read, such as a broken date.
        return false;
      }
      String back = fhir.newJsonParser().encodeResourceToString(copy);
      return StandardCharsets.UTF_8.newEncoder().canEncode(back)
          && sent.contains(withoutNarrative(TREE.readTree(back)));
    }

    /** The narrative is made from the rest, and the model writes it in its own way. */
    private static JsonNode withoutNarrative(JsonNode resource) {
      if (resource instanceof ObjectNode object) {
        object.remove("text");
      }
      return resource;
    }

    private static List<Resource> flatten(Resource parsed) {
      List<Resource> found = new ArrayList<>();
      if (parsed instanceof Bundle bundle) {
        for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
          if (entry.getResource() != null && !(entry.getResource() instanceof OperationOutcome)) {
            found.add(entry.getResource());
          }
        }
      } else {
        found.add(parsed);
      }
      return found;
    }

    private static Resource resource(String place, Supplier<Resource> read) {
      try {
        return read.get();
      } catch (OtherVersionException e) {
        throw HookException.badRequest(place + " holds a " + e.getMessage());
      } catch (RuntimeException e) {
        throw HookException.badRequest(place + " is not a FHIR R4 resource");
      }
    }
  }

  private static String present(@Nullable String value, String name) {
    require(value != null && !value.isBlank(), name + " is missing");
    return java.util.Objects.requireNonNull(value);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw HookException.badRequest(message);
    }
  }
}
