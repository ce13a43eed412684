package no.marg.journal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** HMAC-SHA256 (RFC 2104): whoever lacks the key can neither reverse it nor try values. */
final class KeyedHash {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  private KeyedHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** With this secret; with a new one that nobody knows when it is null. */
  static KeyedHash of(@Nullable String secret) {
    if (secret != null) {
      return new KeyedHash(secret.getBytes(StandardCharsets.UTF_8));
    }
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    return new KeyedHash(random);
  }

  /**
   * The hash of a text as 64 hexadecimal digits.
   *
   * @param purpose keeps hashes of different kinds apart, so that one can not be looked up as
   *     another
   */
  String of(String purpose, String text) {
    return of(purpose, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of bytes as 64 hexadecimal digits, of the same purposes. */
  String of(String purpose, byte[] bytes) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return HexFormat.of().formatHex(mac.doFinal(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }
}
