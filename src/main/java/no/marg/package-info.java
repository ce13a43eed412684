/** The application: starts the service and puts its parts together. */
@NullMarked
package no.marg;

import org.jspecify.annotations.NullMarked;
