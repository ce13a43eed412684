/** Pages on which people read the guideline's statements: what a card's source and link lead to. */
@NullMarked
package no.marg.statements;

import org.jspecify.annotations.NullMarked;
