package no.marg.app;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything the pages show about one patient, made from one reading of the record. Sentences are
 * in the language of the page; dates of {@link Timeline} are ISO days.
 *
 * @param patient who it is about
 * @param guideline the source, to be cited
 * @param day the day of advice
 * @param today the same as ISO day
 * @param demo whether the patient is synthetic
 * @param canSave whether facts can be written to the record
 * @param intent the view that the record asked for; null for the usual one
 * @param finding the statement that a card's link opens; null for none
 * @param record what could not be read or used
 * @param summary what the patient has and where in the course they are
 * @param criteria the diagnostic criteria
 * @param now what the guideline says now, urgent first, as the cards
 * @param timeline results, lines and events over time
 * @param treatment the choice of treatment
 * @param supportive care beside the treatment
 * @param missing facts that would decide something
 * @param entered facts of this session that the record does not hold
 */
record View(
    Patient patient,
    String guideline,
    String day,
    String today,
    boolean demo,
    boolean canSave,
    @Nullable String intent,
    @Nullable String finding,
    Gaps record,
    List<Line> summary,
    List<Criterion> criteria,
    List<Advice> now,
    Timeline timeline,
    Treatment treatment,
    List<Section> supportive,
    List<Lack> missing,
    List<Entered> entered) {

  /**
   * The banner.
   *
   * @param shown whether the page must show it, because the record around it does not
   * @param age whole years; null when the birth date is not known to the day
   */
  record Patient(
      boolean shown,
      String name,
      String birthDate,
      @Nullable Integer age,
      String gender,
      String identifier,
      boolean deceased) {}

  /**
   * What was not read, and what was read and not used.
   *
   * @param patient whether the patient was read; if not, that there is no advice says nothing
   */
  record Gaps(List<String> unread, List<Unusable> unusable, boolean patient) {}

  /** A resource that was not used, and why. */
  record Unusable(String what, String reason, String reference) {}

  /**
   * One line of the summary.
   *
   * @param key stable name
   * @param value null when it can not be known
   * @param note more about the value; empty for none
   * @param missing what would decide it
   * @param statement catalogue id that explains it; null for none
   */
  record Line(
      String key,
      String label,
      @Nullable String value,
      String note,
      List<String> missing,
      @Nullable String statement) {}

  /** A criterion, with the verdict of {@code $guideline-report}. */
  record Criterion(
      String id, String title, String verdict, List<Shown> facts, List<Lack> missing) {}

  /**
   * A fact as it is shown.
   *
   * @param date empty when it has none
   * @param threshold empty when it is compared with nothing
   * @param reference the resource it was read from; empty without
   */
  record Shown(
      String id, String name, String value, String date, String threshold, String reference) {}

  /**
   * A fact that is not known.
   *
   * @param why what is known of it and does not decide; empty for nothing
   * @param form link id of the form's question for it; null when the form has none
   * @param test what can be ordered to get it; empty for nothing
   * @param decides what it would decide
   */
  record Lack(
      String id,
      String name,
      String why,
      @Nullable String form,
      String test,
      List<String> decides) {}

  /**
   * What the guideline says.
   *
   * @param id id of the action
   * @param statement catalogue id
   * @param indicator critical, warning or info
   * @param kind applies, undecided or failed
   * @param also further findings of the same topic
   */
  record Advice(
      String id,
      String statement,
      String indicator,
      String kind,
      String title,
      String description,
      String chapter,
      List<Shown> facts,
      List<Lack> missing,
      List<String> reasons,
      List<Offer> offers,
      List<Advice> also) {}

  /**
   * Something that can be done.
   *
   * @param remarks what to know first
   * @param steps in words
   * @param bundle the resources as a FHIR transaction Bundle; null when nothing can be written
   * @param canSend whether the record allows this session to create each of them
   */
  record Offer(
      String label,
      boolean recommended,
      List<String> remarks,
      List<String> steps,
      @Nullable String bundle,
      boolean canSend) {}

  /** Results over time, with lines of therapy and events. */
  record Timeline(List<Series> series, List<Band> lines, List<Mark> marks) {}

  /**
   * One kind of result.
   *
   * @param panel which chart it stands in
   * @param unit as shown
   */
  record Series(String id, String panel, String name, String unit, List<Point> points) {}

  /**
   * One result.
   *
   * @param value where it is drawn: the value, or the bound of one that is only known within bounds
   * @param shown as a clinician writes it
   */
  record Point(String day, double value, String shown, String reference) {}

  /** A line of therapy; without end when it runs. */
  record Band(@Nullable Integer number, String title, String start, @Nullable String end) {}

  /** Something that happened on a day: transplant, progression or response. */
  record Mark(String day, String kind, String title, String reference) {}

  /**
   * The choice of treatment.
   *
   * @param row the row of the guideline's selection that applies; null when none does
   * @param known whether it can be told which regimens are recommended; if not, an empty list is no
   *     "none"
   * @param none why no regimen is recommended, in a sentence; empty where one is, or that is
   *     unknown
   * @param ranked whether the order of the recommended regimens says which is preferred
   */
  record Treatment(
      String heading,
      @Nullable String row,
      List<Shown> inputs,
      List<Advice> decisions,
      List<Regimen> recommended,
      List<Regimen> awaiting,
      List<Regimen> others,
      boolean known,
      String none,
      boolean ranked) {}

  /**
   * A regimen.
   *
   * @param status what the guideline says of reimbursement
   * @param dosed whether the guideline has a dose table, so that a cycle can be made
   * @param stepUp whether it begins with rising doses
   * @param running whether it is the regimen of the present line and, as far as is known, has
   *     cycles to come
   * @param next the cycle that comes next; null when it can not be told and must be asked for
   */
  record Regimen(
      String id,
      String title,
      String status,
      boolean dosed,
      boolean stepUp,
      boolean running,
      @Nullable Next next) {}

  /**
   * A cycle that can be ordered now, as the cards offer it.
   *
   * @param start ISO day
   * @param number null for a step-up
   */
  record Next(String start, @Nullable Integer number, boolean stepUp) {}

  /**
   * A part of supportive care.
   *
   * @param items what is due
   * @param undecided what may be due: the facts that would decide it are missing
   * @param notNow what was considered and is not due
   */
  record Section(
      String id, String title, List<Advice> items, List<Open> undecided, List<Open> notNow) {}

  /**
   * A statement that can not be decided, or does not apply.
   *
   * @param missing names of what would decide it; none of one that does not apply
   */
  record Open(String statement, String title, List<String> missing) {}

  /**
   * A fact that was entered in this session.
   *
   * @param replaces whether it stands in the place of an answer of the record of the same day
   */
  record Entered(String form, String name, String value, String date, boolean replaces) {}
}
