package no.marg.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.JWKSet;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import no.marg.Conforms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long keys are kept and how often their server is asked. */
@Conforms("CH-87")
class KeySetTest {
  private static final Duration LIFE = Duration.ofMinutes(10);
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final TestEhr OLD = new TestEhr("old");
  private static final TestEhr NEW = new TestEhr("new");

  private final TestTime time = new TestTime();
  private final KeyServer server = new KeyServer().serves(OLD.publicKeys());
  private final KeySet keys = set(new FetchedKeys(URI.create(server.url("/jwks.json"))));

  private KeySet set(KeySource source) {
    return new KeySet(source, LIFE, PAUSE, time, Runnable::run);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Seconds for which a withdrawn key may still count; the settings' life is the longest. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Cache-Control | max-age=300 | 300",
        "Cache-Control | public, max-age=120 | 120",
        "Cache-Control | max-age=86400 | 600",
        "Cache-Control | max-age=5 | 60",
        "Cache-Control | no-store | 60",
        "Cache-Control | no-cache, max-age=300 | 60",
        "Expires | 0 | 60",
        "X-Other | 1 | 600",
      })
  void cacheHeadersSayHowLongAKeyCounts(String name, String value, long seconds) throws Exception {
    server.header(name, value);
    assertThat(keys.keys("old")).hasSize(1);
    server.serves(NEW.publicKeys());
    // Before three quarters nothing is read again; at the end the old key is gone.
    time.pass(Duration.ofSeconds(seconds * 3 / 4 - 1));
    assertThat(keys.keys("old")).hasSize(1);
    assertThat(server.requests()).isEqualTo(1);
    time.pass(Duration.ofSeconds(seconds - seconds * 3 / 4 + 1));
    assertThat(keys.keys("old")).isEmpty();
    assertThat(keys.keys("new")).hasSize(1);
    assertThat(server.requests()).isEqualTo(2);
  }

  @Test
  void anUnknownKeyIdIsReadAgainOnceAPause() throws Exception {
    for (int pauses = 1; pauses <= 3; pauses++) {
      for (int call = 0; call < 100; call++) {
        assertThat(keys.keys("unknown-" + call)).isEmpty();
      }
      assertThat(server.requests()).isEqualTo(pauses);
      time.pass(PAUSE);
    }
  }

  @Test
  void afterRotationTheNewKeyCountsAndTheOldDoesNot() throws Exception {
    assertThat(keys.keys("old")).hasSize(1);
    server.serves(NEW.publicKeys());
    assertThat(keys.keys("new")).isEmpty();
    time.pass(PAUSE);
    assertThat(keys.keys("new")).hasSize(1);
    assertThat(keys.keys("old")).isEmpty();
    assertThat(server.requests()).isEqualTo(2);
  }

  @Test
  void aFailingServerIsAskedOnceAPauseAndKeysStillEnd() throws Exception {
    assertThat(keys.keys("old")).hasSize(1);
    server.status(500);
    time.pass(LIFE.minusSeconds(1));
    assertThat(keys.keys("old")).hasSize(1);
    assertThat(keys.keys("old")).hasSize(1);
    assertThat(server.requests()).isEqualTo(2);
    time.pass(PAUSE);
    refused(keys);
    refused(keys);
    assertThat(server.requests()).isEqualTo(3);
  }

  @Test
  void aRedirectIsNotFollowed() {
    try (KeyServer target = new KeyServer().serves(OLD.publicKeys())) {
      server.status(302).header("Location", target.url("/jwks.json"));
      refused(keys);
      assertThat(server.requests()).isEqualTo(1);
      assertThat(target.requests()).isZero();
    }
  }

  @Test
  void aHugeAnswerIsRefused() {
    server.serves(OLD.publicKeys() + " ".repeat(300 * 1024));
    refused(keys);
  }

  @Test
  void aSlowServerIsNotWaitedFor() {
    server.slow(8000);
    long start = System.nanoTime();
    refused(keys);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
  }

  private static void refused(KeySet keys) {
    assertThatThrownBy(() -> keys.keys("old")).isInstanceOf(KeySource.UnreadableException.class);
  }

  @Test
  void oneCallReadsWhileSixteenAskAndKeysRotate() throws Exception {
    AtomicInteger reading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger reads = new AtomicInteger();
    KeySet shared =
        set(
            () -> {
              most.accumulateAndGet(reading.incrementAndGet(), Math::max);
              TestEhr now = reads.getAndIncrement() % 2 == 0 ? OLD : NEW;
              try {
                Thread.sleep(10);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              reading.decrementAndGet();
              return new KeySource.Keys(new JWKSet(now.key()), null);
            });
    AtomicBoolean stop = new AtomicBoolean();
    // A busy machine may leave a thread without a turn for a long time.
    CountDownLatch withoutKey = new CountDownLatch(16);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    List<Future<Integer>> calls = new ArrayList<>();
    for (int thread = 0; thread < 16; thread++) {
      String id = thread % 2 == 0 ? "old" : "new";
      calls.add(
          threads.submit(
              () -> {
                int found = 0;
                while (!stop.get()) {
                  int now = shared.keys(id).size();
                  if (found == 0 && now > 0) {
                    withoutKey.countDown();
                  }
                  found += now;
                }
                return found;
              }));
    }
    int pauses = 0;
    while (pauses < 20 || (withoutKey.getCount() > 0 && pauses < 300)) {
      Thread.sleep(30);
      time.pass(PAUSE);
      pauses++;
    }
    stop.set(true);
    for (Future<Integer> call : calls) {
      assertThat(call.get(10, TimeUnit.SECONDS)).isPositive();
    }
    threads.shutdown();
    assertThat(most).hasValue(1);
    assertThat(reads.get()).isBetween(3, pauses + 1);
  }
}
