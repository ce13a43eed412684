package no.marg.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A record system with its keys, for tests: makes tokens that are right until a test spoils them.
 */
public final class TestEhr {
  public static final String ISSUER = "https://ehr.example.org";

  private static final RSAKey RSA = rsa("rsa-1", 2048);

  private final ECKey key;

  public TestEhr(String keyId) {
    try {
      key = new ECKeyGenerator(Curve.P_384).keyID(keyId).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static RSAKey rsa(String id, int size) {
    try {
      return new RSAKeyGenerator(size, true).keyID(id).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  public ECKey key() {
    return key;
  }

  static RSAKey rsaKey() {
    return RSA;
  }

  /** Its public keys as a JWK set. */
  public String publicKeys() {
    return new JWKSet(List.of(key, RSA)).toPublicJWKSet().toString();
  }

  /** A token for one URL, issued at a time, valid for five minutes. */
  public Token token(String audience, Instant issued) {
    return new Token(key, audience, issued);
  }

  /** A token that a test can change before it is signed. */
  public static final class Token {
    private final Map<String, Object> claims = new LinkedHashMap<>();
    private JWK key;
    private JWSAlgorithm algorithm = JWSAlgorithm.ES384;
    private @Nullable JOSEObjectType type = JOSEObjectType.JWT;
    private @Nullable String keyId;
    private @Nullable URI keyUrl;

    private Token(ECKey key, String audience, Instant issued) {
      this.key = key;
      this.keyId = key.getKeyID();
      claims.put("iss", ISSUER);
      claims.put("aud", audience);
      claims.put("iat", Date.from(issued));
      claims.put("exp", Date.from(issued.plusSeconds(300)));
      claims.put("jti", UUID.randomUUID().toString());
    }

    /** Sets a claim; null leaves it out. */
    public Token with(String claim, @Nullable Object value) {
      claims.put(claim, value);
      return this;
    }

    Token type(@Nullable String value) {
      type = value == null ? null : new JOSEObjectType(value);
      return this;
    }

    Token keyId(@Nullable String value) {
      keyId = value;
      return this;
    }

    public Token keyUrl(String value) {
      keyUrl = URI.create(value);
      return this;
    }

    Token signedWith(JWK other, JWSAlgorithm with) {
      key = other;
      algorithm = with;
      return this;
    }

    String signed() {
      return signed(
          () ->
              key instanceof RSAKey rsa
                  ? new RSASSASigner(rsa.toPrivateKey(), true)
                  : new ECDSASigner((ECKey) key));
    }

    String signed(JWSAlgorithm symmetric, byte[] secret) {
      algorithm = symmetric;
      return signed(() -> new MACSigner(secret));
    }

    /** The signed token as a header. */
    public String header() {
      return "Bearer " + signed();
    }

    JWTClaimsSet claims() {
      JWTClaimsSet.Builder set = new JWTClaimsSet.Builder();
      claims.forEach(
          (name, value) -> {
            if (value != null) {
              set.claim(name, value);
            }
          });
      return set.build();
    }

    private interface Signers {
      JWSSigner get() throws JOSEException;
    }

    private String signed(Signers signers) {
      try {
        SignedJWT jwt =
            new SignedJWT(
                new JWSHeader.Builder(algorithm).type(type).keyID(keyId).jwkURL(keyUrl).build(),
                claims());
        jwt.sign(signers.get());
        return jwt.serialize();
      } catch (JOSEException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
