package no.marg.access;

import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A normalised http or https base URL (RFC 3986, section 6).
 *
 * @param origin scheme, host and port, in lower case, the port always written
 * @param path without a slash at the end; empty for the root
 */
record BaseUrl(String origin, String path) {

  /**
   * Reads a setting.
   *
   * @throws IllegalArgumentException when it is no unambiguous absolute http(s) URL without query
   */
  static BaseUrl of(URI setting) {
    BaseUrl url = read(setting);
    if (url == null || setting.getRawQuery() != null) {
      throw new IllegalArgumentException(
          "not a base URL such as https://ehr.example.org/fhir: " + setting);
    }
    return url;
  }

  /** Whether a URL, with or without a query, is this one or below it. */
  boolean holds(URI url) {
    BaseUrl other = read(url);
    return other != null
        && other.origin.equals(origin)
        && (other.path.equals(path) || other.path.startsWith(path + "/"));
  }

  private static @Nullable BaseUrl read(URI url) {
    String scheme = lower(url.getScheme());
    // An authority that is no host and port has no host here: user info is seen, registry names
    // not.
    if (!(scheme.equals("https") || scheme.equals("http"))
        || url.getHost() == null
        || url.getRawUserInfo() != null
        || url.getRawFragment() != null) {
      return null;
    }
    String path = Objects.requireNonNullElse(url.getRawPath(), "");
    if (isAmbiguous(path)) {
      return null;
    }
    int port = url.getPort() >= 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
    String host = lower(url.getHost());
    // A dot at the end names the same host.
    host = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return new BaseUrl(
        scheme + "://" + host + ":" + port,
        path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
  }

  /** Servers and proxies differ in how they read these; none has a use in a FHIR URL. */
  private static boolean isAmbiguous(String path) {
    String lower = lower(path);
    return lower.contains("//")
        || lower.contains("%2f")
        || lower.contains("%5c")
        || lower.contains("%2e")
        || lower.contains("%25")
        || lower.contains("%00")
        || lower.contains(";")
        || ("/" + lower + "/").contains("/./")
        || ("/" + lower + "/").contains("/../");
  }

  private static String lower(@Nullable String text) {
    return text == null ? "" : text.toLowerCase(Locale.ROOT);
  }
}
