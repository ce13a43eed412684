package no.marg.cdshooks;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The icon that cards carry: PNG, 100 by 100, without transparency (CDS Hooks 2.0, source).
 * Browsers that show a resource as it is ask for the same by another name.
 */
@RestController
final class IconController {
  static final String PATH = "/icon/marg.png";

  private final byte[] icon;

  IconController() throws IOException {
    try (InputStream in = IconController.class.getResourceAsStream("/hooks/marg.png")) {
      if (in == null) {
        throw new IOException("hooks/marg.png is not on the class path");
      }
      this.icon = in.readAllBytes();
    }
  }

  @GetMapping(
      path = {PATH, "/favicon.ico"},
      produces = MediaType.IMAGE_PNG_VALUE)
  ResponseEntity<byte[]> icon() {
    return ResponseEntity.ok()
        .cacheControl(CacheControl.maxAge(Duration.ofDays(1)).cachePublic())
        .body(icon);
  }
}
