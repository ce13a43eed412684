package no.marg.app;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import no.marg.engine.GuidelineEngine;
import no.marg.smart.Launch;
import no.marg.smart.Launches;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Finds the launch of a call: by the id in the address and the cookie of the browser. Refuses with
 * 403 what a page of another origin could send, which is every call but a GET without the header
 * {@code X-Marg-App}, and with 401 what belongs to no open launch of this browser.
 */
@Component
final class CallResolver implements HandlerMethodArgumentResolver {
  private final Launches launches;
  private final GuidelineEngine engine;

  CallResolver(Launches launches, GuidelineEngine engine) {
    this.launches = launches;
    this.engine = engine;
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == Call.class;
  }

  @Override
  public Call resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest web,
      @Nullable WebDataBinderFactory binders) {
    HttpServletRequest request = web.getNativeRequest(HttpServletRequest.class);
    if (request == null) {
      throw new IllegalStateException("Not a request of HTTP");
    }
    if (!request.getMethod().equals("GET") && request.getHeader("X-Marg-App") == null) {
      throw new AppException(403, "The header X-Marg-App is missing");
    }
    Launch launch =
        launches
            .of(request, id(web))
            .orElseThrow(() -> new AppException(401, "The session has ended"));
    return new Call(
        request,
        launch,
        new Words(language(launch, request.getParameter("lang")), engine.guideline()));
  }

  private static String id(NativeWebRequest web) {
    return web.getAttribute(
                HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, RequestAttributes.SCOPE_REQUEST)
            instanceof Map<?, ?> variables
        ? String.valueOf(variables.get("launchId"))
        : "";
  }

  private static String language(Launch launch, @Nullable String asked) {
    if (asked != null && (asked.equals("nb") || asked.equals("en"))) {
      return asked;
    }
    return launch.locale().getLanguage().equals("en") ? "en" : "nb";
  }
}
