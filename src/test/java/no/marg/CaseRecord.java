package no.marg;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.chart.Chart;
import no.marg.chart.ChartReader;
import no.marg.demo.UnreadSources;
import no.marg.knowledge.Guideline;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.yaml.snakeyaml.Yaml;

/** Makes the FHIR record that a case describes; docs/cases.md has the grammar. */
final class CaseRecord {
  static final String PATIENT = "case-patient";
  private static final Pattern QUANTITY =
      Pattern.compile(
          "(<=|>=|<|>)?\\s*(-?\\d+(?:\\.\\d+)?)(?:\\s*-\\s*(\\d+(?:\\.\\d+)?))?\\s*(.*)");
  private static final Map<String, Map<String, Object>> FACTS = facts();

  private final LocalDate evaluated;
  private final List<Resource> resources = new ArrayList<>();
  private final List<Resource> drafts = new ArrayList<>();
  private int number;

  private CaseRecord(LocalDate evaluated) {
    this.evaluated = evaluated;
  }

  static CaseRecord of(CqlCase row) {
    CaseRecord made = new CaseRecord(row.evaluated());
    made.patient(row.record());
    row.record().forEach(made::entry);
    return made;
  }

  /** The chart that the engine reads from the record of a case. */
  static Chart chart(CqlCase row) {
    return TestGuideline.ENGINE.chart(
        new ChartReader.Source(
            PATIENT,
            row.evaluated(),
            UnreadSources.Keyed.of(of(row).resources()).without(row.leftOut()),
            List.of(),
            row.unread()),
        ChartReader.OtherPatient.REPORT);
  }

  List<Resource> resources() {
    return resources;
  }

