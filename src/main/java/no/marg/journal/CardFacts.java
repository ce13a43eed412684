package no.marg.journal;

/**
 * Keyed hashes by which an overridden card is known again.
 *
 * @param patient of client and patient
 * @param facts of everything the card rests on
 */
public record CardFacts(String patient, String facts) {}
