package no.marg.cdshooks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import no.marg.knowledge.Guideline;
import no.marg.wording.Wording;

/** The words of cards, which are markdown. */
final class Words extends Wording {
  Words(String language, Guideline guideline) {
    super(language, guideline);
  }

  @Override
  protected String plain(String text) {
    return Markdown.escape(text);
  }

  /** What is not all there, with the reasons: those of one reason together. */
  String gaps(Map<String, Gap> gaps) {
    Map<Gap, List<String>> sources = new EnumMap<>(Gap.class);
    gaps.keySet().stream()
        .sorted()
        .forEach(
            key ->
                sources.computeIfAbsent(gaps.get(key), any -> new ArrayList<>()).add(source(key)));
    return sources.entrySet().stream()
        .map(each -> String.join(", ", each.getValue()) + " (" + reason(each.getKey()) + ")")
        .collect(Collectors.joining("; "));
  }

  private String reason(Gap gap) {
    return switch (gap) {
      case NOT_SENT -> of("ikke sendt", "not sent");
      case CLIENT_FAILED ->
          of("journalsystemet kunne ikke hente dem", "the record could not fetch them");
      case FIRST_PAGE -> of("bare en del sendt", "only a part was sent");
      case TIME -> of("journalen svarte ikke i tide", "the record did not answer in time");
      case DENIED -> of("ingen tilgang", "no access");
      case NOT_READ -> of("kunne ikke leses", "could not be read");
      case TOO_MUCH -> of("for mye å lese", "more than is read");
    };
  }
}
