package no.marg.engine;

import ca.uhn.fhir.context.FhirContext;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.r4.model.BaseDateTimeType;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.Condition;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.Enumeration;
import org.hl7.fhir.r4.model.IntegerType;
import org.hl7.fhir.r4.model.MedicationRequest;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Observation.ObservationComponentComponent;
import org.hl7.fhir.r4.model.Observation.ObservationReferenceRangeComponent;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.UriType;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.fhir.model.R4FhirModelResolver;
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.runtime.DateTime;
import org.opencds.cqf.cql.engine.runtime.Precision;

/**
 * Resolves the paths of the types that rules read all the time without reflection; everything else
 * as the engine does. Halves the time of an evaluation.
 */
final class ChartModelResolver extends R4FhirModelResolver {

  private static final Map<FhirContext, ChartModelResolver> MADE = new ConcurrentHashMap<>();

  private final Map<String, Class<?>> types = new ConcurrentHashMap<>();

  private ChartModelResolver(FhirContext context) {
    super(context);
  }

  /** The resolver of a context; made once, since it reads HAPI's description of every type. */
  static ChartModelResolver of(FhirContext context) {
    return MADE.computeIfAbsent(context, ChartModelResolver::new);
  }

  /** The engine's own search walks every class of the model; the answer never changes. */
  @Override
  public @Nullable Class<?> resolveType(@Nullable String typeName) {
    if (typeName == null) {
      return super.resolveType((String) null);
    }
    return types.computeIfAbsent(typeName, super::resolveType);
  }

  /** The chart holds one patient; nothing is looked up by a path to the patient. */
  @Override
  public @Nullable Object getContextPath(
      @Nullable String contextType, @Nullable String targetType) {
    return null;
  }

