package no.marg.journal;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Keeps feedback. What {@link #save} returned from is on the disk; a batch is stored whole or not
 * at all; the same feedback (card, outcome and time) is stored once, however often it comes.
 */
@Component
public final class FeedbackStore {
  private static final int ATTEMPTS = 5;
  private static final Duration CARDS_ON_THEIR_WAY = Duration.ofSeconds(1);
  private static final Comparator<Feedback> ORDER =
      Comparator.comparing(Feedback::card)
          .thenComparing(Feedback::outcome)
          .thenComparing(Feedback::timestamp);

  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;
  private final CallLog calls;
  private final JournalClock clock;
  private final boolean embedded;

  FeedbackStore(
      JdbcTemplate template,
      PlatformTransactionManager transactions,
      CallLog calls,
      JournalClock clock) {
    this.jdbc = JdbcClient.create(template);
    this.transaction = new TransactionTemplate(transactions);
    this.calls = calls;
    this.clock = clock;
    this.embedded =
        "H2"
            .equals(
                template.execute(
                    (ConnectionCallback<String>)
                        connection -> connection.getMetaData().getDatabaseProductName()));
  }

  /**
   * What was done with a batch.
   *
   * @param stored how many were new
   * @param repeated how many had come before
   * @param unknown how many are about a card that this journal does not know
   */
  public record Saved(int stored, int repeated, int unknown) {}

  /**
   * Stores a batch.
   *
   * @throws JournalUnavailableException if the database does not take it; nothing is stored then
   */
  public Saved save(String service, Caller caller, List<Feedback> batch) {
    // A card of this moment may still wait to be written.
    calls.settle(CARDS_ON_THEIR_WAY);
    // One order for all, so that two batches with the same entries never wait for each other.
    List<Feedback> ordered = batch.stream().sorted(ORDER).toList();
    for (int attempt = 1; ; attempt++) {
      try {
        Saved saved =
            Objects.requireNonNull(transaction.execute(status -> store(service, caller, ordered)));
        if (embedded) {
          // H2 writes a commit to its file and leaves it to the system when that reaches the disk.
          jdbc.sql("checkpoint sync").update();
        }
        return saved;
      } catch (DuplicateKeyException | ConcurrencyFailureException e) {
        // The same feedback came twice at one time; the second attempt finds the first.
        if (attempt == ATTEMPTS) {
          throw new JournalUnavailableException(e);
        }
      } catch (DataAccessException | TransactionException e) {
        throw new JournalUnavailableException(e);
      }
    }
  }

  private Saved store(String service, Caller caller, List<Feedback> batch) {
    int stored = 0;
    int unknown = 0;
    for (Feedback each : batch) {
      Optional<UUID> before = find(each);
      UUID id = before.orElseGet(() -> insert(service, caller, each));
      if (before.isPresent()) {
        complete(id, each);
      } else {
        stored++;
      }
      each.suggestions().forEach(suggestion -> addSuggestion(id, suggestion));
      if (each.comment() != null) {
        addComment(id, each.comment());
      }
      if (!isKnown(each.card())) {
        unknown++;
      }
    }
    return new Saved(stored, batch.size() - stored, unknown);
  }

  private Optional<UUID> find(Feedback feedback) {
    return jdbc.sql(
            "select id from feedback where card = ? and outcome = ? and outcome_timestamp = ?")
        .params(feedback.card(), feedback.outcome().column(), feedback.timestamp())
        .query(UUID.class)
        .optional();
  }

  private UUID insert(String service, Caller caller, Feedback feedback) {
    UUID id = UUID.randomUUID();
    jdbc.sql(
            "insert into feedback (id, card, outcome, outcome_timestamp, received, service, issuer,"
                + " tenant, reason_system, reason_code) values (?,?,?,?,?,?,?,?,?,?)")
        .param(id)
        .param(feedback.card())
        .param(feedback.outcome().column())
        .param(feedback.timestamp())
        .param(clock.now())
        .param(service)
        .param(caller.issuer())
        .param(caller.tenant())
        .param(system(feedback))
        .param(feedback.reason() == null ? null : feedback.reason().code())
        .update();
    return id;
  }

  /** A repeat may know more than the first: a reason that was given later. */
  private void complete(UUID id, Feedback feedback) {
    if (feedback.reason() != null) {
      jdbc.sql(
              "update feedback set reason_system = ?, reason_code = ?"
                  + " where id = ? and reason_code is null")
          .param(system(feedback))
          .param(feedback.reason().code())
          .param(id)
          .update();
    }
  }

  private static @Nullable String system(Feedback feedback) {
    return feedback.reason() == null ? null : feedback.reason().system();
  }

  private void addSuggestion(UUID feedback, UUID suggestion) {
    if (!exists(
        "select 1 from accepted_suggestion where feedback = ? and suggestion = ?",
        feedback,
        suggestion)) {
      jdbc.sql("insert into accepted_suggestion (feedback, suggestion) values (?,?)")
          .params(feedback, suggestion)
          .update();
    }
  }

  private void addComment(UUID feedback, String comment) {
    if (!exists("select 1 from feedback_comment where feedback = ?", feedback)) {
      jdbc.sql("insert into feedback_comment (feedback, received, comment) values (?,?,?)")
          .params(feedback, clock.now(), comment)
          .update();
    }
  }

  private boolean isKnown(UUID card) {
    return exists("select 1 from issued_card where id = ?", card);
  }

  private boolean exists(String sql, Object... params) {
    return jdbc.sql(sql).params(params).query(Integer.class).optional().isPresent();
  }
}
