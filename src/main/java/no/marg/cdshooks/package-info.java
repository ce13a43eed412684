/** CDS Hooks: discovery, calls answered with cards. */
@NullMarked
package no.marg.cdshooks;

import org.jspecify.annotations.NullMarked;
