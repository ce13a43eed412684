package no.marg.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of one client, kept as long as their server and the settings allow. Read again
 * for an unknown key id, but never more often than the pause, and always by one call at a time.
 * Nimbus has a cache of key sets too; it knows no cache headers, which say when a key is withdrawn.
 */
final class KeySet {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);
  private static final int SHORTEST_RSA = 2048;

  private final KeySource source;
  private final Duration life;
  private final Duration pause;
  private final InstantSource time;
  private final Executor background;
  private final ReentrantLock reading = new ReentrantLock();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile State state = new State(Map.of(), Instant.MIN, Instant.MIN, Instant.MIN, false);

  /**
   * What is known now.
   *
   * @param keys by key id
   * @param read when the last reading began, successful or not
   * @param renewed from then on a new reading is begun beside the calls
   * @param ends from then on the keys count no more
   * @param usable whether the keys were ever read
   */
  private record State(
      Map<String, List<JWSVerifier>> keys,
      Instant read,
      Instant renewed,
      Instant ends,
      boolean usable) {}

  KeySet(KeySource source, Duration life, Duration pause, InstantSource time, Executor background) {
    this.source = source;
    this.life = life;
    this.pause = pause;
    this.time = time;
    this.background = background;
  }

  /**
   * The keys with an id; usually one, none when the id is unknown.
   *
   * @throws KeySource.UnreadableException when there are no keys to look in
   */
  List<JWSVerifier> keys(String id) throws KeySource.UnreadableException {
    State now = state;
    Instant instant = time.instant();
    if (!instant.isBefore(now.ends)) {
      now = readAgain(now);
    } else if (!instant.isBefore(now.renewed) && renewing.compareAndSet(false, true)) {
      background.execute(this::renew);
    }
    List<JWSVerifier> found = now.keys.getOrDefault(id, List.of());
    if (found.isEmpty()) {
      now = readAgain(now);
      found = now.keys.getOrDefault(id, List.of());
    }
    if (!now.usable || !time.instant().isBefore(now.ends)) {
      throw new KeySource.UnreadableException();
    }
    return found;
  }

  private void renew() {
    try {
      readAgain(state);
    } finally {
      renewing.set(false);
    }
  }

  /** Reads unless another call has done so meanwhile or the pause is not over. */
  private State readAgain(State known) {
    boolean locked = false;
    try {
      locked = reading.tryLock(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!locked) {
      return state;
    }
    try {
      State now = state;
      Instant instant = time.instant();
      if (now != known || instant.isBefore(earliest(now))) {
        return now;
      }
      state = read(now, instant);
      return state;
    } finally {
      reading.unlock();
    }
  }

  private Instant earliest(State now) {
    return now.read.equals(Instant.MIN) ? Instant.MIN : now.read.plus(pause);
  }

  private State read(State before, Instant instant) {
    try {
      KeySource.Keys keys = source.read();
      Duration allowed =
          keys.life() == null || keys.life().compareTo(life) > 0 ? life : keys.life();
      // A server that forbids keeping is asked once a pause: more would let any caller flood it.
      Duration kept = allowed.compareTo(pause) < 0 ? pause : allowed;
      return new State(
          verifiers(keys.set()),
          instant,
          instant.plus(kept.multipliedBy(3).dividedBy(4)),
          instant.plus(kept),
          true);
    } catch (KeySource.UnreadableException e) {
      return new State(before.keys, instant, instant.plus(pause), before.ends, before.usable);
    }
  }

  private static Map<String, List<JWSVerifier>> verifiers(JWKSet set) {
    Map<String, List<JWSVerifier>> byId = new HashMap<>();
    for (JWK key : set.getKeys()) {
      JWSVerifier verifier = verifier(key);
      if (key.getKeyID() != null && verifier != null) {
        byId.computeIfAbsent(key.getKeyID(), id -> new ArrayList<>()).add(verifier);
      }
    }
    return byId;
  }

  /** Null for a key that signs nothing here: symmetric, too short, for encryption. */
  private static @Nullable JWSVerifier verifier(JWK key) {
    if (KeyUse.ENCRYPTION.equals(key.getKeyUse())) {
      return null;
    }
    try {
      if (key instanceof ECKey ec) {
        return new ECDSAVerifier(ec.toPublicJWK());
      }
      return key instanceof RSAKey rsa && rsa.size() >= SHORTEST_RSA
          ? new RSASSAVerifier(rsa.toPublicJWK())
          : null;
    } catch (JOSEException e) {
      return null;
    }
  }
}
