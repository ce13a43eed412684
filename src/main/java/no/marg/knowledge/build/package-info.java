/** Translates the CQL libraries to ELM while the project is built; not used at run time. */
@NullMarked
package no.marg.knowledge.build;

import org.jspecify.annotations.NullMarked;
