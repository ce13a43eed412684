/**
 * Who may call the service, from where, how often, and which FHIR servers may be asked for them.
 */
@NullMarked
package no.marg.access;

import org.jspecify.annotations.NullMarked;
