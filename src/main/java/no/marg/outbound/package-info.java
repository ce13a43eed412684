/** What all calls that leave the service share: a bound on what is read of an answer. */
@NullMarked
package no.marg.outbound;

import org.jspecify.annotations.NullMarked;
