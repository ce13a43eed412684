package no.marg.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import no.marg.Conforms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds of the journal on every database. */
abstract class JournalRules {
  private static final Caller HOSPITAL = new Caller("https://hospital.example", "north");
  private static final Caller OTHER_TENANT = new Caller("https://hospital.example", "south");
  private static final ZoneId OSLO = ZoneId.of("Europe/Oslo");
  private static final LocalDate TODAY = LocalDate.of(2026, 2, 15);
  private static final String SYSTEM = "https://example.org/reasons";

  private TestDatabase database;

  abstract TestDatabase open();

  @BeforeEach
  void start() {
    database = open();
    database.calls.start();
  }

  @AfterEach
  void stop() throws Exception {
    database.close();
  }

  private OffsetDateTime now() {
    return new JournalClock(database.time).now();
  }

  private static CardRecord card(String... statements) {
    return new CardRecord(UUID.randomUUID(), List.of(statements), List.of(), null);
  }

  private void give(Caller caller, CardRecord... cards) {
    database.calls.record(
        new CallRecord(
            "mm-patient-view",
            caller,
            UUID.randomUUID().toString(),
            200,
            3,
            "1.3.0",
            database.calls.hash("body".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
            List.of(cards)));
    assertThat(database.calls.settle(Duration.ofSeconds(20))).isTrue();
  }

  private Feedback accepted(UUID card) {
    return new Feedback(
        card, Feedback.Outcome.ACCEPTED, now(), List.of(UUID.randomUUID()), null, null);
  }

  private Feedback overridden(UUID card, String code, String comment) {
    return new Feedback(
        card,
        Feedback.Outcome.OVERRIDDEN,
        now(),
        List.of(),
        code == null ? null : new Feedback.Reason(SYSTEM, code),
        comment);
  }

  private FeedbackStore.Saved save(Caller caller, Feedback... batch) {
    return database.feedback.save("mm-patient-view", caller, List.of(batch));
  }

  private FeedbackReport report() {
    return database.reader.report(TODAY, TODAY, OSLO);
  }

  private FeedbackReport.Line line(String statement) {
    return report().statements().stream()
        .filter(line -> line.statement().equals(statement))
        .findFirst()
        .orElseThrow();
  }

  // ---- feedback ----

  @Test
  void aBatchIsStoredWholeOrNotAtAll() {
    UUID card = UUID.randomUUID();
    Feedback impossible = overridden(UUID.randomUUID(), "trial", "x".repeat(8001));
    assertThatThrownBy(() -> save(HOSPITAL, accepted(card), impossible, accepted(card)))
        .isInstanceOf(JournalUnavailableException.class);
    assertThat(database.rows("feedback")).isZero();
    assertThat(database.rows("accepted_suggestion")).isZero();
    assertThat(database.rows("feedback_comment")).isZero();
  }

  @Test
  @Conforms("CH-78")
  void theSameFeedbackSentByManyAtOnceIsStoredOnce() throws Exception {
    List<Feedback> batch = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      batch.add(accepted(UUID.randomUUID()));
      batch.add(overridden(UUID.randomUUID(), "trial", "comment " + i));
    }
    List<Callable<FeedbackStore.Saved>> senders = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      List<Feedback> shuffled = new ArrayList<>(batch);
      Collections.shuffle(shuffled, new java.util.Random(i));
      senders.add(() -> database.feedback.save("mm-patient-view", HOSPITAL, shuffled));
    }
    ExecutorService threads = Executors.newFixedThreadPool(6);
    int stored = 0;
    try {
      for (var sender : threads.invokeAll(senders)) {
        FeedbackStore.Saved saved = sender.get();
        assertThat(saved.stored() + saved.repeated()).isEqualTo(80);
        stored += saved.stored();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(stored).isEqualTo(80);
    assertThat(database.rows("feedback")).isEqualTo(80);
    assertThat(database.rows("accepted_suggestion")).isEqualTo(40);
    assertThat(database.rows("feedback_comment")).isEqualTo(40);
  }

  /** A client may report two suggestions of one card in two entries, or a reason afterwards. */
  @Test
  void aRepeatAddsWhatTheFirstDidNotKnow() {
    UUID card = UUID.randomUUID();
    save(HOSPITAL, accepted(card), accepted(card));
    assertThat(database.rows("feedback")).isEqualTo(1);
    assertThat(database.rows("accepted_suggestion")).isEqualTo(2);
    save(HOSPITAL, overridden(card, null, null));
    save(HOSPITAL, overridden(card, "trial", "later"));
    save(HOSPITAL, overridden(card, "not-now", "even later"));
    assertThat(
            database
                .sql
                .sql("select reason_code from feedback where outcome = 'overridden'")
                .query(String.class)
                .list())
        .containsExactly("trial");
    assertThat(database.reader.comments(TODAY, TODAY, OSLO, 10))
        .extracting(FeedbackReader.Comment::comment)
        .containsExactly("later");
  }

  @Test
  void textOfAnyScriptIsKeptAsItIs() {
    String text = "Blåbær «sitat» '; drop table feedback; -- 骨髄腫 🩸\nlinje";
    save(HOSPITAL, overridden(UUID.randomUUID(), "trial", text));
    assertThat(database.reader.comments(TODAY, TODAY, OSLO, 10).get(0).comment()).isEqualTo(text);
  }

  @Test
  void withoutDatabaseFeedbackIsRefusedAndNotHalfKept() {
    database.takeAway();
    assertThatThrownBy(() -> save(HOSPITAL, accepted(UUID.randomUUID())))
        .isInstanceOf(JournalUnavailableException.class);
    database.bringBack();
    assertThat(database.rows("feedback")).isZero();
  }

  // ---- the report ----

  @Test
  @Conforms("CH-78")
  void theReportCountsWhatBecameOfTheCardsOfEachStatement() {
    CardRecord taken = card("SUP-04");
    CardRecord refused = card("SUP-04", "SUP-05");
    CardRecord refusedInWords = card("SUP-04");
    give(HOSPITAL, taken, refused, refusedInWords, card("SUP-04"), card());
    save(
        HOSPITAL,
        accepted(taken.id()),
        overridden(refused.id(), "trial", null),
        overridden(refusedInWords.id(), null, "in words"),
        accepted(UUID.randomUUID()),
        overridden(UUID.randomUUID(), "trial", null));

    FeedbackReport report = report();
    assertThat(report.cards()).isEqualTo(5);
    assertThat(line("SUP-04"))
        .isEqualTo(
            new FeedbackReport.Line(
                "SUP-04",
                4,
                1,
                2,
                1,
                List.of(
                    new FeedbackReport.ReasonCount(null, null, 1),
                    new FeedbackReport.ReasonCount(SYSTEM, "trial", 1))));
    assertThat(line("SUP-05").overridden()).isEqualTo(1);
    assertThat(report.statements()).hasSize(2);
    assertThat(report.unknownCards()).isEqualTo(new FeedbackReport.UnknownCards(1, 1));
  }

  @Test
  @Conforms("CH-78")
  void ofSeveralOutcomesOfACardTheLastCountsInWhateverOrderTheyCome() {
    CardRecord card = card("SUP-04");
    give(HOSPITAL, card);
    Feedback first = overridden(card.id(), "not-now", null);
    database.time.forward(Duration.ofMinutes(5));
    Feedback last = accepted(card.id());
    save(HOSPITAL, last);
    save(HOSPITAL, first);
    assertThat(line("SUP-04")).isEqualTo(new FeedbackReport.Line("SUP-04", 1, 1, 0, 0, List.of()));
  }

  /** Half past eleven in the evening UTC is the next day in Oslo. */
  @Test
  void aDayIsADayOfTheHospital() {
    database.time.forward(Duration.ofHours(11).plusMinutes(30));
    give(HOSPITAL, card("SUP-04"));
    assertThat(database.reader.report(TODAY, TODAY, OSLO).cards()).isZero();
    assertThat(database.reader.report(TODAY.plusDays(1), TODAY.plusDays(1), OSLO).cards())
        .isEqualTo(1);
  }

  /** Feedback that overtakes its card counts as soon as the card is written. */
  @Test
  void feedbackBeforeItsCardIsUnknownOnlyUntilTheCardIsThere() {
    CardRecord card = card("SUP-04");
    assertThat(save(HOSPITAL, accepted(card.id())).unknown()).isEqualTo(1);
    give(HOSPITAL, card);
    assertThat(line("SUP-04").accepted()).isEqualTo(1);
    assertThat(report().unknownCards()).isEqualTo(new FeedbackReport.UnknownCards(0, 0));
  }

  // ---- calls ----

  @Test
  void callsWaitWhileTheDatabaseIsAway() throws Exception {
    database.takeAway();
    for (int i = 0; i < 20; i++) {
      database.calls.record(
          new CallRecord("s", HOSPITAL, null, 200, 1, "1", null, List.of(card("SUP-04"))));
    }
    Thread.sleep(200);
    database.bringBack();
    assertThat(eventually(() -> database.rows("hook_call") == 20)).isTrue();
    assertThat(database.rows("issued_card")).isEqualTo(20);
    assertThat(database.lost()).isZero();
  }

  /** One call that no column can hold must not keep the others out for ever. */
  @Test
  void aCallThatCanNotBeWrittenIsCountedAndTheOthersAreWritten() throws Exception {
    CardRecord twice = card("SUP-04");
    CallRecord fine = new CallRecord("s", HOSPITAL, null, 200, 1, "1", null, List.of(twice));
    database.takeAway();
    database.calls.record(fine);
    database.calls.record(fine);
    database.calls.record(
        new CallRecord("s", HOSPITAL, null, 412, 1, "1", null, List.of(card("SUP-05"))));
    Thread.sleep(50);
    database.bringBack();
    assertThat(eventually(() -> database.rows("hook_call") == 2)).isTrue();
    assertThat(eventually(() -> database.lost() == 1)).isTrue();
  }

  private static boolean eventually(java.util.function.BooleanSupplier holds)
      throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      if (holds.getAsBoolean()) {
        return true;
      }
      Thread.sleep(25);
    }
    return false;
  }

  /** What waits when the service stops is written first. */
  @Test
  void stoppingWritesWhatWaits() throws Exception {
    for (int i = 0; i < 1200; i++) {
      database.calls.record(
          new CallRecord("s", HOSPITAL, null, 200, 1, "1", null, List.of(card("SUP-04"))));
    }
    database.calls.stop();
    assertThat(database.rows("hook_call")).isEqualTo(1200);
  }

  // ---- retention ----

  @Test
  void whatIsPastItsTimeIsDeletedAndNothingElse() {
    CardRecord old = card("SUP-04");
    give(HOSPITAL, old, card("SUP-05"));
    database.time.forward(Duration.ofDays(300));
    save(HOSPITAL, overridden(old.id(), "trial", "words"));
    assertThat(database.cleaner.clean()).isZero();

    database.time.forward(Duration.ofDays(91));
    database.cleaner.clean();
    assertThat(database.rows("feedback_comment")).as("free text goes first").isZero();
    assertThat(database.rows("hook_call")).isZero();
    assertThat(database.rows("issued_card")).as("the card that feedback is about").isEqualTo(1);
    assertThat(database.rows("feedback")).isEqualTo(1);

    database.time.forward(Duration.ofDays(300));
    database.cleaner.clean();
    assertThat(database.rows("feedback")).isZero();
    assertThat(database.rows("issued_card")).isZero();
  }

  // ---- the memory of overridden cards ----

  private CardMemory.OfPatient patient(Caller caller, String id) {
    return database.memory.of(caller, id);
  }

  /** A card is given to a patient on some facts and overridden. */
  private CardRecord overriddenCard(Caller caller, String patient, String facts) {
    CardRecord card =
        new CardRecord(
            UUID.randomUUID(), List.of("SUP-04"), List.of(), patient(caller, patient).facts(facts));
    give(caller, card);
    save(caller, overridden(card.id(), "trial", null));
    return card;
  }

  private boolean isHeld(Caller caller, String patient, String facts) {
    CardMemory.OfPatient memory = patient(caller, patient);
    CardFacts card = memory.facts(facts);
    return memory.overridden(Set.of(card, memory.facts("something else"))).containsKey(card);
  }

  @Test
  void anOverriddenCardIsKnownAgainByPatientFactsAndCaller() {
    overriddenCard(HOSPITAL, "p1", "eGFR 29");
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).as("same facts").isTrue();
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 28")).as("a changed fact").isFalse();
    assertThat(isHeld(HOSPITAL, "p2", "eGFR 29")).as("other patient").isFalse();
    assertThat(isHeld(OTHER_TENANT, "p1", "eGFR 29")).as("other tenant").isFalse();
    assertThat(isHeld(new Caller("https://hospital.example", null), "p1", "eGFR 29")).isFalse();
  }

  @Test
  void theCallerMayHaveNoTenant() {
    Caller caller = new Caller("https://other.example", null);
    overriddenCard(caller, "p1", "eGFR 29");
    assertThat(isHeld(caller, "p1", "eGFR 29")).isTrue();
  }

  @Test
  void thePeriodEnds() {
    overriddenCard(HOSPITAL, "p1", "eGFR 29");
    database.time.forward(Duration.ofDays(30).minusSeconds(1));
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isTrue();
    database.time.forward(Duration.ofSeconds(1));
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isFalse();
  }

  /** A client whose clock is ahead does not make the period longer. */
  @Test
  void thePeriodBeginsNoLaterThanTheFeedbackCame() {
    CardRecord card = overriddenCard(HOSPITAL, "p1", "eGFR 29");
    save(
        HOSPITAL,
        new Feedback(
            card.id(), Feedback.Outcome.OVERRIDDEN, now().plusYears(10), List.of(), null, null));
    database.time.forward(Duration.ofDays(31));
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isFalse();
  }

  @Test
  void aCardThatWasTakenAfterAllIsGivenAgain() {
    CardRecord card = overriddenCard(HOSPITAL, "p1", "eGFR 29");
    database.time.forward(Duration.ofMinutes(1));
    save(HOSPITAL, accepted(card.id()));
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isFalse();
  }

  @Test
  void aCardThatIsOnlyIgnoredOrTakenIsGivenAgain() {
    CardRecord card =
        new CardRecord(
            UUID.randomUUID(), List.of("S"), List.of(), patient(HOSPITAL, "p1").facts("f"));
    give(HOSPITAL, card);
    assertThat(isHeld(HOSPITAL, "p1", "f")).isFalse();
    save(HOSPITAL, accepted(card.id()));
    assertThat(isHeld(HOSPITAL, "p1", "f")).isFalse();
  }

  /** Who learns the uuid of a card can not silence it for another. */
  @Test
  void nobodySilencesTheCardsOfAnotherCaller() {
    CardRecord card =
        new CardRecord(
            UUID.randomUUID(), List.of("S"), List.of(), patient(HOSPITAL, "p1").facts("f"));
    give(HOSPITAL, card);
    save(OTHER_TENANT, overridden(card.id(), "trial", null));
    assertThat(isHeld(HOSPITAL, "p1", "f")).isFalse();
  }

  @Test
  void withoutDatabaseNothingIsHeldBack() {
    overriddenCard(HOSPITAL, "p1", "eGFR 29");
    database.takeAway();
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isFalse();
    assertThat(isHeld(HOSPITAL, "p1", "eGFR 29")).isFalse();
  }

  @Test
  void neitherPatientNorFactsCanBeReadFromTheJournal() {
    overriddenCard(HOSPITAL, "canary-patient", "canary facts");
    String row = database.sql.sql("select * from card_facts").query().listOfRows().toString();
    assertThat(row).doesNotContain("canary").matches("(?s).*[0-9a-f]{64}.*[0-9a-f]{64}.*");
    assertThat(KeyedHash.of("another key, long enough to be one").of("patient", "x"))
        .as("another key gives another hash")
        .isNotEqualTo(KeyedHash.of(TestDatabase.KEY).of("patient", "x"));
  }

  @Test
  void pseudonymsAreForgottenWhenTheyHoldNothingBackAnyMore() {
    overriddenCard(HOSPITAL, "p1", "eGFR 29");
    database.time.forward(Duration.ofDays(29));
    database.cleaner.clean();
    assertThat(database.rows("card_facts")).isEqualTo(1);
    database.time.forward(Duration.ofDays(2));
    database.cleaner.clean();
    assertThat(database.rows("card_facts")).isZero();
    assertThat(database.rows("feedback")).isEqualTo(1);
  }
}
