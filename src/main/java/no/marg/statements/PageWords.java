package no.marg.statements;

import java.util.Map;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;
import no.marg.wording.Wording;

/** The words of the pages, as plain text: what makes HTML of them escapes. */
final class PageWords extends Wording {
  private static final Map<String, Text> KINDS =
      Map.of(
          "criterion", new Text("kriterium", "criterion"),
          "classification", new Text("klassifikasjon", "classification"),
          "recommendation", new Text("anbefaling", "recommendation"),
          "dose", new Text("dose", "dose"),
          "schedule", new Text("plan for behandling eller kontroll", "schedule"),
          "contraindication", new Text("kontraindikasjon", "contraindication"),
          "timing", new Text("tidspunkt", "timing"),
          "follow-up", new Text("oppfølging", "follow-up"),
          "data-quality", new Text("kvalitet av data", "data quality"),
          "information", new Text("opplysning", "information"));

  private static final Map<String, Text> HOOKS =
      Map.of(
          "patient-view", new Text("pasienten åpnes", "the patient is opened"),
          "order-select", new Text("en ordinasjon velges", "an order is selected"),
          "order-sign", new Text("en ordinasjon signeres", "an order is signed"),
          "encounter-start", new Text("en konsultasjon starter", "an encounter starts"),
          "problem-list-item-create",
              new Text("en diagnose registreres", "a diagnosis is recorded"),
          "appointment-book", new Text("en time bestilles", "an appointment is booked"));

  PageWords(String language, Guideline guideline) {
    super(language, guideline);
  }

  @Override
  protected String plain(String text) {
    return text;
  }

  String kind(String code) {
    return of(KINDS.getOrDefault(code, new Text(code, code)));
  }

  String hook(String name) {
    return of(HOOKS.getOrDefault(name, new Text(name, name)));
  }

  String source() {
    return of(
        "Handlingsprogram for myelomatose, versjon 1.3 (februar 2026)",
        "Norwegian guideline for multiple myeloma, version 1.3 (February 2026)");
  }

  String urgency(String priority) {
    return switch (priority) {
      case "stat" -> of("Kritisk", "Critical");
      case "urgent", "asap" -> of("Viktig", "Important");
      default -> of("Råd", "Advice");
    };
  }
}
