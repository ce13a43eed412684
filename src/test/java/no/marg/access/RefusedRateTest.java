package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.TimeMeter;
import org.junit.jupiter.api.Test;

/** How often one address may be refused. */
class RefusedRateTest {
  private long now = 1_000_000_000L;

  private final RefusedRate rate =
      new RefusedRate(
          60,
          new TimeMeter() {
            @Override
            public long currentTimeNanos() {
              return now;
            }

            @Override
            public boolean isWallClockBased() {
              return false;
            }
          });

  private void use(String address, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(rate.refused(address).seconds()).as("refusal " + (i + 1)).isZero();
    }
  }

  @Test
  void theSixtyFirstInAMinuteWaitsUntilOneIsFree() {
    use("192.0.2.1", 60);
    assertThat(rate.refused("192.0.2.1")).isEqualTo(new RefusedRate.Next(1, true));
    assertThat(rate.refused("192.0.2.1")).isEqualTo(new RefusedRate.Next(1, false));
    now += 999_999_999L;
    assertThat(rate.refused("192.0.2.1").seconds()).isEqualTo(1);
    now += 1;
    assertThat(rate.refused("192.0.2.1").seconds()).isZero();
    assertThat(rate.refused("192.0.2.1")).isEqualTo(new RefusedRate.Next(1, true));
  }

  @Test
  void addressesAreCountedEachByItself() {
    use("192.0.2.1", 60);
    use("192.0.2.2", 60);
    use("2001:db8:1:2::1", 60);
    use("2001:db8:1:3::1", 60);
    assertThat(rate.refused("192.0.2.2").seconds()).isPositive();
    assertThat(rate.refused("2001:db8:1:3::1").seconds()).isPositive();
  }

  @Test
  void theAddressesOfOneIpv6NetworkAreOneCaller() {
    use("2001:db8:1:2::1", 30);
    use("2001:db8:1:2:ffff::9", 30);
    assertThat(rate.refused("2001:db8:1:2::7").seconds()).isPositive();
    use("unusual", 30);
    use(":::bad", 30);
    assertThat(rate.refused("unusual").seconds()).isPositive();
  }

  @Test
  void noMoreAddressesAreRememberedThanTheBound() {
    use("198.51.100.1", 60);
    for (int i = 0; i < RefusedRate.ADDRESSES - 1; i++) {
      rate.refused("10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255));
    }
    assertThat(rate.remembered()).isEqualTo(RefusedRate.ADDRESSES);
    assertThat(rate.refused("198.51.100.1").seconds()).isPositive();
    rate.refused("203.0.113.1");
    assertThat(rate.remembered()).isEqualTo(RefusedRate.ADDRESSES);
    // It was heard from last but one, so another was forgotten.
    assertThat(rate.refused("198.51.100.1").seconds()).isPositive();
  }
}
