package no.marg.smart;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.pem.PemContent;
import org.springframework.core.io.Resource;

/**
 * The keys by which the app proves to authorization servers that it is itself (RFC 7523). All are
 * published; the first that fits an algorithm signs, so that a new key can be known before it is
 * used and an old one after.
 */
final class ClientKeys {
  private static final Duration LIFE = Duration.ofMinutes(4);
  private static final Pattern PUBLIC_KEY =
      Pattern.compile("-----BEGIN PUBLIC KEY-----(.+?)-----END PUBLIC KEY-----", Pattern.DOTALL);

  private final List<JWK> keys;
  private final WallClock clock;

  /**
   * Keys that are given.
   *
   * @throws IllegalArgumentException if one is not a private key of RSA from 2048 bits or of P-384
   */
  ClientKeys(List<JWK> keys, WallClock clock) {
    this.keys = keys.stream().map(ClientKeys::checked).toList();
    this.clock = clock;
  }

  /**
   * Reads key files.
   *
   * @throws IllegalArgumentException if one can not be read; its content is not in the message
   */
  static List<JWK> read(List<Resource> files) {
    List<JWK> keys = new ArrayList<>();
    for (Resource file : files) {
      try {
        String text = file.getContentAsString(StandardCharsets.UTF_8);
        if (text.contains("-----BEGIN")) {
          keys.add(pem(text));
        } else if (text.contains("\"keys\"")) {
          keys.addAll(JWKSet.parse(text).getKeys());
        } else {
          keys.add(JWK.parse(text));
        }
      } catch (IOException | ParseException | GeneralSecurityException | RuntimeException e) {
        throw new IllegalArgumentException(
            "marg.smart.keys: "
                + file.getDescription()
                + " is not a private key in PEM or JWK"
                + (e instanceof NoPublicKeyException ? "; " + e.getMessage() : ""));
      }
    }
    return keys;
  }

  /** Keys for as long as the service runs, for each algorithm that is used. */
  static List<JWK> made(List<SmartSettings.Ehr> ehrs) {
    try {
      List<JWK> keys = new ArrayList<>();
      keys.add(new ECKeyGenerator(Curve.P_384).generate());
      if (ehrs.stream().anyMatch(ehr -> ehr.signing() == SmartSettings.Signing.RS384)) {
        keys.add(new RSAKeyGenerator(3072).generate());
      }
      return keys;
    } catch (JOSEException e) {
      throw new IllegalStateException("A key can not be made", e);
    }
  }

  private static final class NoPublicKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoPublicKeyException() {
      super("an EC key in PEM needs its public key (openssl pkey -pubout) in the same file");
    }
  }

  private static JWK pem(String text) throws GeneralSecurityException {
    PrivateKey key = PemContent.of(text).getPrivateKey();
    if (key instanceof RSAPrivateCrtKey rsa) {
      RSAPublicKey shown =
          (RSAPublicKey)
              KeyFactory.getInstance("RSA")
                  .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
      return new RSAKey.Builder(shown).privateKey(rsa).build();
    }
    if (key instanceof ECPrivateKey ec) {
      Matcher block = PUBLIC_KEY.matcher(text);
      if (!block.find()) {
        throw new NoPublicKeyException();
      }
      ECPublicKey shown =
          (ECPublicKey)
              KeyFactory.getInstance("EC")
                  .generatePublic(
                      new X509EncodedKeySpec(
                          Base64.getMimeDecoder().decode(block.group(1).strip())));
      return new ECKey.Builder(Curve.forECParameterSpec(shown.getParams()), shown)
          .privateKey(ec)
          .build();
    }
    throw new IllegalArgumentException("neither RSA nor EC");
  }

  /** With an id, and with what it is for. */
  private static JWK checked(JWK key) {
    boolean fits =
        (key instanceof RSAKey rsa && rsa.size() >= 2048)
            || (key instanceof ECKey ec && ec.getCurve().equals(Curve.P_384));
    if (!fits || !key.isPrivate()) {
      throw new IllegalArgumentException(
          "marg.smart.keys holds private keys of RSA from 2048 bits or of the curve P-384");
    }
    try {
      String id = key.getKeyID() == null ? key.computeThumbprint().toString() : key.getKeyID();
      return key instanceof RSAKey rsa
          ? new RSAKey.Builder(rsa)
              .keyID(id)
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(JWSAlgorithm.RS384)
              .build()
          : new ECKey.Builder(key.toECKey())
              .keyID(id)
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(JWSAlgorithm.ES384)
              .build();
    } catch (JOSEException e) {
      throw new IllegalArgumentException("marg.smart.keys holds a key that can not be used", e);
    }
  }

  /** What everyone may see: no private member. */
  String publicSet() {
    return new JWKSet(keys).toPublicJWKSet().toString();
  }

  /** Whether something can sign with the algorithm. */
  boolean has(SmartSettings.Signing signing) {
    return find(signing) != null;
  }

  private @Nullable JWK find(SmartSettings.Signing signing) {
    return keys.stream()
        .filter(key -> signing.name().equals(String.valueOf(key.getAlgorithm())))
        .findFirst()
        .orElse(null);
  }

  /** An assertion for one request to a token end point. */
  PrivateKeyJWT assertion(SmartSettings.Ehr ehr, URI tokenEndpoint) {
    JWK key = find(ehr.signing());
    if (key == null) {
      throw new IllegalStateException("There is no key for " + ehr.signing());
    }
    long now = clock.millis();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.parse(ehr.signing().name()))
                .keyID(key.getKeyID())
                .type(JOSEObjectType.JWT)
                .build(),
            new JWTClaimsSet.Builder()
                .issuer(ehr.clientId())
                .subject(ehr.clientId())
                .audience(tokenEndpoint.toString())
                .issueTime(new Date(now))
                .expirationTime(new Date(now + LIFE.toMillis()))
                .jwtID(UUID.randomUUID().toString())
                .build());
    try {
      JWSSigner signer =
          key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner(key.toECKey());
      jwt.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("The assertion can not be signed", e);
    }
    return new PrivateKeyJWT(jwt);
  }
}
