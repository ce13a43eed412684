/**
 * Shows the service with synthetic patients: their record as a read-only FHIR endpoint, and what
 * the start page needs.
 */
@NullMarked
package no.marg.demo;

import org.jspecify.annotations.NullMarked;
