package no.marg.cdshooks;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.LenientErrorHandler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.marg.knowledge.Service;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the JSON of a call in one pass: the envelope as tokens, and each FHIR resource in it from
 * its own piece of the text, so that nothing is parsed twice.
 */
final class HookRequestReader {
  private final FhirContext fhir;
  private final JsonFactory json = JsonFactory.builder().build();

  HookRequestReader(FhirContext fhir) {
    this.fhir = fhir;
  }

  /**
   * Reads a call of a service.
   *
   * @throws HookException 400 if the body is not what the hook prescribes, 412 if the patient is
   *     neither sent nor could be obtained
   */
  HookRequest read(String body, Service service) {
    Envelope envelope = new Envelope();
    try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
      envelope.read(parser, body);
    } catch (JacksonException e) {
      throw HookException.badRequest("The body is not valid JSON");
    }
    return envelope.check(service);
  }

  private final class Envelope {
    private @Nullable String hook;
    private @Nullable String hookInstance;
    private @Nullable String fhirServer;
    private boolean hasContext;
    private boolean hasAuthorization;
    private final Map<String, String> authorization = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, List<String>> references = new HashMap<>();
    private final Map<String, String> resources = new HashMap<>();
    private final Map<String, @Nullable String> prefetch = new LinkedHashMap<>();

    void read(JsonParser parser, String body) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw HookException.badRequest("The body must be a JSON object");
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
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
            readContext(parser, body);
          }
          case "prefetch" -> {
            require(
                value == JsonToken.START_OBJECT || value == JsonToken.VALUE_NULL,
                "prefetch must be an object");
            if (value == JsonToken.START_OBJECT) {
              readPrefetch(parser, body);
            }
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

    private void readContext(JsonParser parser, String body) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (HookContext.TEXTS.contains(name)) {
          texts.put(name, string(parser, "context." + name));
        } else if (HookContext.RESOURCES.contains(name)) {
          require(value == JsonToken.START_OBJECT, "context." + name + " must be a FHIR resource");
          resources.put(name, piece(parser, body));
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

    private void readPrefetch(JsonParser parser, String body) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_NULL) {
          prefetch.put(name, null);
        } else {
          require(value == JsonToken.START_OBJECT, "prefetch." + name + " must be a FHIR resource");
          prefetch.put(name, piece(parser, body));
        }
      }
    }

    /** The text of the value the parser stands on. */
    private static String piece(JsonParser parser, String body) {
      int start = (int) parser.currentTokenLocation().getCharOffset();
      parser.skipChildren();
      int end = (int) parser.currentLocation().getCharOffset();
      return body.substring(start, end);
    }

    private static String string(JsonParser parser, String name) {
      require(parser.currentToken() == JsonToken.VALUE_STRING, name + " must be a string");
      return parser.getString();
    }

    HookRequest check(Service service) {
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
      String text = prefetch.get(key);
      if (text == null) {
        found.put(key, List.of());
        return;
      }
      IBaseResource parsed = parse("prefetch." + key, text);
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

    private List<Resource> resources(String name) {
      String text = resources.get(name);
      return text == null ? List.of() : flatten(parse("context." + name, text));
    }

    private static List<Resource> flatten(IBaseResource parsed) {
      List<Resource> found = new ArrayList<>();
      if (parsed instanceof Bundle bundle) {
        for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
          if (entry.getResource() != null && !(entry.getResource() instanceof OperationOutcome)) {
            found.add(entry.getResource());
          }
        }
      } else if (parsed instanceof Resource resource) {
        found.add(resource);
      }
      return found;
    }

    private IBaseResource parse(String place, String text) {
      IParser parser = fhir.newJsonParser();
      parser.setParserErrorHandler(
          new LenientErrorHandler(false).setErrorOnInvalidValue(false).disableAllErrors());
      try {
        return parser.parseResource(text);
      } catch (DataFormatException | IllegalArgumentException | ClassCastException e) {
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
