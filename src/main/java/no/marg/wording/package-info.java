/** The words for values and their state that cards and pages share. */
@NullMarked
package no.marg.wording;

import org.jspecify.annotations.NullMarked;
