/** The guideline's artifacts: loaded once, checked as a whole, and immutable from then on. */
@NullMarked
package no.marg.knowledge;

import org.jspecify.annotations.NullMarked;
