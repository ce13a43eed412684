package no.marg.journal;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How recommendations were received. A card with several statements counts for each of them; of
 * several outcomes of one card the last counts.
 *
 * @param from first day of the cards
 * @param to last day of the cards
 * @param cards cards given in that time, those about the answer itself included
 * @param statements one line per statement, by id
 * @param unknownCards feedback received in that time about cards that are not in the journal
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record FeedbackReport(
    LocalDate from, LocalDate to, long cards, List<Line> statements, UnknownCards unknownCards) {

  /**
   * What became of the cards with one statement; {@code accepted + overridden + ignored = shown}.
   *
   * @param statement id of the statement
   * @param shown cards given
   * @param accepted cards of which a suggestion was taken
   * @param overridden cards set aside
   * @param ignored cards that nothing was reported about
   * @param reasons why they were set aside, most frequent first
   */
  record Line(
      String statement,
      long shown,
      long accepted,
      long overridden,
      long ignored,
      List<ReasonCount> reasons) {}

  /**
   * How often a reason was given.
   *
   * @param system its code system; null when it was given none
   * @param code its code; null for cards set aside without a coded reason
   * @param count cards
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record ReasonCount(@Nullable String system, @Nullable String code, long count) {}

  /** Feedback about cards that are not in the journal. */
  record UnknownCards(long accepted, long overridden) {}

  /** Cards that carry the same statements and had the same outcome. */
  record Group(
      List<String> statements,
      @Nullable String outcome,
      @Nullable String reasonSystem,
      @Nullable String reasonCode,
      long count) {}

  static FeedbackReport of(LocalDate from, LocalDate to, List<Group> groups, UnknownCards unknown) {
    Map<String, List<Group>> byStatement = new TreeMap<>();
    for (Group group : groups) {
      for (String statement : group.statements()) {
        byStatement.computeIfAbsent(statement, id -> new ArrayList<>()).add(group);
      }
    }
    return new FeedbackReport(
        from,
        to,
        groups.stream().mapToLong(Group::count).sum(),
        byStatement.entrySet().stream().map(e -> line(e.getKey(), e.getValue())).toList(),
        unknown);
  }

  private static Line line(String statement, List<Group> groups) {
    return new Line(
        statement,
        groups.stream().mapToLong(Group::count).sum(),
        count(groups, "accepted"),
        count(groups, "overridden"),
        count(groups, null),
        reasons(groups));
  }

  private static long count(List<Group> groups, @Nullable String outcome) {
    return groups.stream()
        .filter(group -> java.util.Objects.equals(group.outcome(), outcome))
        .mapToLong(Group::count)
        .sum();
  }

  private static List<ReasonCount> reasons(List<Group> groups) {
    record Key(@Nullable String system, @Nullable String code) {}
    Map<Key, Long> counts = new java.util.HashMap<>();
    groups.stream()
        .filter(group -> "overridden".equals(group.outcome()))
        .forEach(
            group ->
                counts.merge(
                    new Key(group.reasonSystem(), group.reasonCode()), group.count(), Long::sum));
    return counts.entrySet().stream()
        .map(e -> new ReasonCount(e.getKey().system(), e.getKey().code(), e.getValue()))
        .sorted(
            Comparator.comparing(ReasonCount::count, Comparator.reverseOrder())
                .thenComparing(reason -> String.valueOf(reason.code()))
                .thenComparing(reason -> String.valueOf(reason.system())))
        .toList();
  }

  /** As comma separated values (RFC 4180): a line per statement and reason. */
  String csv() {
    StringBuilder csv =
        new StringBuilder(
            "statement,shown,accepted,overridden,ignored,reason_system,reason_code,reason_count\r\n");
    for (Line line : statements) {
      String head =
          cell(line.statement())
              + ","
              + line.shown()
              + ","
              + line.accepted()
              + ","
              + line.overridden()
              + ","
              + line.ignored();
      if (line.reasons().isEmpty()) {
        csv.append(head).append(",,,\r\n");
      }
      for (ReasonCount reason : line.reasons()) {
        csv.append(head)
            .append(',')
            .append(cell(reason.system()))
            .append(',')
            .append(cell(reason.code()))
            .append(',')
            .append(reason.count())
            .append("\r\n");
      }
    }
    return csv.toString();
  }

  /** Quoted; what a spreadsheet would read as a formula gets an apostrophe before it. */
  private static String cell(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return "";
    }
    String safe = "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    return safe.matches("[A-Za-z0-9:/._-]+") ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
