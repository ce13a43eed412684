/**
 * The journal: who was answered what and when, what became of the cards, and which advice was set
 * aside. Without content: no body, no result, no name, no id of a patient.
 */
@NullMarked
package no.marg.journal;

import org.jspecify.annotations.NullMarked;