  List<Resource> drafts() {
    return drafts;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Map<String, Object>> facts() {
    try (InputStream in = CaseRecord.class.getResourceAsStream("/cases/facts.yaml")) {
      return (Map<String, Map<String, Object>>) (Map<?, ?>) new Yaml().load(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void patient(Map<String, Object> record) {
    Patient patient = new Patient();
    patient.setId(PATIENT);
    if (record.containsKey("gender")) {
      patient.getGenderElement().setValueAsString((String) record.get("gender"));
    }
    Object birth = record.containsKey("birthDate") ? record.get("birthDate") : "1961-05-04";
    if (record.get("age") instanceof Integer years) {
      birth = evaluated.minusYears(years).minusDays(30).toString();
    }
    if (birth != null && !"none".equals(birth)) {
      patient.setBirthDateElement(new DateType(day(birth)));
    }
    resources.add(patient);
  }

  @SuppressWarnings("unchecked")
  private void entry(String key, Object value) {
    switch (key) {
      case "gender", "birthDate", "age", "parameters", "booked" -> {}
      case "resources" -> ((List<Map<String, Object>>) value).forEach(this::raw);
      case "active" -> ((List<String>) value).forEach(this::active);
      case "drafts" -> ((List<Map<String, Object>>) value).forEach(this::draft);
      default -> {
        if (value instanceof List<?> several) {
          several.forEach(one -> fact(key, one));
        } else {
          fact(key, value);
        }
      }
    }
  }

  private void raw(Map<String, Object> content) {
    String json =
        tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(plain(content));
    Resource resource = (Resource) TestGuideline.FHIR.newJsonParser().parseResource(json);
    if (!resource.getIdElement().hasIdPart()) {
      resource.setId("raw-" + ++number);
    }
    resources.add(resource);
  }

  /** YAML dates as text, and the patient of the case where none is named. */
  private static Object plain(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> copy = new java.util.LinkedHashMap<>();
      map.forEach((key, each) -> copy.put(String.valueOf(key), plain(each)));
      Object type = copy.get("resourceType");
      if (type != null && !copy.containsKey("subject") && !copy.containsKey("patient")) {
        boolean named = type.equals("Immunization") || type.equals("AllergyIntolerance");
        if (!type.equals("Medication")) {
          copy.put(named ? "patient" : "subject", Map.of("reference", "Patient/" + PATIENT));
        }
      }
      return copy;
    } else if (value instanceof List<?> list) {
      return list.stream().map(CaseRecord::plain).toList();
    } else if (value instanceof java.util.Date) {
      return day(value);
    }
    return value;
  }

  private void active(String drug) {
    MedicationRequest order = order(drug, "active-" + drug + "-" + ++number);
    order.setStatus(MedicationRequest.MedicationRequestStatus.ACTIVE);
    order.setAuthoredOnElement(new DateTimeType(evaluated.minusDays(14).toString()));
    resources.add(order);
  }

  private void draft(Map<String, Object> content) {
    String drug = (String) content.get("drug");
    String id =
        content.containsKey("id") ? (String) content.get("id") : "draft-" + drug + "-" + ++number;
    MedicationRequest order = order(drug, id);
    order.setStatus(MedicationRequest.MedicationRequestStatus.DRAFT);
    if (content.containsKey("dose")) {
      order
          .addDosageInstruction()
          .addDoseAndRate()
          .setDose(quantity((String) content.get("dose"), null));
    }
    resources.add(order);
    drafts.add(order);
  }

  private static MedicationRequest order(String drug, String id) {
    MedicationRequest order = new MedicationRequest();
    order.setId(id);
    order.setIntent(MedicationRequest.MedicationRequestIntent.ORDER);
    order.setSubject(new Reference("Patient/" + PATIENT));
    var code =
        TestGuideline.GUIDELINE
            .terminology()
            .codesOf(Guideline.BASE + "/ValueSet/mm-" + drug)
            .stream()
            .filter(entry -> entry.system().equals("http://www.whocc.no/atc"))
            .filter(entry -> !entry.code().startsWith("L01XC"))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("No ATC code for drug " + drug));
    order.setMedication(
        new CodeableConcept()
            .addCoding(new Coding(code.system(), code.code(), drug))
            .setText(drug));
    return order;
  }

  @SuppressWarnings("unchecked")
  private void fact(String key, Object given) {
    Map<String, Object> form = FACTS.get(key);
    if (form == null) {
      throw new IllegalArgumentException("No such fact: " + key + " (cases/facts.yaml)");
    }
    Map<String, Object> content =
        given instanceof Map<?, ?> map
            ? (Map<String, Object>) map
            : java.util.Collections.singletonMap("value", given);
    Observation result = new Observation();
    result.setId(content.containsKey("id") ? (String) content.get("id") : key + "-" + ++number);
    result.getStatusElement().setValueAsString((String) content.getOrDefault("status", "final"));
    result.setSubject(
        new Reference((String) content.getOrDefault("subject", "Patient/" + PATIENT)));
    Object date = content.getOrDefault("date", evaluated.minusDays(5).toString());
    if (!"none".equals(date)) {
      result.setEffective(new DateTimeType(day(date)));
    }
    String code = (String) content.getOrDefault("code", form.get("code"));
    for (String one : code.split(" ")) {
      result.getCode().addCoding(coding(one));
    }
    boolean local = Boolean.TRUE.equals(form.get("fact"));
    result
        .addCategory()
        .addCoding(
            new Coding(
                "http://terminology.hl7.org/CodeSystem/observation-category",
                local ? "survey" : "laboratory",
                null));
    if (local) {
      result.addCategory().addCoding(new Coding(Guideline.FACTS, "mm-fact", null));
    }
    if (content.get("method") instanceof String method) {
      result.setMethod(new CodeableConcept().addCoding(coding(method)));
    }
    if (content.get("absent") instanceof String absent) {
      result
          .getDataAbsentReason()
          .addCoding(
              new Coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", absent, null));
    }
    Object value = content.get("value");
    if (value != null) {
      result.setValue(value(value, (String) form.get("value"), (String) form.get("unit")));
    }
    ranges(result, content, (String) form.get("unit"));
    if (content.get("components") instanceof Map<?, ?> components) {
      components.forEach(
          (name, each) ->
              result
                  .addComponent()
                  .setCode(new CodeableConcept().addCoding(coding((String) name)))
                  .setValue(value(each, kind(each), null)));
    }
    resources.add(result);
  }

  private static void ranges(Observation result, Map<String, Object> content, String unit) {
    if (!content.containsKey("low") && !content.containsKey("high")) {
      return;
    }
    var range = result.addReferenceRange();
    if (content.containsKey("low")) {
      range.setLow(simple(quantity(String.valueOf(content.get("low")), unit)));
    }
    if (content.containsKey("high")) {
      range.setHigh(simple(quantity(String.valueOf(content.get("high")), unit)));
    }
  }

  private static SimpleQuantity simple(Quantity quantity) {
    SimpleQuantity simple = new SimpleQuantity();
    simple.setValue(quantity.getValue());
    simple.setUnit(quantity.getUnit()).setSystem(quantity.getSystem()).setCode(quantity.getCode());
    return simple;
  }

  private static String kind(Object value) {
    if (value instanceof Boolean) {
      return "boolean";
    }
    if (value instanceof Integer) {
      return "integer";
    }
    return QUANTITY.matcher(String.valueOf(value)).matches() ? "quantity" : "coded";
  }

  private static Type value(Object value, String kind, String unit) {
    if (value instanceof Boolean yes) {
      return new BooleanType(yes);
    }
    String text = String.valueOf(value instanceof java.util.Date ? day(value) : value);
    if (text.startsWith("text:")) {
      return new StringType(text.substring(5));
    }
    return switch (kind) {
      case "integer" ->
          value instanceof Integer number ? new IntegerType(number) : quantity(text, unit);
      case "coded" -> new CodeableConcept().addCoding(coding(text));
      case "date" -> new DateTimeType(day(value));
      case "exists" -> new StringType(text);
      default -> quantityOrRange(text, unit);
    };
  }

  private static Type quantityOrRange(String text, String unit) {
    Matcher parts = QUANTITY.matcher(text);
    if (parts.matches() && parts.group(3) != null) {
      String suffix = parts.group(4).isEmpty() ? "" : " " + parts.group(4);
      return new Range()
          .setLow(simple(quantity(parts.group(2) + suffix, unit)))
          .setHigh(simple(quantity(parts.group(3) + suffix, unit)));
    }
    return quantity(text, unit);
  }

  /**
   * A number with comparator and unit; {@code unit:none} for no unit, {@code unit:text} for text.
   */
  private static Quantity quantity(String text, String unit) {
    Matcher parts = QUANTITY.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("Not a quantity: " + text);
    }
    Quantity quantity = new Quantity();
    quantity.setValue(new BigDecimal(parts.group(2)));
    if (parts.group(1) != null) {
      quantity.getComparatorElement().setValueAsString(parts.group(1));
    }
    String given = parts.group(4).isEmpty() ? unit : parts.group(4);
    if (given == null || given.equals("unit:none")) {
      return quantity;
    }
    if (given.startsWith("unit:")) {
      return quantity.setUnit(given.substring(5));
    }
    return quantity.setUnit(given).setSystem("http://unitsofmeasure.org").setCode(given);
  }

  /** {@code system|code}, or a local code. */
  private static Coding coding(String text) {
    int bar = text.lastIndexOf('|');
    if (bar >= 0) {
      return new Coding(text.substring(0, bar), text.substring(bar + 1), null);
    }
    return switch (text) {
      case "positive" -> new Coding("http://snomed.info/sct", "10828004", null);
      case "negative" -> new Coding("http://snomed.info/sct", "260385009", null);
      case "present" -> new Coding("http://snomed.info/sct", "52101004", null);
      case "absent" -> new Coding("http://snomed.info/sct", "2667000", null);
      default -> new Coding(Guideline.FACTS, text, null);
    };
  }

  private static String day(Object value) {
    return value instanceof java.util.Date date
        ? date.toInstant().atZone(java.time.ZoneOffset.UTC).toLocalDate().toString()
        : String.valueOf(value);
  }
}
