/**
 * What the pages of the app ask about their one patient: a view of the guideline's answer, a cycle
 * to order, the trace of a statement, and what changes when a fact changes.
 */
@NullMarked
package no.marg.app;

import org.jspecify.annotations.NullMarked;
