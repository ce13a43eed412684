package no.marg.statements;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import no.marg.knowledge.Guideline;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /guideline/}: the statements, and {@code /guideline/{id}}: one of them. The pages hold
 * nothing about patients and are open in every profile, since the link of a card has no token.
 */
@RestController
final class StatementsController {
  private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);
  private static final String POLICY =
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  private final StatementPages pages;
  private final byte[] style;

  StatementsController(
      Guideline guideline, @Value("${marg.access.authentication:false}") boolean authentication)
      throws IOException {
    this.pages = new StatementPages(guideline, Readings.load(), authentication);
    try (InputStream in = StatementsController.class.getResourceAsStream("/statements/style.css")) {
      if (in == null) {
        throw new IOException("statements/style.css is not on the class path");
      }
      this.style = in.readAllBytes();
    }
  }

  /** Addresses on the pages are relative to the one with the slash. */
  @GetMapping("/guideline")
  ResponseEntity<Void> withSlash(@RequestParam @Nullable String lang) {
    return ResponseEntity.status(HttpStatus.FOUND)
        .location(URI.create(lang == null ? "guideline/" : "guideline/?lang=" + language(lang, "")))
        .build();
  }

  /** All statements. */
  @GetMapping("/guideline/")
  ResponseEntity<String> index(
      @RequestParam @Nullable String lang,
      @RequestHeader(name = HttpHeaders.ACCEPT_LANGUAGE, defaultValue = "nb") String accepted,
      HttpServletRequest request) {
    return page(HttpStatus.OK, pages.index(language(lang, accepted)), request);
  }

  /** One statement. */
  @GetMapping("/guideline/{id}")
  ResponseEntity<String> statement(
      @PathVariable String id,
      @RequestParam @Nullable String lang,
      @RequestHeader(name = HttpHeaders.ACCEPT_LANGUAGE, defaultValue = "nb") String accepted,
      HttpServletRequest request) {
    String language = language(lang, accepted);
    return pages
        .statement(id, language)
        .map(found -> page(HttpStatus.OK, found, request))
        .orElseGet(() -> page(HttpStatus.NOT_FOUND, pages.unknown(language), request));
  }

  @GetMapping(path = "/guideline/style.css", produces = "text/css")
  ResponseEntity<byte[]> style() {
    return ResponseEntity.ok()
        .header("X-Content-Type-Options", "nosniff")
        .cacheControl(CacheControl.maxAge(Duration.ofHours(1)))
        .body(style);
  }

  /** The one that was asked for; else the browser's. */
  private static String language(@Nullable String asked, String accepted) {
    String wanted = asked == null ? accepted : asked;
    return wanted.strip().toLowerCase(Locale.ROOT).startsWith("en") ? "en" : "nb";
  }

  private static ResponseEntity<String> page(
      HttpStatus status, String html, HttpServletRequest request) {
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.status(status)
            .contentType(HTML)
            .header("Content-Security-Policy", POLICY)
            .header("X-Content-Type-Options", "nosniff")
            .header("Referrer-Policy", "no-referrer")
            .header("X-Frame-Options", "DENY")
            .varyBy(HttpHeaders.ACCEPT_LANGUAGE)
            .cacheControl(CacheControl.noCache());
    if (request.isSecure()) {
      answer.header("Strict-Transport-Security", "max-age=31536000");
    }
    return answer.body(html);
  }
}
