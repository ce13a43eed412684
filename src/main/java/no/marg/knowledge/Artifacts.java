package no.marg.knowledge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The files of the guideline, unread. File name (relative to its root) to content, in the order of
 * the names.
 *
 * @param fhir FHIR resources as JSON
 * @param elm CQL libraries translated to ELM JSON
 * @param cql the CQL sources, to be shown beside the libraries
 */
public record Artifacts(
    Map<String, String> fhir, Map<String, String> elm, Map<String, String> cql) {

  /** The artifacts that were built into this application. */
  public static Artifacts ofClasspath() {
    return new Artifacts(
        read("fhir-resources", "**/*.json"), read("elm", "*.json"), read("cql", "*.cql"));
  }

  private static Map<String, String> read(String root, String pattern) {
    Map<String, String> files = new TreeMap<>();
    try {
      var resolver = new PathMatchingResourcePatternResolver(Artifacts.class.getClassLoader());
      for (Resource resource : resolver.getResources("classpath:" + root + "/" + pattern)) {
        String url = resource.getURL().toString();
        String name = url.substring(url.lastIndexOf("/" + root + "/") + root.length() + 2);
        files.put(root + "/" + name, resource.getContentAsString(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("The artifacts of " + root + " can not be read", e);
    }
    return files;
  }
}
