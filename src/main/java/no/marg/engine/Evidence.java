package no.marg.engine;

import java.time.LocalDate;
import no.marg.knowledge.Fact;
import org.jspecify.annotations.Nullable;

/**
 * A fact of this patient that a statement rests on.
 *
 * @param fact which fact
 * @param value its value
 * @param date day the value is from; null when it has none or is not from one record
 * @param reference the record it was read from, {@code Type/id}; null when it is from none
 * @param threshold the limit it is compared with; empty without
 */
public record Evidence(
    Fact fact,
    FactValue value,
    @Nullable LocalDate date,
    @Nullable String reference,
    String threshold) {}
