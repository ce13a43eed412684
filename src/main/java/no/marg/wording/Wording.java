package no.marg.wording;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import no.marg.chart.Unused;
import no.marg.engine.FactValue;
import no.marg.knowledge.DateWords;
import no.marg.knowledge.Fact;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;

/**
 * Values of a patient and what became of them, as clinicians write them, in Norwegian or English.
 */
public abstract class Wording {
  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("mL/min/{1.73_m2}", "mL/min/1,73 m²"),
          Map.entry("umol/L", "µmol/L"),
          Map.entry("ug/L", "µg/L"),
          Map.entry("10*9/L", "× 10⁹/L"),
          Map.entry("10*6/L", "× 10⁶/L"),
          Map.entry("10*6/kg", "× 10⁶/kg"),
          Map.entry("mg/(24.h)", "mg/24 t"),
          Map.entry("m2", "m²"),
          Map.entry("mg/m2", "mg/m²"),
          Map.entry("k[IU]/L", "kIU/L"),
          Map.entry("mo", "måneder"),
          Map.entry("{ratio}", ""),
          Map.entry("{score}", ""),
          Map.entry("{INR}", ""),
          Map.entry("1", ""),
          Map.entry("a", "år"));

  private final String language;
  private final Guideline guideline;

  /**
   * Words of one language.
   *
   * @param language nb or en
   */
  protected Wording(String language, Guideline guideline) {
    this.language = language;
    this.guideline = guideline;
  }

  /** nb or en. */
  public String language() {
    return language;
  }

  /** Whether the language is English. */
  public boolean isEnglish() {
    return language.equals("en");
  }

  /** The text in this language. */
  public String of(Text text) {
    return text.in(language);
  }

  /** One of two fixed texts. */
  public String of(String nb, String en) {
    return isEnglish() ? en : nb;
  }

  /** A day. */
  public String date(LocalDate date) {
    return DateWords.of(date, language);
  }

  /** Text as it may stand in this kind of answer: nothing in it may become markup there. */
  protected abstract String plain(String text);

  /** A code of the guideline: a drug, a regimen, a finding. */
  public String code(String code) {
    return plain(DateWords.in(of(guideline.conceptName(code)), language));
  }

  /** The value of a fact; a yes or no in words of its own where it could be read as a result. */
  public String value(Fact fact, FactValue value) {
    Text words = value instanceof FactValue.YesNo yesNo ? fact.answer(yesNo.value()) : null;
    return words == null ? value(value) : of(words);
  }

  /** The name of an input. */
  public String fact(String id) {
    return of(guideline.fact(id).name());
  }

  /** A value with its unit; an empty text for a kind that has no words. */
  public String value(FactValue value) {
    if (value instanceof FactValue.Measured measured) {
      return (measured(measured) + " " + unit(measured.unit())).strip();
    } else if (value instanceof FactValue.YesNo yesNo) {
      return yesNo.value() ? of("ja", "yes") : of("nei", "no");
    } else if (value instanceof FactValue.Coded coded) {
      return code(coded.code());
    } else if (value instanceof FactValue.Number number) {
      return number(number.value());
    } else if (value instanceof FactValue.Day day) {
      return date(day.value());
    } else if (value instanceof FactValue.Moment moment) {
      return DateWords.of(moment.value().toLocalDateTime(), language);
    } else if (value instanceof FactValue.Several several) {
      return several.values().isEmpty()
          ? of("ingen", "none")
          : several.values().stream().map(this::value).collect(Collectors.joining(", "));
    }
    return "";
  }

  private String measured(FactValue.Measured value) {
    BigDecimal low = value.low();
    BigDecimal high = value.high();
    if (low != null && high != null && low.compareTo(high) == 0) {
      return number(low);
    }
    if (high != null && (low == null || low.signum() == 0)) {
      return (value.highIncluded() ? "≤ " : "< ") + number(high);
    }
    if (low != null && high == null) {
      return (value.lowIncluded() ? "≥ " : "> ") + number(low);
    }
    return low == null || high == null ? "" : number(low) + "–" + number(high);
  }

  /** A number with at most four decimals. */
  public String number(BigDecimal number) {
    BigDecimal shown = number.scale() > 4 ? number.setScale(4, RoundingMode.HALF_UP) : number;
    String plain = shown.stripTrailingZeros().toPlainString();
    return isEnglish() ? plain : plain.replace('.', ',');
  }

  /** A UCUM unit as it is printed. */
  public String unit(String ucum) {
    if (ucum.equals("h")) {
      return of("t", "h");
    }
    String shown = UNITS.getOrDefault(ucum, ucum);
    return isEnglish()
        ? shown
            .replace("1,73", "1.73")
            .replace("24 t", "24 h")
            .replace("år", "years")
            .replace("måneder", "months")
        : shown;
  }

  /** Words of limits; the longer before those that they contain. */
  private static final Map<String, String> LIMIT_WORDS = new LinkedHashMap<>();

  static {
    LIMIT_WORDS.put("over referansegrensen", "above the reference limit");
    LIMIT_WORDS.put("over laveste", "above the lowest");
    LIMIT_WORDS.put("laboratoriets øvre grense", "the laboratory's upper limit");
    LIMIT_WORDS.put("laboratoriets referanseområde", "the laboratory's reference range");
    LIMIT_WORDS.put("etter siste", "after the last");
    LIMIT_WORDS.put("etter dag", "after day");
    LIMIT_WORDS.put("før reinfusjon", "before reinfusion");
    LIMIT_WORDS.put("før start", "before the start");
    LIMIT_WORDS.put("før dag", "before day");
    LIMIT_WORDS.put("sensitivitet", "sensitivity");
    LIMIT_WORDS.put("økning", "rise of");
    LIMIT_WORDS.put("minst", "at least");
    LIMIT_WORDS.put("måneder", "months");
    LIMIT_WORDS.put("mnd", "months");
    LIMIT_WORDS.put("dager", "days");
    LIMIT_WORDS.put("dag", "day");
    LIMIT_WORDS.put("timer", "hours");
    LIMIT_WORDS.put("siden", "ago");
    LIMIT_WORDS.put("eller", "or");
    LIMIT_WORDS.put("år", "years");
    LIMIT_WORDS.put("og", "and");
  }

  private static final Pattern LIMIT_WORD =
      Pattern.compile("(?<!\\p{L})(" + String.join("|", LIMIT_WORDS.keySet()) + ")(?!\\p{L})");

  /** A limit, written as in this language. */
  public String threshold(String text) {
    return isEnglish()
        ? LIMIT_WORD
            .matcher(text)
            .replaceAll(word -> LIMIT_WORDS.getOrDefault(word.group(), word.group()))
            .replaceAll("(\\d),(\\d)", "$1.$2")
        : text.replaceAll("(\\d)\\.(\\d)", "$1,$2").replace("positive", "påvist");
  }

  /** Why something in the record was not used. */
  public String reason(Unused unused) {
    // The word for it says all; a status or a reference adds nothing that a clinician can use.
    boolean isNamed =
        switch (unused.reason()) {
          case PRELIMINARY, ENTERED_IN_ERROR, DUPLICATE, SUPERSEDED -> true;
          default -> unused.detail().isEmpty();
        };
    String detail =
        isNamed ? "" : " (" + DateWords.in(threshold(plain(unused.detail())), language) + ")";
    return switch (unused.reason()) {
          case OTHER_PATIENT -> of("gjelder en annen pasient", "belongs to another patient");
          case NO_PATIENT -> of("mangler pasient", "names no patient");
          case ENTERED_IN_ERROR -> of("feilregistrert", "entered in error");
          case STATUS -> of("status teller ikke", "status does not count");
          case PRELIMINARY -> of("foreløpig svar", "preliminary result");
          case FUTURE -> of("datert fram i tid", "dated in the future");
          case BROKEN_DATE -> of("ugyldig dato", "invalid date");
          case NO_RESULT -> of("uten resultat", "without result");
          case UNKNOWN_UNIT -> of("ukjent enhet", "unknown unit");
          case NO_UNIT -> of("uten enhet", "without unit");
          case IMPLAUSIBLE -> of("usannsynlig verdi", "implausible value");
          case NOT_A_NUMBER -> of("ikke et tall", "not a number");
          case DUPLICATE -> of("samme svar finnes i annen form", "the same result in another form");
          case SUPERSEDED -> of("et senere svar gjelder", "a later answer counts");
          case CONTRADICTORY ->
              of("motstridende svar samme tid", "contradictory results of one time");
          case TYPE -> of("leses ikke", "is not read");
        }
        + detail;
  }

  /** What a query of the record brings. */
  public String source(String key) {
    return switch (key) {
      case "patient" -> of("pasienten", "the patient");
      case "latestObservations" -> of("siste prøvesvar", "latest results");
      case "myelomaHistory" -> of("myelomprøver over tid", "myeloma results over time");
      case "mmFacts" -> of("registrerte myelomopplysninger", "recorded myeloma facts");
      case "conditions" -> of("diagnoser", "conditions");
      case "medicationRequests" -> of("ordinasjoner", "medication orders");
      case "medicationStatements" -> of("legemiddelliste", "medication list");
      case "medicationAdministrations" -> of("gitte legemidler", "administered medication");
      case "procedures" -> of("prosedyrer", "procedures");
      case "carePlans" -> of("behandlingslinjer", "lines of therapy");
      case "imagingReports" -> of("bildeundersøkelser", "imaging reports");
      case "immunizations" -> of("vaksiner", "vaccines");
      case "orderedMedications" -> of("legemidlene i ordinasjonene", "drugs of the orders");
      case "allergies" -> of("allergier", "allergies");
      default -> plain(key);
    };
  }
}
