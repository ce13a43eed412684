package no.marg.engine;

import java.util.List;
import no.marg.knowledge.CatalogueEntry;

/**
 * One line of the guideline report.
 *
 * @param entry the statement
 * @param verdict what it says for this patient
 * @param evidence the facts it rests on, as far as they are known
 */
public record ReportLine(CatalogueEntry entry, Verdict verdict, List<Evidence> evidence) {}
