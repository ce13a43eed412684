package no.marg.knowledge;

/**
 * A named CQL definition.
 *
 * @param library id of the CQL library, e.g. {@code MMDiagnosis}
 * @param name name of the definition in it, e.g. {@code CRAB A}
 */
public record Definition(String library, String name) {}
