package no.marg.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.DataFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The reader gives what HAPI gives, on every record here and on thousands of spoilt ones. */
class RecordReaderTest {
  private static final FhirContext FHIR = FhirContext.forR4Cached();
  private static final RecordReader READER = new RecordReader(FHIR);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final JsonFactory TOKENS = JsonFactory.builder().build();

  static Stream<Path> records() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String root : List.of("src/main/resources/demo", "src/test/resources")) {
      try (Stream<Path> all = Files.walk(Path.of(root))) {
        all.filter(RecordReaderTest::holdsResource).sorted().forEach(files::add);
      }
    }
    return files.stream();
  }

  private static boolean holdsResource(Path file) {
    try {
      return file.toString().endsWith(".json")
          && Files.readString(file).contains("\"resourceType\"")
          && JSON.readTree(Files.readString(file)).has("resourceType");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("records")
  void givesWhatHapiGives(Path file) throws IOException {
    String json = Files.readString(file);
    same(json);
    // As another server writes it: without white space and with HAPI's order of elements.
    same(FHIR.newJsonParser().encodeResourceToString(FHIR.newJsonParser().parseResource(json)));
  }

  /** Without this the other tests would compare HAPI with itself. */
  @ParameterizedTest
  @MethodSource("records")
  void readsTheDemoRecordsItself(Path file) throws IOException {
    if (!file.toString().contains("personas")) {
      return;
    }
    byte[] json = Files.readAllBytes(file);
    try (JsonParser parser = TOKENS.createParser(ObjectReadContext.empty(), json)) {
      parser.nextToken();
      assertThat(READER.readPlain(parser, json)).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[{\"resourceType\":\"Patient\"}]", "null", "1", "\"x\"", ""})
  void refusesWhatIsNoObject(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    try (JsonParser parser = TOKENS.createParser(ObjectReadContext.empty(), bytes)) {
      parser.nextToken();
      assertThatThrownBy(() -> READER.read(parser, bytes)).isInstanceOf(DataFormatException.class);
    }
  }

  /** The dates of two results of one sample are one; a copy of a result has a date of its own. */
  @Test
  void resultsOfOneMomentShareIt() {
    String result =
        "{\"resourceType\":\"Observation\",\"status\":\"final\",\"effectiveDateTime\":\"2026-02-01T08:15:00+01:00\"}";
    String json =
        "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":"
            + result
            + "},{\"resource\":"
            + result
            + "}]}";
    same(json);
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    try (JsonParser parser = TOKENS.createParser(ObjectReadContext.empty(), bytes)) {
      parser.nextToken();
      Bundle read = (Bundle) READER.read(parser, bytes);
      Observation one = (Observation) read.getEntry().get(0).getResource();
      Observation other = (Observation) read.getEntry().get(1).getResource();
      assertThat(one.getEffective()).isSameAs(other.getEffective());
      assertThat(one.copy().getEffective()).isNotSameAs(other.getEffective());
    }
  }

  @Test
  void oneResourceThatIsLeftToHapiLeavesTheOthers() {
    String patient = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"gender\":\"male\"}";
    String narrated =
        "{\"resourceType\":\"Patient\",\"id\":\"æ-ø\",\"text\":{\"status\":\"generated\",\"div\":"
            + "\"<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\">Åse</div>\"}}";
    same(
        "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[{\"resource\":"
            + patient
            + "},{\"resource\":"
            + narrated
            + "},{\"resource\":"
            + patient
            + "}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Ids, with all that can surround them.
        "{'resourceType':'Patient','id':'p','meta':{'versionId':'2'}}",
        "{'resourceType':'Patient','id':'Patient/p'}",
        "{'resourceType':'Patient','id':'urn:uuid:0a8b9b1c-7d3c-4d0a-8c55-1a1a1a1a1a1a'}",
        "{'resourceType':'Patient','id':'a b'}",
        "{'resourceType':'Patient','id':''}",
        "{'resourceType':'Patient','id':7}",
        "{'resourceType':'Patient','meta':{'versionId':'2'}}",
        "{'resourceType':'Patient','id':'p','meta':{}}",
        "{'id':'p','resourceType':'Patient'}",
        // Repeats, lists and what is no list.
        "{'resourceType':'Patient','id':'p','id':'q'}",
        "{'resourceType':'Patient','gender':'male','gender':'female'}",
        "{'resourceType':'Patient','gender':['male']}",
        "{'resourceType':'Patient','name':{'family':'A'}}",
        "{'resourceType':'Patient','name':[]}",
        "{'resourceType':'Patient','name':[null]}",
        "{'resourceType':'Patient','name':[{'given':['A',null,'B']}]}",
        "{'resourceType':'Patient','name':[{'given':['A','B'],'_given':[null,{'id':'x'}]}]}",
        "{'resourceType':'Patient','name':[{}]}",
        "{'resourceType':'Patient','deceasedBoolean':true,'deceasedDateTime':'2020'}",
        "{'resourceType':'Patient','deceasedBoolean':'true'}",
        "{'resourceType':'Patient','deceasedString':'yes'}",
        "{'resourceType':'Patient','multipleBirthInteger':2}",
        "{'resourceType':'Patient','multipleBirthInteger':2.0}",
        // Values that are none.
        "{'resourceType':'Patient','gender':'Male'}",
        "{'resourceType':'Patient','birthDate':'1960-02-30'}",
        "{'resourceType':'Patient','birthDate':'1960-2-3'}",
        "{'resourceType':'Patient','birthDate':' 1960-02-03 '}",
        "{'resourceType':'Patient','active':null}",
        "{'resourceType':'Patient','active':1}",
        "{'resourceType':'Patient','unknown':1}",
        "{'resourceType':'patient'}",
        "{'resourceType':'Patent'}",
        "{'resourceType':7}",
        "{}",
        // Numbers as they are written.
        "{'resourceType':'Observation','valueQuantity':{'value':1.50}}",
        "{'resourceType':'Observation','valueQuantity':{'value':1e3}}",
        "{'resourceType':'Observation','valueQuantity':{'value':1.50E-7}}",
        "{'resourceType':'Observation','valueQuantity':{'value':0.00000001}}",
        "{'resourceType':'Observation','valueQuantity':{'value':-0}}",
        "{'resourceType':'Observation','valueQuantity':{'value':-0.0}}",
        "{'resourceType':'Observation','valueQuantity':{'value':-0.5}}",
        "{'resourceType':'Observation','valueQuantity':{'value':'5'}}",
        "{'resourceType':'Observation','valueQuantity':{'value':12345678901234567890.123}}",
        "{'resourceType':'Observation','valueQuantity':{'value':5,'comparator':'<'}}",
        "{'resourceType':'Observation','valueQuantity':{'value':5,'comparator':'~'}}",
        "{'resourceType':'Observation','valueString':' x '}",
        "{'resourceType':'Observation','valueString':' '}",
        "{'resourceType':'Observation','valueReference':{'reference':'Patient/p'}}",
        "{'resourceType':'Observation','code':{'coding':[{'system':' http://loinc.org','code':' a '}]}}",
        "{'resourceType':'Observation','code':{'id':'x','text':'y'}}",
        "{'resourceType':'Observation','code':{'text':'\\u00e6\\ud83d\\ude00\\n\\\\'}}",
        // Addresses of entries.
        "{'resourceType':'Bundle','entry':[{'fullUrl':'http://a/Patient/p','resource':"
            + "{'resourceType':'Patient','id':'p'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'http://a/Patient/q','resource':"
            + "{'resourceType':'Patient','id':'p'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'http://a/Patient/p','resource':"
            + "{'resourceType':'Patient','id':'p','meta':{'versionId':'7'}}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'urn:uuid:p','resource':"
            + "{'resourceType':'Patient','id':'p'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'urn:uuid:xp','resource':"
            + "{'resourceType':'Patient','id':'p'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'urn:uuid:p','resource':"
            + "{'resourceType':'Patient'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':'Patient/p','resource':"
            + "{'resourceType':'Patient'}}]}",
        "{'resourceType':'Bundle','entry':[{'fullUrl':' ','resource':"
            + "{'resourceType':'Patient','id':'p'}}]}",
        "{'resourceType':'Bundle','entry':[{'request':{'method':'PUT','url':'urn:uuid:p'},"
            + "'resource':{'resourceType':'Patient'}}]}",
        "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Bundle','entry':"
            + "[{'fullUrl':'http://a/Patient/p','resource':{'resourceType':'Patient','id':'p'}}]}}]}",
        "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'Nonsense'}}]}",
        "{'resourceType':'Bundle','entry':[{'resource':{'resourceType':'OperationOutcome',"
            + "'issue':[{'severity':'error','code':'forbidden'}]}}]}",
        "{'resourceType':'Bundle','entry':[{'resource':[]}]}",
        "{'resourceType':'Bundle','entry':[{'resource':null}]}",
        "{'resourceType':'Bundle','link':[{'relation':'next','url':'http://a?page=2'}]}"
      })
  void treatsOddTextAsHapiDoes(String json) {
    same(json.replace('\'', '"'));
  }

  /** Every kind of damage at a place chosen by chance; always the same chances. */
  @Test
  void treatsSpoiltRecordsAsHapiDoes() throws IOException {
    Random random = new Random(20260215);
    List<ObjectNode> resources = new ArrayList<>();
    for (Path file : records().toList()) {
      JsonNode record = JSON.readTree(Files.readString(file));
      record.path("entry").forEach(entry -> resources.add((ObjectNode) entry.path("resource")));
    }
    assertThat(resources).hasSizeGreaterThan(500);
    for (int i = 0; i < 6000; i++) {
      ObjectNode bundle = JSON.createObjectNode();
      bundle.put("resourceType", "Bundle").put("type", "searchset");
      ArrayNode entries = bundle.putArray("entry");
      for (int n = 0; n < 2; n++) {
        ObjectNode resource = resources.get(random.nextInt(resources.size())).deepCopy();
        entries.addObject().set("resource", resource);
      }
      spoil(random.nextInt(10) == 0 ? bundle : (ObjectNode) entries.get(0).get("resource"), random);
      same(JSON.writeValueAsString(bundle));
    }
  }

  private static void spoil(ObjectNode top, Random random) {
    List<ObjectNode> places = new ArrayList<>();
    collect(top, places);
    ObjectNode place = places.get(random.nextInt(places.size()));
    List<String> names = new ArrayList<>(place.propertyNames());
    if (names.isEmpty()) {
      return;
    }
    String name = names.get(random.nextInt(names.size()));
    JsonNode value = place.get(name);
    switch (random.nextInt(16)) {
      case 0 -> place.remove(name);
      case 1 -> place.putNull(name);
      case 2 -> place.put(name, "");
      case 3 -> place.put(name, "x y");
      case 4 -> place.put(name, 7);
      case 5 -> place.put(name, 7.25);
      case 6 -> place.put(name, true);
      case 7 -> place.putObject(name);
      case 8 -> place.putArray(name);
      case 9 -> place.putArray(name).add(value).add(value.deepCopy());
      case 10 -> place.set(name, value.isArray() && !value.isEmpty() ? value.get(0) : value);
      case 11 -> place.putObject("_" + name).put("id", "x");
      case 12 ->
          place
              .putArray("extension")
              .addObject()
              .put("url", "http://example.org/e")
              .put("valueString", "x");
      case 13 -> {
        // The same element last: HAPI does not mind the order.
        place.remove(name);
        place.set(name, value);
      }
      case 14 -> place.put("surprise", "x");
      default -> {
        ObjectNode contained = place.putArray("contained").addObject();
        contained.put("resourceType", "Medication").put("id", "m");
      }
    }
  }

  private static void collect(JsonNode node, List<ObjectNode> places) {
    if (node instanceof ObjectNode object) {
      places.add(object);
    }
    node.forEach(child -> collect(child, places));
  }

  private static void same(String json) {
    Object expected = outcome(() -> READER.readByHapi(json));
    Object given = outcome(() -> read(json));
    if (expected instanceof Resource hapi && given instanceof Resource ours) {
      assertThat(ours.equalsDeep(hapi)).as(json).isTrue();
      assertThat(encoded(ours)).as(json).isEqualTo(encoded(hapi));
      assertThat(ids(ours)).as(json).isEqualTo(ids(hapi));
    } else if (expected instanceof Resource || given instanceof Resource) {
      fail("HAPI: " + expected + "; here: " + given + "; of " + json);
    }
  }

  private interface Read {
    Resource now();
  }

  private static Object outcome(Read read) {
    try {
      return read.now();
    } catch (RuntimeException e) {
      return e;
    }
  }

  private static Resource read(String json) {
    byte[] bytes =
        ("{\"before\":1,\"æ\":" + json + ",\"after\":2}").getBytes(StandardCharsets.UTF_8);
    try (JsonParser parser = TOKENS.createParser(ObjectReadContext.empty(), bytes)) {
      parser.nextToken();
      parser.nextName();
      parser.nextToken();
      parser.nextName();
      parser.nextToken();
      Resource read = READER.read(parser, bytes);
      assertThat(parser.nextName()).as("where the reader stops").isEqualTo("after");
      return read;
    }
  }

  private static String encoded(Resource resource) {
    try {
      return FHIR.newJsonParser().encodeResourceToString(resource);
    } catch (RuntimeException e) {
      // HAPI keeps some values that it can not write.
      return e.toString();
    }
  }

  private static List<@Nullable String> ids(Resource resource) {
    List<@Nullable String> ids = new ArrayList<>();
    ids.add(resource.getIdElement().getValue());
    if (resource instanceof org.hl7.fhir.r4.model.Bundle bundle) {
      bundle.getEntry().stream()
          .filter(entry -> entry.getResource() != null)
          .forEach(entry -> ids.add(entry.getResource().getIdElement().getValue()));
    }
    return ids;
  }
}
