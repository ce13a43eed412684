package no.marg.access;

import jakarta.servlet.http.HttpServletRequest;

/** The parts of the service by who may use them. */
enum Area {
  /** Calls of CDS clients: discovery, hooks, feedback. */
  CDS_SERVICES,
  /** Knowledge and operations as FHIR, and calendars made of their results. */
  FHIR,
  /** Reports for those who run the service. */
  ADMIN,
  /** Metrics, and whatever else of the platform is switched on. */
  MONITORING,
  /** Health, the CapabilityStatement and pages: no token; pages guard themselves. */
  OPEN;

  /** By the path as the servlet container decoded and normalised it. */
  static Area of(HttpServletRequest call) {
    String rest = call.getPathInfo();
    String path = call.getServletPath() + (rest == null ? "" : rest);
    if (below(path, "/cds-services")) {
      return CDS_SERVICES;
    }
    if (path.equals("/fhir/metadata")) {
      return OPEN;
    }
    if (below(path, "/fhir") || below(path, "/calendar")) {
      return FHIR;
    }
    if (below(path, "/admin")) {
      return ADMIN;
    }
    return below(path, "/actuator") && !below(path, "/actuator/health") ? MONITORING : OPEN;
  }

  private static boolean below(String path, String base) {
    return path.startsWith(base)
        && (path.length() == base.length() || path.charAt(base.length()) == '/');
  }
}
