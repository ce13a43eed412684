package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.platform.commons.annotation.Testable;
import org.yaml.snakeyaml.Yaml;

/**
 * Compares what CDS Hooks and SMART App Launch ask for ({@code conformance.yaml}) with the tests
 * that say they prove it ({@link Conforms}), and writes docs/conformance.md from both.
 */
class ConformanceTest {
  private static final Path PAGE = Path.of("docs/conformance.md");
  private static final Path REGISTER = Path.of("src/test/resources/conformance.yaml");
  private static final Set<String> STRENGTHS = Set.of("SHALL", "SHOULD", "MAY", "practice");

  private static Map<String, Map<String, Item>> sections;
  private static Map<String, Item> items;
  private static List<String> open;
  private static Map<String, Set<String>> tests;

  /** What is asked for; reason and note are null where there is none. */
  private record Item(
      String says, String strength, String in, @Nullable String reason, @Nullable String note) {}

  @BeforeAll
  static void read() throws IOException {
    Map<String, Object> register = new Yaml().load(Files.readString(REGISTER));
    sections = new LinkedHashMap<>();
    items = new LinkedHashMap<>();
    for (Object each : (List<?>) register.get("sections")) {
      Map<?, ?> section = (Map<?, ?>) each;
      Map<String, Item> ofSection = new LinkedHashMap<>();
      ((Map<?, ?>) section.get("items"))
          .forEach((id, item) -> ofSection.put(String.valueOf(id), item((Map<?, ?>) item)));
      sections.put(String.valueOf(section.get("title")), ofSection);
      items.putAll(ofSection);
    }
    open = ((List<?>) register.get("open")).stream().map(String::valueOf).toList();
    tests = testsById();
  }

  private static Item item(Map<?, ?> item) {
    assertThat(item.keySet().toString())
        .as("attributes of an item")
        .matches("\\[says, strength, in(, reason)?(, note)?]");
    return new Item(
        (String) item.get("says"),
        (String) item.get("strength"),
        (String) item.get("in"),
        (String) item.get("reason"),
        (String) item.get("note"));
  }

  @Test
  void everyItemIsWhole() {
    assertThat(items).hasSize(sections.values().stream().mapToInt(Map::size).sum());
    assertThat(items).hasSizeGreaterThan(120);
    items.forEach(
        (id, item) -> {
          assertThat(id).matches("(CH|SM)-\\d+");
          assertThat(item.says()).as(id).endsWith(".").hasSizeGreaterThan(20);
          assertThat(STRENGTHS).as(id).contains(item.strength());
          assertThat(item.in()).as(id).isNotBlank();
        });
  }

  @Test
  void testsNameOnlyItemsOfTheRegister() {
    assertThat(items.keySet()).containsAll(tests.keySet());
    assertThat(items.keySet()).containsAll(open);
    assertThat(open).doesNotHaveDuplicates();
  }

  @Test
  void everyItemHasATestOrAReason() throws IOException {
    List<String> wrong = new ArrayList<>();
    items.forEach(
        (id, item) -> {
          boolean isTested = tests.containsKey(id);
          if (!isTested && item.reason() == null && !open.contains(id)) {
            wrong.add(id + ": neither a test nor a reason");
          }
          if (isTested && open.contains(id)) {
            wrong.add(id + ": has a test; take it off the list of open items");
          }
          if (item.reason() != null && open.contains(id)) {
            wrong.add(id + ": has a reason; take it off the list of open items");
          }
          if (isTested && item.reason() != null) {
            wrong.add(id + ": has a test, so the reason why it has none is out of date");
          }
          if (!isTested && item.note() != null) {
            wrong.add(id + ": a note says what tests leave out, but there are none");
          }
        });
    write();
    assertThat(wrong).isEmpty();
  }

  /** An annotation on something that never runs would prove nothing. */
  private static Map<String, Set<String>> testsById() {
    Map<String, Set<String>> found = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages("no.marg")) {
      if (type.isAnnotatedWith(Conforms.class)) {
        assertThat(type.getMethods().stream().anyMatch(ConformanceTest::isTest))
            .as(type.getName() + " has tests")
            .isTrue();
        add(found, type.getAnnotationOfType(Conforms.class), name(type) + condition(type, null));
      }
      for (JavaMethod method : type.getMethods()) {
        if (method.isAnnotatedWith(Conforms.class)) {
          assertThat(isTest(method)).as(method.getFullName() + " is a test that runs").isTrue();
          add(
              found,
              method.getAnnotationOfType(Conforms.class),
              name(type) + "." + method.getName() + condition(type, method));
        }
      }
    }
    return found;
  }

  private static boolean isTest(JavaMethod method) {
    return method.isMetaAnnotatedWith(Testable.class)
        && !method.isAnnotatedWith(Disabled.class)
        && !method.getOwner().isAnnotatedWith(Disabled.class);
  }

  private static String name(JavaClass type) {
    return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
  }

  private static String condition(JavaClass type, @Nullable JavaMethod method) {
    EnabledIfSystemProperty only =
        method != null && method.isAnnotatedWith(EnabledIfSystemProperty.class)
            ? method.getAnnotationOfType(EnabledIfSystemProperty.class)
            : type.isAnnotatedWith(EnabledIfSystemProperty.class)
                ? type.getAnnotationOfType(EnabledIfSystemProperty.class)
                : null;
    return only == null ? "" : " (with `-D" + only.named() + "`)";
  }

  private static void add(Map<String, Set<String>> found, Conforms conforms, String test) {
    Set<String> own = new HashSet<>();
    for (String id : conforms.value()) {
      assertThat(own.add(id)).as(test + " names " + id + " twice").isTrue();
      found.computeIfAbsent(id, any -> new TreeSet<>()).add(test);
    }
  }

  private static void write() throws IOException {
    long reasons = items.values().stream().filter(item -> item.reason() != null).count();
    long tested = items.keySet().stream().filter(tests::containsKey).count();
    StringBuilder page = new StringBuilder();
    page.append("# Conformance\n\n")
        .append(
            "What CDS Hooks and SMART App Launch ask of this service, in our words, and the tests"
                + " that hold it.\nWritten by ConformanceTest from conformance.yaml and the tests'"
                + " `@Conforms`; do not edit.\n\n")
        .append("| | |\n| --- | --- |\n| items | ")
        .append(items.size())
        .append(" |\n| held by tests | ")
        .append(tested)
        .append(" |\n| no test, with reason | ")
        .append(reasons)
        .append(" |\n| open: no test yet | ")
        .append(items.size() - tested - reasons)
        .append(" |\n");
    sections.forEach(
        (title, ofSection) -> {
          page.append("\n## ").append(title).append("\n\n");
          page.append("| id | strength | in | says | tests |\n| --- | --- | --- | --- | --- |\n");
          ofSection.forEach((id, item) -> page.append(row(id, item)));
        });
    Files.writeString(PAGE, page.toString());
  }

  private static String row(String id, Item item) {
    String held =
        tests.containsKey(id)
            ? tests.get(id).stream().collect(Collectors.joining("<br>"))
            : item.reason() != null ? "no test: " + item.reason() : "open";
    if (item.note() != null) {
      held += "<br>*" + item.note() + "*";
    }
    return "| " + String.join(" | ", id, item.strength(), item.in(), item.says(), held) + " |\n";
  }
}
