package no.marg.access;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers a body whose reading was ended, before anybody takes it for a body that is wrong. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
final class BodyErrors {
  @ExceptionHandler
  void refused(BodyRefusedException e, HttpServletResponse answer) throws IOException {
    e.outcome().send(answer);
  }
}
