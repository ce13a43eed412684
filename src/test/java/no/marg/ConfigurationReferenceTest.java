package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** docs/configuration.md has a row for each setting and no others, with its default. */
class ConfigurationReferenceTest {
  private static final Path PAGE = Path.of("docs/configuration.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| (`marg\\.[^|]+) \\| ([^|]*) \\| ([^|]+) \\|$");
  private static final Pattern NAME = Pattern.compile("`([^`]+)`");

  @Test
  void everySettingHasItsRowAndEveryRowItsSetting() throws IOException {
    Map<String, String> settings = settings();
    Map<String, String> rows = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      Matcher name = NAME.matcher(row.group(1));
      while (name.find()) {
        assertThat(rows.put(name.group(1), row.group(2).strip())).as(name.group(1)).isNull();
      }
      assertThat(row.group(3).strip()).as(row.group(1)).isNotEmpty();
    }
    assertThat(settings).containsKey("marg.card-limit");
    assertThat(rows.keySet()).isEqualTo(settings.keySet());
    settings.forEach(
        (name, value) -> assertThat(rows.get(name)).as("default of " + name).contains(value));
  }

  /** Name to default, empty where there is none. */
  private static Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("no.marg")) {
      if (type.isAnnotatedWith(ConfigurationProperties.class)) {
        ConfigurationProperties of = type.getAnnotationOfType(ConfigurationProperties.class);
        collect(of.value().isEmpty() ? of.prefix() : of.value(), type.reflect(), settings);
      }
    }
    return settings;
  }

  private static void collect(String prefix, Class<?> record, Map<String, String> settings) {
    assertThat(record.isRecord()).as(record.getName()).isTrue();
    for (RecordComponent component : record.getRecordComponents()) {
      String name = prefix + "." + kebab(component.getName());
      Class<?> type = component.getType();
      Class<?> element = element(component);
      if (type.isRecord() && type.getName().startsWith("no.marg.")) {
        collect(name, type, settings);
      } else if (element != null && element.isRecord()) {
        collect(name + "[]", element, settings);
      } else {
        settings.put(name, defaultOf(record, component));
      }
    }
  }

  /** What a list holds, or a map under its keys; null for anything else. */
  private static Class<?> element(RecordComponent component) {
    if (component.getGenericType() instanceof java.lang.reflect.ParameterizedType generic
        && generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1]
            instanceof Class<?> last) {
      return last;
    }
    return null;
  }

  private static String defaultOf(Class<?> record, RecordComponent component) {
    for (var constructor : record.getDeclaredConstructors()) {
      for (var parameter : constructor.getParameters()) {
        DefaultValue value = parameter.getAnnotation(DefaultValue.class);
        if (parameter.getName().equals(component.getName()) && value != null) {
          return String.join(", ", value.value());
        }
      }
    }
    return "";
  }

  private static String kebab(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(java.util.Locale.ROOT);
  }
}
