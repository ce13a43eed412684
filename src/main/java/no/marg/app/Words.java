package no.marg.app;

import java.util.Map;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Text;
import no.marg.wording.Wording;

/** The words of the pages, as plain text: they never read markup. */
final class Words extends Wording {
  Words(String language, Guideline guideline) {
    super(language, guideline);
  }

  @Override
  protected String plain(String text) {
    return text;
  }

  /** A limit that is counted from the value beside it, such as a reference limit, says so. */
  @Override
  public String threshold(String text) {
    String limit = super.threshold(text);
    if (limit.startsWith("Δ > ")) {
      return limit.substring(2) + of(" under denne", " below this");
    }
    return limit.startsWith("+ > ") ? limit.substring(2) + of(" over denne", " above this") : limit;
  }

  /** Text that people wrote, at a length that leaves room for the rest of a page. */
  static String brief(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
  }

  private static final int LONGEST = 120;

  @Override
  public String code(String code) {
    Text answer = ANSWERS.get(code);
    return answer != null ? of(answer) : super.code(code);
  }

  /** Published answers that no terminology names. */
  private static final Map<String, Text> ANSWERS =
      Map.ofEntries(
          answer("multiple-myeloma", "Myelomatose", "Multiple myeloma"),
          answer("smouldering-myeloma", "Ulmende myelomatose", "Smouldering myeloma"),
          answer("mgus", "MGUS", "MGUS"),
          answer("mgus-presumed", "Antatt MGUS (uten benmarg)", "Presumed MGUS (no marrow)"),
          answer("igm-gammopathy", "IgM-gammopati", "IgM gammopathy"),
          answer("unclassified", "Uklassifisert", "Unclassified"),
          answer("PD", "Progressiv sykdom (PD)", "Progressive disease (PD)"),
          answer("SD", "Stabil sykdom (SD)", "Stable disease (SD)"),
          answer("MR", "Minimal respons (MR)", "Minimal response (MR)"),
          answer("PR", "Partiell respons (PR)", "Partial response (PR)"),
          answer("VGPR", "Meget god partiell respons (VGPR)", "Very good partial response (VGPR)"),
          answer("CR", "Komplett respons (CR)", "Complete response (CR)"),
          answer("sCR", "Stringent komplett respons (sCR)", "Stringent complete response (sCR)"),
          answer("MRD-negative", "MRD-negativ", "MRD negative"),
          answer("none", "Nei", "No"),
          answer("biochemical", "Biokjemisk tilbakefall", "Biochemical relapse"),
          answer("clinical", "Klinisk tilbakefall", "Clinical relapse"),
          answer("prioritised", "Prioriteres", "Prioritised"),
          answer("individual-assessment", "Individuell vurdering", "Individual assessment"),
          answer("not-prioritised", "Prioriteres ikke", "Not prioritised"));

  private static Map.Entry<String, Text> answer(String code, String nb, String en) {
    return Map.entry(code, new Text(nb, en));
  }
}
