package no.marg.access;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How often each client may call: a token bucket each. There are as many as registered clients. */
final class CallRate {
  private final int perSecond;
  private final int burst;
  private final Map<Name, Bucket> buckets = new ConcurrentHashMap<>();

  private record Name(String issuer, @Nullable String tenant) {}

  CallRate(int perSecond, int burst) {
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** Whole seconds after which the client may call again; 0 when it may call now. */
  long secondsToWait(CdsClient client) {
    if (perSecond == 0) {
      return 0;
    }
    return secondsToWait(
        buckets.computeIfAbsent(new Name(client.issuer(), client.tenant()), name -> bucket()));
  }

  /** Takes one from a bucket; whole seconds until there is one again when it is empty. */
  static long secondsToWait(Bucket bucket) {
    var probe = bucket.tryConsumeAndReturnRemaining(1);
    return probe.isConsumed()
        ? 0
        : Math.max(
            1, TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill() + 999_999_999L));
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(burst).refillGreedy(perSecond, Duration.ofSeconds(1)))
        .build();
  }
}
