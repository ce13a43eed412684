package no.marg.smart;

import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.util.HtmlUtils;

/** The few pages of the launch itself: what went wrong, and the step on to the record's sign-in. */
final class SmartPages {
  private static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);
  private static final int LONGEST_QUOTE = 300;

  private final SmartSettings settings;

  SmartPages(SmartSettings settings) {
    this.settings = settings;
  }

  /**
   * Says in plain words why the app can not be opened.
   *
   * @param quote what the record wrote about it; null when it wrote nothing
   */
  static ResponseEntity<String> problem(
      HttpServletRequest request, Problem problem, @Nullable String code, @Nullable String quote) {
    boolean english = english(request);
    StringBuilder body = new StringBuilder();
    body.append("<h1>").append(escaped(problem.title(english))).append("</h1>\n<p>");
    body.append(escaped(problem.text(english))).append("</p>\n");
    if (quote != null && !quote.isBlank()) {
      String shown = quote.length() > LONGEST_QUOTE ? quote.substring(0, LONGEST_QUOTE) : quote;
      body.append("<p>")
          .append(english ? "The record says: " : "Journalen skriver: ")
          .append("<q>")
          .append(escaped(shown))
          .append("</q></p>\n");
    }
    if (code != null) {
      body.append("<p class=\"code\">")
          .append(english ? "Code: " : "Kode: ")
          .append(escaped(code))
          .append("</p>\n");
    }
    return ResponseEntity.status(problem.status())
        .contentType(HTML)
        .body(page(request, english, problem.title(english), body.toString(), false));
  }

  /** Says that the app has been left. */
  static ResponseEntity<String> ended(HttpServletRequest request) {
    boolean english = english(request);
    String title = english ? "You have left the app" : "Du har avsluttet appen";
    String text =
        english
            ? "Its access to the record has ended. You can close this page."
            : "Appens tilgang til journalen er avsluttet. Du kan lukke siden.";
    return ResponseEntity.ok()
        .contentType(HTML)
        .body(
            page(
                request,
                english,
                title,
                "<h1>" + escaped(title) + "</h1>\n<p>" + escaped(text) + "</p>\n",
                false));
  }

  /** Goes on to the record's sign-in by a form, since the address would be too long. */
  ResponseEntity<String> form(HttpServletRequest request, AuthorizationRequest asked) {
    boolean english = english(request);
    StringBuilder body = new StringBuilder("<form method=\"post\" action=\"");
    body.append(escaped(asked.getEndpointURI().toString())).append("\">\n");
    for (Map.Entry<String, List<String>> parameter : asked.toParameters().entrySet()) {
      for (String value : parameter.getValue()) {
        body.append("<input type=\"hidden\" name=\"")
            .append(escaped(parameter.getKey()))
            .append("\" value=\"")
            .append(escaped(value))
            .append("\">\n");
      }
    }
    body.append("<button>")
        .append(english ? "Go on to sign in" : "Gå videre til innlogging")
        .append("</button>\n</form>\n");
    return ResponseEntity.ok()
        .contentType(HTML)
        // Browsers hold the redirects after a form to this list too, and the record's sign-in may
        // live on several hosts.
        .header(
            "Content-Security-Policy",
            SmartHeaders.policy(settings, "https: " + origin(asked.getEndpointURI())))
        .body(page(request, english, english ? "Sign in" : "Innlogging", body.toString(), true));
  }

  private static String origin(URI address) {
    return address.getScheme() + "://" + address.getRawAuthority();
  }

  private static String page(
      HttpServletRequest request, boolean english, String title, String body, boolean script) {
    String files = escaped(request.getContextPath()) + "/smart/launch.";
    return "<!doctype html>\n<html lang=\""
        + (english ? "en" : "nb")
        + "\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + escaped(title)
        + " – Marg</title>\n<link rel=\"stylesheet\" href=\""
        + files
        + "css\">\n"
        + (script ? "<script src=\"" + files + "js\" defer></script>\n" : "")
        + "</head>\n<body>\n<main>\n"
        + body
        + "</main>\n</body>\n</html>\n";
  }

  private static boolean english(HttpServletRequest request) {
    return Launches.language(request).getLanguage().equals(Locale.ENGLISH.getLanguage());
  }

  private static String escaped(String text) {
    return HtmlUtils.htmlEscape(text, "UTF-8");
  }
}
