/** A cycle of a regimen as a calendar: what is given on which day, for a page and as iCalendar. */
@org.jspecify.annotations.NullMarked
package no.marg.calendar;
