package no.marg.engine;

import java.time.LocalDate;
import no.marg.chart.Unused;
import no.marg.knowledge.Fact;
import org.jspecify.annotations.Nullable;

/**
 * A fact that would decide and is not known.
 *
 * @param fact which fact
 * @param unreadable why the newest record of it could not be used; null when there is none such
 * @param known what is known of it and does not decide, such as a result given as below a value;
 *     null when nothing is
 * @param newest day of a record that exists and is too old or could not be used; null without
 * @param isTooOld whether the age of that record is what leaves the fact unknown
 */
public record Missing(
    Fact fact,
    @Nullable Unused unreadable,
    @Nullable FactValue known,
    @Nullable LocalDate newest,
    boolean isTooOld) {}
