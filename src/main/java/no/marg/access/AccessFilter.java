package no.marg.access;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.springframework.web.filter.OncePerRequestFilter;

/** Says of each call who makes it. */
final class AccessFilter extends OncePerRequestFilter {
  private final AccessSettings settings;

  AccessFilter(AccessSettings settings) {
    this.settings = settings;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest call, HttpServletResponse answer, FilterChain chain)
      throws ServletException, IOException {
    openClient(call.getLocalPort()).attachTo(call);
    chain.doFilter(call, answer);
  }

  /** May ask the demo records of this very service; its port may be chosen at start. */
  private CdsClient openClient(int port) {
    List<URI> servers = new ArrayList<>(settings.openFhirServers());
    servers.add(URI.create("http://localhost:" + port + "/demo/fhir"));
    servers.add(URI.create("http://127.0.0.1:" + port + "/demo/fhir"));
    return new CdsClient("open-demo", null, servers, true);
  }
}
