package no.marg.app;

import jakarta.servlet.http.HttpServletRequest;
import no.marg.smart.Launch;

/**
 * One call of the page: what came, the launch it is about, and the words of its language. {@link
 * CallResolver} makes it, so that no call reaches a launch of another browser.
 */
record Call(HttpServletRequest request, Launch launch, Words words) {}
