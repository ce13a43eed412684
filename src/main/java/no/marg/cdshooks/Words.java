package no.marg.cdshooks;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import no.marg.chart.Unused;
import no.marg.engine.FactValue;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;

/** The words around the guideline's own sentences, and values as clinicians write them. */
final class Words {
  private static final DateTimeFormatter NB = DateTimeFormatter.ofPattern("dd.MM.yyyy");
  private static final DateTimeFormatter EN =
      DateTimeFormatter.ofPattern("d MMM yyyy", Locale.ENGLISH);
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
          Map.entry("k[IU]/L", "kIU/L"),
          Map.entry("{ratio}", ""),
          Map.entry("{INR}", ""),
          Map.entry("1", ""),
          Map.entry("a", "år"));

  private final String language;
  private final Guideline guideline;

  Words(String language, Guideline guideline) {
    this.language = language;
    this.guideline = guideline;
  }

  String language() {
    return language;
  }

  /** The text in this answer's language. */
  String of(Text text) {
    return text.in(language);
  }

  /** One of two fixed texts. */
  String of(String nb, String en) {
    return language.equals("en") ? en : nb;
  }

  String date(LocalDate date) {
    return (language.equals("en") ? EN : NB).format(date);
  }

  String value(FactValue value) {
    if (value instanceof FactValue.Measured measured) {
      return (measured(measured) + " " + unit(measured.unit())).strip();
    } else if (value instanceof FactValue.YesNo yesNo) {
      return yesNo.value() ? of("ja", "yes") : of("nei", "no");
    } else if (value instanceof FactValue.Coded coded) {
      return Markdown.escape(of(guideline.conceptName(coded.code())));
    } else if (value instanceof FactValue.Number number) {
      return number(number.value());
    } else if (value instanceof FactValue.Day day) {
      return date(day.value());
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
    boolean fromZero = low != null && low.signum() == 0;
    if (high != null && (low == null || fromZero)) {
      return (value.highIncluded() ? "≤ " : "< ") + number(high);
    }
    if (low != null && high == null) {
      return (value.lowIncluded() ? "≥ " : "> ") + number(low);
    }
    return low == null || high == null ? "" : number(low) + "–" + number(high);
  }

  private String number(BigDecimal number) {
    BigDecimal shown =
        number.scale() > 4 ? number.setScale(4, java.math.RoundingMode.HALF_UP) : number;
    String plain = shown.stripTrailingZeros().toPlainString();
    return language.equals("en") ? plain : plain.replace('.', ',');
  }

  private String unit(String ucum) {
    String shown = UNITS.getOrDefault(ucum, ucum);
    return language.equals("en")
        ? shown.replace("1,73", "1.73").replace("24 t", "24 h").replace("år", "years")
        : shown;
  }

  /** A limit, written as in this language. */
  String threshold(String text) {
    return language.equals("en")
        ? text.replace("1,73", "1.73")
        : text.replaceAll("(\\d)\\.(\\d)", "$1,$2").replace("positive", "påvist");
  }

  /** Why something in the record was not used. */
  String reason(Unused unused) {
    String detail =
        unused.detail().isEmpty() ? "" : " (" + threshold(Markdown.escape(unused.detail())) + ")";
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
          case CONTRADICTORY ->
              of("motstridende svar samme tid", "contradictory results of one time");
          case TYPE -> of("leses ikke", "is not read");
        }
        + detail;
  }

  /** What a prefetch key brings. */
  String source(String key) {
    return switch (key) {
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
      case "allergies" -> of("allergier", "allergies");
      default -> Markdown.escape(key);
    };
  }

  /** What is not all there, with the reasons: those of one reason together. */
  String gaps(Map<String, Gap> gaps) {
    Map<Gap, List<String>> sources = new EnumMap<>(Gap.class);
    gaps.keySet().stream()
        .sorted()
        .forEach(
            key ->
                sources.computeIfAbsent(gaps.get(key), any -> new ArrayList<>()).add(source(key)));
    return sources.entrySet().stream()
        .map(each -> String.join(", ", each.getValue()) + " (" + reason(each.getKey()) + ")")
        .collect(Collectors.joining("; "));
  }

  private String reason(Gap gap) {
    return switch (gap) {
      case NOT_SENT -> of("ikke sendt", "not sent");
      case CLIENT_FAILED ->
          of("journalsystemet kunne ikke hente dem", "the record could not fetch them");
      case FIRST_PAGE -> of("bare en del sendt", "only a part was sent");
      case TIME -> of("journalen svarte ikke i tide", "the record did not answer in time");
      case DENIED -> of("ingen tilgang", "no access");
      case NOT_READ -> of("kunne ikke leses", "could not be read");
      case TOO_MUCH -> of("for mye å lese", "more than is read");
    };
  }
}
