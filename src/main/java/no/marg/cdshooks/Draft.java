package no.marg.cdshooks;

import java.util.List;
import no.marg.engine.Finding;

/**
 * A card before it is written: most are never shown, and their titles are all that is told of them.
 *
 * @param uuid id of the card
 * @param summary its title
 * @param indicator info, warning or critical
 * @param findings what it says, of one topic; the first gives the title
 */
record Draft(String uuid, String summary, String indicator, List<Finding> findings) {

  /** The ids of its statements, as the written card names them. */
  List<String> statements() {
    return findings.stream().map(finding -> finding.statement().catalogueId()).distinct().toList();
  }
}
