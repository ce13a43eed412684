package no.marg.journal;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads what the journal knows about cards and their feedback. */
@Component
final class FeedbackReader {
  private static final String LAST_OUTCOME =
      "(select card, outcome, reason_system, reason_code, row_number() over"
          + " (partition by card order by outcome_timestamp desc, received desc) as newest"
          + " from feedback)";

  private final JdbcClient jdbc;

  FeedbackReader(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * A written comment with what it is about.
   *
   * @param card uuid of the card
   * @param service id of the service it was sent to
   * @param outcome accepted or overridden
   * @param timestamp when, as the client says, in UTC
   * @param statements ids of the statements on the card; empty when the card is not known
   * @param comment as written
   */
  record Comment(
      String card,
      String service,
      String outcome,
      String timestamp,
      List<String> statements,
      String comment) {}

  /**
   * The report of the cards of some days.
   *
   * @param from first day
   * @param to last day
   * @param zone in which the days begin
   * @throws JournalUnavailableException if the database does not answer
   */
  FeedbackReport report(LocalDate from, LocalDate to, ZoneId zone) {
    OffsetDateTime start = start(from, zone);
    OffsetDateTime end = start(to.plusDays(1), zone);
    try {
      List<FeedbackReport.Group> groups =
          jdbc.sql(
                  "select c.statements as statements, f.outcome as outcome,"
                      + " f.reason_system as reason_system, f.reason_code as reason_code,"
                      + " count(*) as cards from issued_card c left join "
                      + LAST_OUTCOME
                      + " f on f.card = c.id and f.newest = 1"
                      + " where c.issued >= ? and c.issued < ?"
                      + " group by c.statements, f.outcome, f.reason_system, f.reason_code")
              .params(start, end)
              .query(
                  (row, number) ->
                      new FeedbackReport.Group(
                          list(row.getString("statements")),
                          row.getString("outcome"),
                          row.getString("reason_system"),
                          row.getString("reason_code"),
                          row.getLong("cards")))
              .list();
      return FeedbackReport.of(
          from,
          to,
          groups,
          new FeedbackReport.UnknownCards(
              unknown("accepted", start, end), unknown("overridden", start, end)));
    } catch (DataAccessException e) {
      throw new JournalUnavailableException(e);
    }
  }

  private long unknown(String outcome, OffsetDateTime start, OffsetDateTime end) {
    return jdbc.sql(
            "select count(*) from feedback f where f.outcome = ? and f.received >= ?"
                + " and f.received < ?"
                + " and not exists (select 1 from issued_card c where c.id = f.card)")
        .params(outcome, start, end)
        .query(Long.class)
        .single();
  }

  /**
   * The comments received on some days, newest first.
   *
   * @param most at most so many
   * @throws JournalUnavailableException if the database does not answer
   */
  List<Comment> comments(LocalDate from, LocalDate to, ZoneId zone, int most) {
    try {
      return jdbc.sql(
              "select f.card as card, f.service as service, f.outcome as outcome,"
                  + " f.outcome_timestamp as happened, c.statements as statements,"
                  + " t.comment as words from feedback_comment t"
                  + " join feedback f on f.id = t.feedback"
                  + " left join issued_card c on c.id = f.card"
                  + " where t.received >= ? and t.received < ?"
                  + " order by t.received desc, f.id fetch first "
                  + most
                  + " rows only")
          .params(start(from, zone), start(to.plusDays(1), zone))
          .query(
              (row, number) ->
                  new Comment(
                      row.getString("card"),
                      row.getString("service"),
                      row.getString("outcome"),
                      row.getObject("happened", OffsetDateTime.class).toInstant().toString(),
                      list(row.getString("statements")),
                      row.getString("words")))
          .list();
    } catch (DataAccessException e) {
      throw new JournalUnavailableException(e);
    }
  }

  private static OffsetDateTime start(LocalDate day, ZoneId zone) {
    return day.atStartOfDay(zone).toOffsetDateTime().withOffsetSameInstant(ZoneOffset.UTC);
  }

  private static List<String> list(@Nullable String spaced) {
    return spaced == null || spaced.isEmpty() ? List.of() : List.of(spaced.split(" "));
  }
}
