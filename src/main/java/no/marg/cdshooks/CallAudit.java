package no.marg.cdshooks;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import no.marg.access.CdsClient;
import no.marg.journal.CallLog;
import no.marg.journal.CallRecord;
import no.marg.journal.Caller;
import no.marg.journal.CardRecord;
import no.marg.knowledge.Guideline;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tells the journal of each call of a service, also of one that was refused: who, which service,
 * when, how it ended, which cards. Never what was sent or answered.
 */
@Component
final class CallAudit {
  private static final String NOTES = CallAudit.class.getName();
  private static final Pattern HOOK_INSTANCE =
      Pattern.compile("\"hookInstance\"\\s*:\\s*\"([0-9a-fA-F-]{36})\"");
  private static final int TOO_MANY = 429;

  private final CallLog calls;
  private final Guideline guideline;

  CallAudit(CallLog calls, Guideline guideline) {
    this.calls = calls;
    this.guideline = guideline;
  }

  /** What is known of a call while it runs. */
  private static final class Notes {
    private final long start = System.nanoTime();
    private final byte[] body;
    private final String inputHash;
    private @Nullable String hookInstance;
    private boolean recorded;

    Notes(byte[] body, String inputHash) {
      this.body = body;
      this.inputHash = inputHash;
    }

    /** The call's id; of a call that was refused before it was read, from its text. */
    @Nullable String hookInstance() {
      if (hookInstance != null) {
        return hookInstance;
      }
      Matcher inText = HOOK_INSTANCE.matcher(new String(body, StandardCharsets.UTF_8));
      return inText.find() ? inText.group(1) : null;
    }
  }

  /** Who makes a request that the access filter let through. */
  static Caller caller(HttpServletRequest http) {
    CdsClient client = CdsClient.of(http);
    return new Caller(client.issuer(), client.tenant());
  }

  /** A body has come. */
  void received(HttpServletRequest http, byte[] body) {
    http.setAttribute(NOTES, new Notes(body, calls.hash(body)));
  }

  /** The call has said its id. */
  void named(HttpServletRequest http, String hookInstance) {
    if (http.getAttribute(NOTES) instanceof Notes notes) {
      notes.hookInstance = hookInstance;
    }
  }

  /** Cards are about to be sent; feedback on them may come at once. */
  void answered(HttpServletRequest http, String service, List<CardRecord> cards) {
    if (http.getAttribute(NOTES) instanceof Notes notes) {
      notes.recorded = true;
      Duration time = Duration.ofNanos(System.nanoTime() - notes.start);
      record(service, caller(http), notes, 200, time, cards);
    }
  }

  /**
   * The call is over. Recorded now unless it was answered. Calls of services that do not exist,
   * calls beyond the limit and calls of nobody known are not, since anybody can send as many as the
   * disk holds; those whose token was refused are counted at the door.
   */
  void ended(HttpServletRequest http, String service, int status, Duration time) {
    Notes notes = http.getAttribute(NOTES) instanceof Notes known ? known : null;
    if ((notes != null && notes.recorded)
        || status == TOO_MANY
        || !CdsClient.isKnown(http)
        || !guideline.services().containsKey(service)) {
      return;
    }
    record(service, caller(http), notes, status, time, List.of());
  }

  private void record(
      String service,
      Caller caller,
      @Nullable Notes notes,
      int status,
      Duration time,
      List<CardRecord> cards) {
    calls.record(
        new CallRecord(
            service,
            caller,
            notes == null ? null : notes.hookInstance(),
            status,
            (int) time.toMillis(),
            guideline.version(),
            notes == null ? null : notes.inputHash,
            cards));
  }
}
