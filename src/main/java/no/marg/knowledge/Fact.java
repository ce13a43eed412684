package no.marg.knowledge;

import org.jspecify.annotations.Nullable;

/**
 * What is known about an input id: its name for clinicians and where its value comes from.
 *
 * @param id input id
 * @param name short name in both languages
 * @param value the CQL definition that gives the value; null for facts that are derived elsewhere
 * @param result the CQL definition that gives the resources the value was read from; null without
 *     one
 * @param derivedBy catalogue id of the statement that derives the fact; null for recorded facts
 * @param test concept id of the test or examination that would give the fact; null when none can be
 *     ordered
 * @param testRuledOutBy id of the fact that, where it is true, leaves the test unordered; null
 *     without one
 * @param answers what a yes and a no of it are in words; null where yes and no say it
 */
public record Fact(
    String id,
    Text name,
    @Nullable Definition value,
    @Nullable Definition result,
    @Nullable String derivedBy,
    @Nullable String test,
    @Nullable String testRuledOutBy,
    @Nullable Answers answers) {

  /** A yes and a no in words that can not be read as something else. */
  public record Answers(Text yes, Text no) {}

  /** A yes or no of this fact; null where it has no words of its own. */
  public @Nullable Text answer(boolean value) {
    return answers == null ? null : value ? answers.yes() : answers.no();
  }
}