  @Override
  public @Nullable Object resolvePath(@Nullable Object target, @Nullable String path) {
    if (target == null || path == null) {
      return null;
    }
    if (target instanceof PrimitiveType<?> primitive) {
      return path.equals("value") ? primitiveValue(primitive) : super.resolvePath(target, path);
    }
    if (target instanceof Observation o) {
      switch (path) {
        case "value":
          return o.getValue();
        case "effective":
          return o.getEffective();
        case "code":
          return element(o.getCode());
        case "component":
          return list(o.getComponent());
        case "referenceRange":
          return list(o.getReferenceRange());
        case "category":
          return list(o.getCategory());
        case "interpretation":
          return list(o.getInterpretation());
        case "method":
          return element(o.getMethod());
        case "status":
          return o.getStatusElement();
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof Coding c) {
      switch (path) {
        case "system":
          return primitive(c.getSystemElement());
        case "code":
          return primitive(c.getCodeElement());
        case "version":
          return primitive(c.getVersionElement());
        case "display":
          return primitive(c.getDisplayElement());
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof CodeableConcept c && path.equals("coding")) {
      return list(c.getCoding());
    }
    if (target instanceof Quantity q) {
      switch (path) {
        case "value":
          return primitive(q.getValueElement());
        case "code":
          return primitive(q.getCodeElement());
        case "system":
          return primitive(q.getSystemElement());
        case "unit":
          return primitive(q.getUnitElement());
        case "comparator":
          return q.hasComparator() ? q.getComparatorElement() : null;
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof Range r) {
      switch (path) {
        case "low":
          return r.hasLow() ? r.getLow() : null;
        case "high":
          return r.hasHigh() ? r.getHigh() : null;
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof ObservationComponentComponent c) {
      switch (path) {
        case "code":
          return element(c.getCode());
        case "value":
          return c.getValue();
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof ObservationReferenceRangeComponent r) {
      switch (path) {
        case "low":
          return r.hasLow() ? r.getLow() : null;
        case "high":
          return r.hasHigh() ? r.getHigh() : null;
        case "type":
          return element(r.getType());
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof MedicationRequest m) {
      switch (path) {
        case "status":
          return m.hasStatus() ? m.getStatusElement() : null;
        case "medication":
          return m.getMedication();
        case "authoredOn":
          return primitive(m.getAuthoredOnElement());
        default:
          return super.resolvePath(target, path);
      }
    }
    if (target instanceof Condition c) {
      switch (path) {
        case "clinicalStatus":
          return element(c.getClinicalStatus());
        case "verificationStatus":
          return element(c.getVerificationStatus());
        case "code":
          return element(c.getCode());
        default:
          return super.resolvePath(target, path);
      }
    }
    return super.resolvePath(target, path);
  }

  private static @Nullable Object primitiveValue(PrimitiveType<?> primitive) {
    if (primitive.getValue() == null) {
      return null;
    }
    if (primitive instanceof Enumeration<?> code) {
      return code.getValueAsString();
    }
    if (primitive instanceof DateTimeType date) {
      return dateTime(date);
    }
    if (primitive instanceof DateType date) {
      return date(date);
    }
    if (primitive instanceof StringType
        || primitive instanceof UriType
        || primitive instanceof BooleanType
        || primitive instanceof DecimalType
        || primitive instanceof IntegerType) {
      return primitive.getValue();
    }
    if (primitive instanceof BaseDateTimeType date) {
      return new DateTime(moment(date.getValueAsString()));
    }
    return primitive.getValueAsString();
  }

  private static DateTime dateTime(DateTimeType date) {
    String text = date.getValueAsString();
    if (text.length() > 10) {
      return text.length() > 19 && hasOffset(text)
          ? new DateTime(moment(text))
          : new DateTime(date.getValue().toInstant().atOffset(ZoneOffset.UTC));
    }
    int[] parts =
        java.util.Arrays.stream(text.split("-", -1)).mapToInt(Integer::parseInt).toArray();
    return new DateTime(java.math.BigDecimal.ZERO, parts);
  }

  /** As {@link OffsetDateTime#parse}, which takes much longer for the form most times have. */
  private static OffsetDateTime moment(String text) {
    boolean isUtc = text.length() == 20 && text.endsWith("Z");
    if (!(isUtc || (text.length() == 25 && fits(text, 20, "00:00")))
        || !fits(text, 0, "0000-00-00T00:00:00")) {
      return OffsetDateTime.parse(text);
    }
    return OffsetDateTime.of(
        Integer.parseInt(text, 0, 4, 10),
        Integer.parseInt(text, 5, 7, 10),
        Integer.parseInt(text, 8, 10, 10),
        Integer.parseInt(text, 11, 13, 10),
        Integer.parseInt(text, 14, 16, 10),
        Integer.parseInt(text, 17, 19, 10),
        0,
        ZoneOffset.of(text.substring(19)));
  }

  /** Whether the text has a digit for each zero of a form, and its other signs as they are. */
  private static boolean fits(String text, int from, String form) {
    for (int i = 0; i < form.length(); i++) {
      char wanted = form.charAt(i);
      char given = text.charAt(from + i);
      if (wanted == '0' ? given < '0' || given > '9' : given != wanted) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasOffset(String text) {
    return text.endsWith("Z") || text.lastIndexOf('+') > 18 || text.lastIndexOf('-') > 18;
  }

  private static Date date(DateType date) {
    String text = date.getValueAsString();
    Precision precision =
        text.length() == 4 ? Precision.YEAR : text.length() == 7 ? Precision.MONTH : Precision.DAY;
    String whole = text.length() == 4 ? text + "-01-01" : text.length() == 7 ? text + "-01" : text;
    return new Date(java.time.LocalDate.parse(whole), precision);
  }

  private static @Nullable Object primitive(PrimitiveType<?> primitive) {
    return primitive.getValue() == null ? null : primitive;
  }

  private static @Nullable Object element(CodeableConcept concept) {
    return concept.isEmpty() ? null : concept;
  }

  private static @Nullable Object list(List<?> list) {
    return list.isEmpty() ? null : list;
  }
}
