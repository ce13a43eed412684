package no.marg.smart;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import java.text.ParseException;
import java.util.Optional;
import javax.crypto.SecretKey;
import tools.jackson.databind.json.JsonMapper;

/**
 * Encrypts what the session tables hold (JWE, {@code dir} with {@code A256GCM}), bound to its row,
 * so that a copy of the database gives no token, and no row can be put in the place of another.
 */
final class Sealer {
  private static final String ROW = "row";

  private final SecretKey key;
  private final JsonMapper json = JsonMapper.builder().build();

  Sealer(SecretKey key) {
    this.key = key;
  }

  String seal(String row, Object content) {
    try {
      JWEObject jwe =
          new JWEObject(
              new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM)
                  .customParam(ROW, row)
                  .build(),
              new Payload(json.writeValueAsString(content)));
      jwe.encrypt(new DirectEncrypter(key));
      return jwe.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException("Session content can not be encrypted", e);
    }
  }

  /** The content; empty if it was sealed with another key, for another row, or was changed. */
  <T> Optional<T> open(String row, String text, Class<T> type) {
    try {
      JWEObject object = JWEObject.parse(text);
      if (!row.equals(object.getHeader().getCustomParam(ROW))) {
        return Optional.empty();
      }
      object.decrypt(new DirectDecrypter(key));
      return Optional.of(json.readValue(object.getPayload().toString(), type));
    } catch (ParseException | JOSEException e) {
      return Optional.empty();
    }
  }
}
