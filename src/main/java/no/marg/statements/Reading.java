package no.marg.statements;

/**
 * How a place is read that the guideline's text leaves open; a row of docs/interpretations.md.
 *
 * @param ids what it is called, e.g. {@code AMB-43}; empty for a reading without a name
 * @param chapter heading it stands under, with the libraries that follow it
 * @param where chapter or statements it is about
 * @param text what the text says
 * @param reading how it is read
 * @param reason why
 * @param safe the safer branch
 */
record Reading(
    java.util.List<String> ids,
    String chapter,
    String where,
    String text,
    String reading,
    String reason,
    String safe) {}
