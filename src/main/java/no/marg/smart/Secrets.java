package no.marg.smart;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/** Values that can not be guessed, and their hashes, by which they are stored. */
final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  private Secrets() {}

  /** A key of 256 bits, in base64. */
  static String key() {
    return Base64.getEncoder().encodeToString(bits());
  }

  private static byte[] bits() {
    byte[] bits = new byte[32];
    RANDOM.nextBytes(bits);
    return bits;
  }

  /** 256 bits as 43 characters that are safe in a URL and in a cookie. */
  static String random() {
    return URL.encodeToString(bits());
  }

  /** Whether the text has the form of {@link #random()}. */
  static boolean wellFormed(String text) {
    return text.matches("[A-Za-z0-9_-]{43}");
  }

  /** SHA-256, as 43 characters. */
  static String hash(String secret) {
    try {
      return URL.encodeToString(
          MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
