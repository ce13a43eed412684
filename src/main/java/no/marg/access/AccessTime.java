package no.marg.access;

import java.time.InstantSource;

/**
 * The time on the wall. Not the clock of advice, which a setting can fix to a day.
 *
 * @param source gives the time
 */
record AccessTime(InstantSource source) {}
