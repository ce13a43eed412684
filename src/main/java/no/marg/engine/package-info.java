/**
 * Asks the guideline about one patient: evaluates CQL, applies plans, and reports what was found.
 */
@NullMarked
package no.marg.engine;

import org.jspecify.annotations.NullMarked;
