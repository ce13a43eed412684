package no.marg.demo;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** The records and draft orders of the synthetic patients, as they are on one day. */
final class DemoRecords {
  private static final String PERSONAS = "classpath*:demo/personas/*.json";
  private static final String ORDERS = "classpath*:demo/orders/*.json";
  private static final String INDEX = "index.json";

  private final LocalDate day;
  private final Map<String, Map<String, DemoEntry>> entries;
  private final Map<String, Order> orders;
  private final String index;

  /**
   * Orders that are drafted for a patient.
   *
   * @param id name of the set
   * @param patient logical id of the patient
   * @param title the drugs with their doses
   * @param bundle the draft orders
   */
  record Order(String id, String patient, String title, Bundle bundle) {}

  private DemoRecords(
      LocalDate day,
      Map<String, Map<String, DemoEntry>> entries,
      Map<String, Order> orders,
      String index) {
    this.day = day;
    this.entries = entries;
    this.orders = orders;
    this.index = index;
  }

  /**
   * Reads everything from the classpath and makes it current on the day.
   *
   * @throws ca.uhn.fhir.parser.DataFormatException if a file is not strictly valid FHIR JSON
   */
  static DemoRecords load(FhirContext fhir, LocalDate day) {
    IParser parser = fhir.newJsonParser().setParserErrorHandler(new StrictErrorHandler());
    DateShift shift = new DateShift(fhir, day);
    Map<String, Map<String, DemoEntry>> entries = new LinkedHashMap<>();
    Map<String, Order> orders = new LinkedHashMap<>();
    Map<String, String> personas = files(PERSONAS);
    String index = personas.remove(INDEX);
    if (index == null) {
      throw new IllegalStateException("demo/personas/" + INDEX + " is missing");
    }
    for (String json : personas.values()) {
      for (Resource resource : resources(parser.parseResource(Bundle.class, json), shift)) {
        DemoEntry entry = DemoEntry.of(resource);
        entries
            .computeIfAbsent(resource.fhirType(), type -> new LinkedHashMap<>())
            .put(entry.id(), entry);
      }
    }
    files(ORDERS)
        .forEach(
            (file, json) -> {
              String id = file.substring(0, file.length() - ".json".length());
              Bundle bundle = parser.parseResource(Bundle.class, json);
              List<Resource> drafts = resources(bundle, shift);
              String patient = DemoEntry.of(drafts.get(0)).patient();
              orders.put(id, new Order(id, patient, title(drafts), bundle));
            });
    return new DemoRecords(day, entries, orders, index);
  }

  private static Map<String, String> files(String pattern) {
    try {
      Map<String, String> files = new LinkedHashMap<>();
      var found = new PathMatchingResourcePatternResolver().getResources(pattern);
      Arrays.sort(found, Comparator.comparing(file -> String.valueOf(file.getFilename())));
      for (var file : found) {
        files.put(
            String.valueOf(file.getFilename()), file.getContentAsString(StandardCharsets.UTF_8));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The resources of the Bundle, with bare ids and moved dates. */
  private static List<Resource> resources(Bundle bundle, DateShift shift) {
    List<Resource> resources = new ArrayList<>();
    for (Bundle.BundleEntryComponent entry : bundle.getEntry()) {
      Resource resource = entry.getResource();
      resource.setId(resource.getIdElement().getIdPart());
      shift.apply(resource);
      resources.add(resource);
    }
    return resources;
  }

  private static String title(List<Resource> drafts) {
    return drafts.stream()
        .filter(MedicationRequest.class::isInstance)
        .map(MedicationRequest.class::cast)
        .map(order -> order.getMedicationCodeableConcept().getText() + dose(order))
        .collect(Collectors.joining(" + "));
  }

  private static String dose(MedicationRequest order) {
    Quantity dose = order.getDosageInstructionFirstRep().getDoseAndRateFirstRep().getDoseQuantity();
    return dose.hasValue()
        ? " "
            + dose.getValue().toPlainString().replace('.', ',')
            + " "
            + dose.getUnit().replace("m2", "m²")
        : "";
  }

  /** The day the records are current on. */
  LocalDate day() {
    return day;
  }

  /** The list of personas, as JSON. */
  String index() {
    return index;
  }

  /** The resource types on record. */
  List<String> types() {
    return entries.keySet().stream().sorted().toList();
  }

  /** All resources of a type, in the order of the records. */
  List<DemoEntry> all(String type) {
    return List.copyOf(entries.getOrDefault(type, Map.of()).values());
  }

  Optional<Resource> find(String type, String id) {
    return Optional.ofNullable(entries.getOrDefault(type, Map.of()).get(id))
        .map(DemoEntry::resource);
  }

  List<Order> orders() {
    return List.copyOf(orders.values());
  }

  Optional<Order> order(String id) {
    return Optional.ofNullable(orders.get(id));
  }
}
