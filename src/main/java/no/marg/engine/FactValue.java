package no.marg.engine;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.runtime.Date;
import org.opencds.cqf.cql.engine.runtime.DateTime;
import org.opencds.cqf.cql.engine.runtime.Interval;
import org.opencds.cqf.cql.engine.runtime.Precision;
import org.opencds.cqf.cql.engine.runtime.Quantity;

/** The value of a fact, free of the CQL engine's types. */
public sealed interface FactValue {

  /**
   * A measured value, exact or only known within bounds.
   *
   * @param low lower bound; null when there is none
   * @param lowIncluded whether the bound itself is possible
   * @param high upper bound; null when there is none
   * @param highIncluded whether the bound itself is possible
   * @param unit UCUM unit
   */
  record Measured(
      @Nullable BigDecimal low,
      boolean lowIncluded,
      @Nullable BigDecimal high,
      boolean highIncluded,
      String unit)
      implements FactValue {

    /** Whether it is one number. */
    public boolean isExact() {
      return low != null && high != null && low.compareTo(high) == 0;
    }
  }

  /** Yes or no. */
  record YesNo(boolean value) implements FactValue {}

  /** A code or a text of the guideline. */
  record Coded(String code) implements FactValue {}

  /** A number without unit. */
  record Number(BigDecimal value) implements FactValue {}

  /** A day. */
  record Day(LocalDate value) implements FactValue {}

  /** A clock time of a day, with the offset it was written in. */
  record Moment(OffsetDateTime value) implements FactValue {}

  /** Several values. */
  record Several(List<FactValue> values) implements FactValue {}

  /** Reads a CQL value; null for what is no value of a fact. */
  static @Nullable FactValue of(@Nullable Object value) {
    if (value instanceof Interval interval) {
      return measured(interval);
    } else if (value instanceof Quantity quantity) {
      BigDecimal number = quantity.getValue();
      return new Measured(number, true, number, true, unit(quantity));
    } else if (value instanceof Boolean yes) {
      return new YesNo(yes);
    } else if (value instanceof String code) {
      return new Coded(code);
    } else if (value instanceof Integer number) {
      return new Number(BigDecimal.valueOf(number));
    } else if (value instanceof BigDecimal number) {
      return new Number(number);
    } else if (value instanceof Date date && date.getDate() != null) {
      return new Day(date.getDate());
    } else if (value instanceof DateTime date && date.getDateTime() != null) {
      return hasClock(date)
          ? new Moment(date.getDateTime())
          : new Day(date.getDateTime().toLocalDate());
    } else if (value instanceof Iterable<?> list) {
      List<FactValue> values = new java.util.ArrayList<>();
      for (Object element : list) {
        FactValue read = of(element);
        if (read != null) {
          values.add(read);
        }
      }
      return new Several(List.copyOf(values));
    }
    return null;
  }

  private static boolean hasClock(DateTime date) {
    Precision precision = date.getPrecision();
    return precision != null && precision.compareTo(Precision.MINUTE) >= 0;
  }

  private static @Nullable FactValue measured(Interval interval) {
    if (interval.getLow() instanceof Integer low && interval.getHigh() instanceof Integer high) {
      BigDecimal from = BigDecimal.valueOf(low);
      // A count that is only known within bounds, such as the number of a line, is not known.
      return low.equals(high) ? new Number(from) : null;
    }
    Quantity low = interval.getLow() instanceof Quantity q ? q : null;
    Quantity high = interval.getHigh() instanceof Quantity q ? q : null;
    Quantity any = low != null ? low : high;
    if (any == null) {
      return null;
    }
    return new Measured(
        low == null ? null : low.getValue(),
        interval.getLowClosed(),
        high == null ? null : high.getValue(),
        interval.getHighClosed(),
        unit(any));
  }

  private static String unit(Quantity quantity) {
    String unit = quantity.getUnit();
    return unit == null ? "1" : unit;
  }
}
