/** Asks a hospital's FHIR server for one patient's resources, bounded in time, size and trust. */
@NullMarked
package no.marg.ehr;

import org.jspecify.annotations.NullMarked;
