package no.marg.cdshooks;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import no.marg.journal.FeedbackStore;
import no.marg.knowledge.Guideline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * Takes what became of cards (CDS Hooks 2.0, section Feedback). An answer of 200 means that it is
 * stored.
 */
@RestController
final class FeedbackController {
  private static final Logger LOG = LoggerFactory.getLogger(FeedbackController.class);
  private static final int LARGEST_BODY = 1_000_000;

  private final Guideline guideline;
  private final FeedbackStore store;

  FeedbackController(Guideline guideline, FeedbackStore store) {
    this.guideline = guideline;
    this.store = store;
  }

  /** The answer; the specification defines no content, so ours is an extension. */
  record Answer(Map<String, Receipt> extension) {}

  /**
   * What was done.
   *
   * @param stored entries that were new
   * @param repeated entries that had come before
   * @param unknownCards entries about a card that this service does not know
   */
  record Receipt(int stored, int repeated, int unknownCards) {}

  /** Stores a batch whole or not at all. */
  @PostMapping(
      path = "/cds-services/{id}/feedback",
      consumes = MediaType.APPLICATION_JSON_VALUE,
      produces = MediaType.APPLICATION_JSON_VALUE)
  Answer feedback(@PathVariable String id, @RequestBody String body, HttpServletRequest http) {
    if (!guideline.services().containsKey(id)) {
      throw HookException.unknownService(id);
    }
    if (body.length() > LARGEST_BODY) {
      throw HookException.tooLarge("Feedback is larger than " + LARGEST_BODY + " characters");
    }
    FeedbackStore.Saved saved = store.save(id, CallAudit.caller(http), FeedbackBody.read(body));
    LOG.info(
        "service={} feedback={} repeated={} unknown={}",
        id,
        saved.stored(),
        saved.repeated(),
        saved.unknown());
    return new Answer(
        Map.of("no.marg.feedback", new Receipt(saved.stored(), saved.repeated(), saved.unknown())));
  }
}
