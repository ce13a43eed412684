package no.marg.access;

import com.nimbusds.jose.jwk.JWKSet;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Where the keys of a client come from. */
interface KeySource {

  /**
   * Keys just read.
   *
   * @param set the keys
   * @param life how long they may be kept; null when their server does not say
   */
  record Keys(JWKSet set, @Nullable Duration life) {}

  /**
   * Reads the keys now, in a few seconds at most.
   *
   * @throws UnreadableException when that fails
   */
  Keys read() throws UnreadableException;

  /** The keys could not be read. */
  final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableException() {
      super(null, null, false, false);
    }
  }
}
