package no.marg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import no.marg.knowledge.Guideline;
import no.marg.knowledge.Statement;
import no.marg.knowledge.Text;
import org.hl7.fhir.r4.model.PlanDefinition.PlanDefinitionActionComponent;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * A suggestion or a link to the app is never the only way: in both languages the words of a card
 * say what to do by hand ({@code by-hand.yaml} holds what a reader had to judge).
 */
@Conforms("CH-68")
class ByHandTest {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:[,.]\\p{N}+)?");

  /** What says that something is done, and not what. */
  private static final Set<String> EMPTY_WORDS =
      Set.copyOf(
          List.of(
              ("bestill ordiner legg til endre henvis utkast med av og i for mot ved per om det hele gang"
                      + " order add change refer draft to with of and the a an in at by per new whole"
                      + " what is ny nytt")
                  .split(" ")));

  private static final Pattern SCREEN =
      Pattern.compile(
          "(?i)\\b(klikk|trykk på|knappen|i appen|åpne appen|click|press the|button|in the app|open"
              + " the app)\\b");

  private static final Map<String, Map<String, String>> REVIEWED = reviewed();

  private static Map<String, Map<String, String>> reviewed() {
    try {
      return new Yaml().load(Files.readString(Path.of("src/test/resources/by-hand.yaml")));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theWordsOfACardSayWhatItsSuggestionsDo() {
    List<String> wrong = new ArrayList<>();
    Set<String> needed = new HashSet<>();
    int suggestions = 0;
    for (Statement statement : TestGuideline.GUIDELINE.statements()) {
      for (PlanDefinitionActionComponent suggestion : statement.action().copy().getAction()) {
        suggestions++;
        if (isWorkedOutForThePatient(suggestion)) {
          continue;
        }
        for (String language : List.of("nb", "en")) {
          String words = words(statement, language);
          List<String> unsaid = unsaid(suggestion, words, language);
          Map<String, String> passage = REVIEWED.get(suggestion.getId());
          if (passage == null) {
            if (isDeletion(suggestion) || !unsaid.isEmpty()) {
              wrong.add(suggestion.getId() + " " + language + " does not say " + unsaid);
            }
          } else if (!words.contains(passage.get(language))) {
            wrong.add(
                suggestion.getId() + " " + language + " no longer has: " + passage.get(language));
          } else if (isDeletion(suggestion) || !unsaid.isEmpty()) {
            needed.add(suggestion.getId());
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(REVIEWED.keySet()).as("listed though the words say it").isEqualTo(needed);
    assertThat(suggestions).isGreaterThan(180);
  }

  @Test
  void noTextSendsTheReaderToAButtonOrToTheApp() {
    for (Statement statement : statements()) {
      for (String language : List.of("nb", "en")) {
        String words = words(statement, language);
        assertThat(words).as(statement.actionId()).hasSizeGreaterThan(20);
        assertThat(SCREEN.matcher(words).find()).as(words).isFalse();
      }
    }
  }

  /** What a card may be made of. */
  private static List<Statement> statements() {
    Guideline guideline = TestGuideline.GUIDELINE;
    return guideline.services().values().stream()
        .flatMap(service -> service.statements().stream())
        .distinct()
        .toList();
  }

  /** The card lists those itself (NextCycleHttpTest, OrderMendsHttpTest). */
  private static boolean isWorkedOutForThePatient(PlanDefinitionActionComponent suggestion) {
    return suggestion.hasExtension(Guideline.CYCLE)
        || (suggestion.hasExtension(Guideline.ORDER_UPDATES)
            && suggestion.getId().startsWith("DOSE-START-1-"));
  }

  private static boolean isDeletion(PlanDefinitionActionComponent suggestion) {
    return suggestion.getType().getCoding().stream().anyMatch(c -> "remove".equals(c.getCode()));
  }

  private static String words(Statement statement, String language) {
    return statement.title().in(language) + ". " + statement.description().in(language);
  }

  /** Words and numbers of a suggestion and its parts that the card does not have. */
  private static List<String> unsaid(
      PlanDefinitionActionComponent suggestion, String card, String language) {
    List<String> said = tokens(card).map(ByHandTest::lower).toList();
    return Stream.concat(Stream.of(suggestion), suggestion.getAction().stream())
        .map(part -> Text.of(part.getTitleElement()).in(language))
        .flatMap(ByHandTest::tokens)
        .map(ByHandTest::lower)
        .filter(word -> !EMPTY_WORDS.contains(word))
        .filter(word -> said.stream().noneMatch(each -> isSame(word, each)))
        .distinct()
        .toList();
  }

  /** Numbers must be equal; words may end differently. */
  private static boolean isSame(String word, String said) {
    return Character.isDigit(word.charAt(0))
        ? said.equals(word)
        : said.startsWith(word.substring(0, Math.min(word.length(), 5)));
  }

  private static Stream<String> tokens(String text) {
    return WORD.matcher(text).results().map(found -> found.group());
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}
