package no.marg.operations;

import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.ResourceParam;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.util.Set;
import java.util.regex.Pattern;
import no.marg.chart.Chart;
import no.marg.chart.Unused;
import no.marg.engine.Evidence;
import no.marg.engine.FactValue;
import no.marg.engine.GuidelineEngine;
import no.marg.engine.Missing;
import no.marg.engine.ReportLine;
import no.marg.engine.Verdict;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.BooleanType;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.DateType;
import org.hl7.fhir.r4.model.DecimalType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Parameters.ParametersParameterComponent;
import org.hl7.fhir.r4.model.Quantity;
import org.hl7.fhir.r4.model.Range;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.SimpleQuantity;
import org.hl7.fhir.r4.model.StringType;
import org.hl7.fhir.r4.model.Type;
import org.jspecify.annotations.Nullable;

/** {@code $guideline-report}: the verdict on every statement of the guideline for one patient. */
final class GuidelineReportProvider {
  private static final String UCUM = "http://unitsofmeasure.org";
  static final Set<String> PARAMETERS =
      Set.of("subject", "data", "draftOrders", "unreadSource", "evaluationDate", "parameters");

  private static final Pattern REFERENCE = Pattern.compile("[A-Za-z]+/[A-Za-z0-9.-]{1,64}");

  private final GuidelineEngine engine;
  private final Clock clock;

  GuidelineReportProvider(GuidelineEngine engine, Clock clock) {
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * One {@code recommendation} parameter a statement, and one {@code unused} for what was not used.
   */
  @Operation(name = "$guideline-report", idempotent = true)
  public Parameters report(@ResourceParam @Nullable IBaseResource body, RequestDetails request) {
    Inputs inputs = Inputs.of(body, request).onlyNamed(PARAMETERS);
    Chart chart = inputs.chart(engine, clock);
    Parameters report = new Parameters();
    for (ReportLine line : engine.report(chart, inputs.cqlParameters())) {
      ParametersParameterComponent parameter = report.addParameter().setName("recommendation");
      part(parameter, "id", new CodeType(line.entry().id()));
      part(parameter, "verdict", new CodeType(line.verdict().code()));
      if (line.verdict() instanceof Verdict.Undecided undecided) {
        for (Missing missing : undecided.missing()) {
          part(parameter, "missing", new CodeType(missing.fact().id()));
        }
        if (undecided.leftOpen() != null) {
          part(parameter, "reason", undecided.leftOpen().englishElement());
        }
      } else if (line.verdict() instanceof Verdict.NotComputable none) {
        part(parameter, "reason", new StringType(none.reason()));
      }
      line.evidence().forEach(evidence -> add(evidence, parameter));
    }
    for (Unused unused : chart.unused()) {
      ParametersParameterComponent parameter = report.addParameter().setName("unused");
      part(parameter, "reference", to(unused.reference()));
      part(
          parameter,
          "reason",
          new CodeType(
              unused.reason().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-')));
      if (!unused.concept().isEmpty()) {
        part(parameter, "concept", new CodeType(unused.concept()));
      }
    }
    return report;
  }

  private static void add(Evidence evidence, ParametersParameterComponent parameter) {
    ParametersParameterComponent part = parameter.addPart().setName("evidence");
    part(part, "concept", new CodeType(evidence.fact().id()));
    Type value = value(evidence.value());
    if (value != null) {
      part(part, "value", value);
    }
    if (evidence.date() != null) {
      part(part, "date", new DateType(evidence.date().toString()));
    }
    if (evidence.reference() != null) {
      part(part, "reference", to(evidence.reference()));
    }
    if (!evidence.threshold().isEmpty()) {
      part(part, "threshold", new StringType(evidence.threshold()));
    }
  }

  private static @Nullable Type value(FactValue value) {
    if (value instanceof FactValue.Measured measured) {
      return measured(measured);
    } else if (value instanceof FactValue.YesNo yesNo) {
      return new BooleanType(yesNo.value());
    } else if (value instanceof FactValue.Coded coded) {
      return new CodeType(coded.code());
    } else if (value instanceof FactValue.Number number) {
      return new DecimalType(number.value());
    } else if (value instanceof FactValue.Day day) {
      return new DateType(day.value().toString());
    } else if (value instanceof FactValue.Moment moment) {
      return new DateTimeType(DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(moment.value()));
    } else if (value instanceof FactValue.Several several) {
      StringBuilder text = new StringBuilder();
      for (FactValue each : several.values()) {
        Type one = value(each);
        text.append(text.isEmpty() ? "" : ", ").append(one == null ? "" : one.primitiveValue());
      }
      return new StringType(text.toString());
    }
    return null;
  }

  private static Type measured(FactValue.Measured value) {
    if (value.isExact()) {
      return quantity(value.low(), value.unit());
    }
    if (value.low() == null || (value.low().signum() == 0 && value.high() != null)) {
      return quantity(value.high(), value.unit())
          .setComparator(
              value.highIncluded()
                  ? Quantity.QuantityComparator.LESS_OR_EQUAL
                  : Quantity.QuantityComparator.LESS_THAN);
    }
    if (value.high() == null) {
      return quantity(value.low(), value.unit())
          .setComparator(
              value.lowIncluded()
                  ? Quantity.QuantityComparator.GREATER_OR_EQUAL
                  : Quantity.QuantityComparator.GREATER_THAN);
    }
    return new Range()
        .setLow(simple(quantity(value.low(), value.unit())))
        .setHigh(simple(quantity(value.high(), value.unit())));
  }

  private static Quantity quantity(java.math.@Nullable BigDecimal value, String unit) {
    return new Quantity().setValue(value).setUnit(unit).setSystem(UCUM).setCode(unit);
  }

  private static SimpleQuantity simple(Quantity quantity) {
    SimpleQuantity simple = new SimpleQuantity();
    simple
        .setValue(quantity.getValue())
        .setUnit(quantity.getUnit())
        .setSystem(quantity.getSystem())
        .setCode(quantity.getCode());
    return simple;
  }

  private static void part(ParametersParameterComponent parameter, String name, Type value) {
    parameter.addPart().setName(name).setValue(value);
  }

  /** A reference to what the client sent; an id that FHIR does not allow stands as words only. */
  private static Reference to(String reference) {
    return REFERENCE.matcher(reference).matches()
        ? new Reference(reference)
        : new Reference().setDisplay(reference);
  }
}
