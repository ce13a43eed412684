package no.marg.smart;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Gets new tokens for a launch. Of many tabs and copies of the service one asks and the others wait
 * for it, because a refresh token may be good only once.
 */
final class Renewal {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final LaunchStore store;
  private final Authorization authorization;
  private final WallClock clock;
  private final Duration longest;

  Renewal(LaunchStore store, Authorization authorization, SmartSettings settings, WallClock clock) {
    this.store = store;
    this.authorization = authorization;
    this.clock = clock;
    // Its end points may have to be read first, then the token asked for.
    this.longest = settings.timeout().multipliedBy(3);
  }

  /**
   * The launch with a token that was not there before.
   *
   * @param held the launch as it was found
   * @param needed whether the token is of no use any more; otherwise it only ends soon
   * @throws LaunchEndedException if the record gives no more tokens
   * @throws RecordUnreachableException if it does not answer
   */
  Grant of(String launchId, String browser, LaunchStore.Held held, boolean needed) {
    Grant now = held.grant();
    if (now.refreshToken() == null) {
      return stillGood(now, needed, launchId, browser);
    }
    long end = System.nanoTime() + longest.toNanos();
    while (!store.claimRenewal(launchId, held.version(), longest)) {
      LaunchStore.Held later = store.find(launchId, browser).orElseThrow(LaunchEndedException::new);
      if (later.version() != held.version()) {
        return later.grant();
      }
      if (System.nanoTime() > end || !pause()) {
        throw new RecordUnreachableException();
      }
    }
    try {
      Grant renewed = authorization.renew(now);
      store.renew(launchId, browser, renewed);
      return renewed;
    } catch (Authorization.RefusedException e) {
      store.remove(launchId, browser);
      throw new LaunchEndedException();
    } catch (IOException | SmartException e) {
      store.releaseRenewal(launchId);
      if (!needed && !over(now.accessExpires())) {
        return now;
      }
      throw new RecordUnreachableException();
    }
  }

  private Grant stillGood(Grant grant, boolean needed, String launchId, String browser) {
    if (needed || over(grant.accessExpires())) {
      store.remove(launchId, browser);
      throw new LaunchEndedException();
    }
    return grant;
  }

  private boolean over(@Nullable Long expires) {
    return expires != null && expires <= clock.millis();
  }

  private static boolean pause() {
    try {
      Thread.sleep(PAUSE.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
