/** The FHIR end point: reading the guideline's artifacts and asking it through operations. */
@NullMarked
package no.marg.operations;

import org.jspecify.annotations.NullMarked;
