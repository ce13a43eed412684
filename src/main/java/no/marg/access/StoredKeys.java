package no.marg.access;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.io.InputStream;
import java.text.ParseException;
import java.time.Duration;
import org.springframework.core.io.Resource;

/** Keys in a file of this machine; a changed file counts after the given time. */
record StoredKeys(Resource file, Duration life) implements KeySource {
  @Override
  public Keys read() throws UnreadableException {
    try (InputStream in = file.getInputStream()) {
      return new Keys(JWKSet.load(in), life);
    } catch (IOException | ParseException e) {
      throw new UnreadableException();
    }
  }
}
