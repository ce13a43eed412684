package no.marg.knowledge;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Days as clinicians write them. */
public final class DateWords {
  private static final DateTimeFormatter NB = DateTimeFormatter.ofPattern("dd.MM.yyyy");
  private static final DateTimeFormatter EN =
      DateTimeFormatter.ofPattern("d MMM yyyy", Locale.ENGLISH);
  private static final DateTimeFormatter NB_CLOCK = DateTimeFormatter.ofPattern("' kl.' HH.mm");
  private static final DateTimeFormatter EN_CLOCK = DateTimeFormatter.ofPattern("', 'HH:mm");

  /** A day as CQL writes it, where nothing follows that makes it part of something longer. */
  private static final Pattern ISO = Pattern.compile("(?<![\\w-])\\d{4}-\\d{2}-\\d{2}(?![\\w-])");

  private DateWords() {}

  /**
   * A day.
   *
   * @param language {@code en} for English; anything else is Norwegian
   */
  public static String of(LocalDate day, String language) {
    return (language.equals("en") ? EN : NB).format(day);
  }

  /**
   * A day and its clock time.
   *
   * @param language {@code en} for English; anything else is Norwegian
   */
  public static String of(LocalDateTime time, String language) {
    return of(time.toLocalDate(), language)
        + (language.equals("en") ? EN_CLOCK : NB_CLOCK).format(time);
  }

  /** A sentence whose days CQL wrote: it has no words for them. */
  public static String in(String sentence, String language) {
    return ISO.matcher(sentence)
        .replaceAll(found -> Matcher.quoteReplacement(words(found.group(), language)));
  }

  private static String words(String iso, String language) {
    try {
      return of(LocalDate.parse(iso), language);
    } catch (DateTimeException e) {
      return iso;
    }
  }
}
