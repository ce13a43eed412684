package no.marg.access;

import java.util.List;
import org.apache.catalina.valves.RemoteIpValve;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;

/**
 * The proxies whose word on a caller's address is taken. Everybody can write the headers, so they
 * count only when the connection comes from one of these.
 */
final class TrustedProxies {
  private static final List<String> OTHER_WAYS =
      List.of(
          "server.forward-headers-strategy",
          "server.tomcat.remoteip.remote-ip-header",
          "server.tomcat.remoteip.protocol-header");

  private TrustedProxies() {}

  /**
   * The setting by which the platform would believe headers as well: of everybody, or of all
   * private networks; null when there is none.
   */
  static @Nullable String otherWay(Environment environment) {
    for (String setting : OTHER_WAYS) {
      String value = environment.getProperty(setting, "");
      if (!value.isBlank() && !value.equalsIgnoreCase("none")) {
        return setting + " is not used here: name the proxies in marg.access.trusted-proxies";
      }
    }
    return null;
  }

  /**
   * Takes the caller's address from {@code X-Forwarded-For}, and scheme, host and port from the
   * headers beside it.
   *
   * @param networks in CIDR notation, at least one
   */
  static RemoteIpValve valve(List<String> networks) {
    RemoteIpValve valve = new RemoteIpValve();
    valve.setInternalProxies(String.join(",", networks));
    valve.setProtocolHeader("X-Forwarded-Proto");
    valve.setHostHeader("X-Forwarded-Host");
    valve.setPortHeader("X-Forwarded-Port");
    return valve;
  }
}
