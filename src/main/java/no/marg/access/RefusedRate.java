package no.marg.access;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often each address may be refused: a token bucket each. Calls with a valid token are not
 * counted, so that nobody who shares an address is shut out by another.
 */
final class RefusedRate {
  /** How many addresses are remembered; the one heard from longest ago is forgotten first. */
  static final int ADDRESSES = 10_000;

  private final int perMinute;
  private final TimeMeter time;
  private final Map<String, Debt> debts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Debt> eldest) {
          return size() > ADDRESSES;
        }
      };

  private static final class Debt {
    private final Bucket bucket;
    private boolean told;

    Debt(Bucket bucket) {
      this.bucket = bucket;
    }
  }

  /**
   * What follows from one more refusal.
   *
   * @param seconds whole seconds after which the address may try again; 0 when it may now
   * @param isFirst whether this is the first beyond the limit since one within it
   */
  record Next(long seconds, boolean isFirst) {}

  /**
   * @param perMinute refusals of one address in a minute, over time and at once; 0 for no limit
   */
  RefusedRate(int perMinute, TimeMeter time) {
    this.perMinute = perMinute;
    this.time = time;
  }

  /** Counts a refusal of an address. */
  synchronized Next refused(String address) {
    if (perMinute == 0) {
      return new Next(0, false);
    }
    Debt debt = debts.computeIfAbsent(network(address), name -> new Debt(bucket()));
    long wait = CallRate.secondsToWait(debt.bucket);
    boolean isFirst = wait > 0 && !debt.told;
    debt.told = wait > 0;
    return new Next(wait, isFirst);
  }

  synchronized int remembered() {
    return debts.size();
  }

  /** Whoever has one IPv6 address has all of its /64. */
  private static String network(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      // With a colon it is no name that could be looked up.
      byte[] bytes = InetAddress.getByName(address).getAddress();
      return HexFormat.of().formatHex(bytes.length == 16 ? Arrays.copyOf(bytes, 8) : bytes);
    } catch (UnknownHostException e) {
      return "unusual";
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .withCustomTimePrecision(time)
        .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
        .build();
  }
}
