package no.marg.knowledge;

/**
 * A fact that a statement rests on.
 *
 * @param id input id, a code of {@code CodeSystem/mm-inputs}
 * @param threshold the limit the statement compares the fact with, as shown to clinicians; empty when
 *     there is none
 */
public record Input(String id, String threshold) {}
