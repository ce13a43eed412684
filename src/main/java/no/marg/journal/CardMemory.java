package no.marg.journal;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Knows which cards were overridden for a patient while their facts were the same. Off unless a
 * setting says otherwise. Patients and facts are keyed hashes; those of one caller never meet those
 * of another. When the database does not answer nothing counts as overridden: advice is shown.
 */
@Component
public final class CardMemory {
  private static final Logger LOG = LoggerFactory.getLogger(CardMemory.class);
  private static final int SECONDS_FOR_A_QUERY = 1;
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final JournalSettings.Memory settings;
  private final JdbcClient jdbc;
  private final KeyedHash hash;
  private final JournalClock clock;

  /** {@link System#nanoTime} until which the database is not asked; 0 while it answers. */
  private final AtomicLong silentUntil = new AtomicLong();

  CardMemory(DataSource database, KeyedHash hash, JournalClock clock, JournalSettings settings) {
    JdbcTemplate quick = new JdbcTemplate(database);
    quick.setQueryTimeout(SECONDS_FOR_A_QUERY);
    this.jdbc = JdbcClient.create(quick);
    this.hash = hash;
    this.clock = clock;
    this.settings = settings.memory();
  }

  /**
   * The memory of a patient; null when overridden cards are not remembered.
   *
   * @param patient id of the patient at the caller, with the server it is from where that is known
   */
  public @Nullable OfPatient of(Caller caller, String patient) {
    if (!settings.enabled()) {
      return null;
    }
    String scope = caller.issuer() + '\0' + caller.tenant() + '\0' + patient;
    return new OfPatient(caller, hash.of("patient", scope));
  }

  /** What is remembered of one patient at one caller. */
  public final class OfPatient {
    private final Caller caller;
    private final String pseudonym;

    private OfPatient(Caller caller, String pseudonym) {
      this.caller = caller;
      this.pseudonym = pseudonym;
    }

    /** The hashes of a card of this patient that rests on the facts written in the text. */
    public CardFacts facts(String text) {
      return new CardFacts(pseudonym, hash.of("facts", pseudonym + '\0' + text));
    }

    /** Those of the cards that were overridden, with the time until which they are held back. */
    public Map<CardFacts, OffsetDateTime> overridden(Collection<CardFacts> cards) {
      List<String> facts = cards.stream().map(CardFacts::facts).distinct().toList();
      if (facts.isEmpty() || !mayAsk()) {
        return Map.of();
      }
      try {
        Map<CardFacts, OffsetDateTime> found = new HashMap<>();
        jdbc.sql(
                "select m.facts as facts, max(least(f.outcome_timestamp, f.received)) as since"
                    + " from card_facts m join feedback f on f.card = m.card"
                    + " where m.patient = :patient and m.facts in (:facts)"
                    + " and f.outcome = 'overridden' and f.issuer = :issuer"
                    + " and f.tenant is not distinct from :tenant"
                    + " and f.outcome_timestamp > :start and f.received > :start"
                    + " and not exists (select 1 from feedback a where a.card = f.card"
                    + " and a.outcome = 'accepted'"
                    + " and a.outcome_timestamp >= f.outcome_timestamp)"
                    + " group by m.facts")
            .param("patient", pseudonym)
            .param("facts", facts)
            .param("issuer", caller.issuer())
            .param("tenant", caller.tenant())
            .param("start", clock.now().minus(settings.period()))
            .query(
                row -> {
                  found.put(
                      new CardFacts(pseudonym, row.getString("facts")),
                      row.getObject("since", OffsetDateTime.class).plus(settings.period()));
                });
        silentUntil.set(0);
        return found;
      } catch (DataAccessException | TransactionException e) {
        if (silentUntil.getAndSet(System.nanoTime() + PAUSE.toNanos()) == 0) {
          LOG.warn(
              "overridden cards can not be looked up and are shown again: {}",
              e.getClass().getSimpleName());
        }
        return Map.of();
      }
    }
  }

  /** After a failure one call at a time tries again, so that the others do not wait with it. */
  private boolean mayAsk() {
    long until = silentUntil.get();
    long now = System.nanoTime();
    return until == 0
        || (now - until > 0 && silentUntil.compareAndSet(until, now + PAUSE.toNanos()));
  }
}
