/**
 * Lets a record open the app on one patient (SMART App Launch 2.2): launch, tokens, and the session
 * that the app's pages stand on.
 */
@NullMarked
package no.marg.smart;

import org.jspecify.annotations.NullMarked;
