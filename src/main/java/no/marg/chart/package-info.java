/**
 * One patient's FHIR data, read once: what counts, in which unit, in which order, and what does not
 * count and why.
 */
@NullMarked
package no.marg.chart;

import org.jspecify.annotations.NullMarked;
