package no.marg.smart;

import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns what hinders a launch into a page in plain words. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SmartErrors {
  private static final Logger LOG = LoggerFactory.getLogger(SmartErrors.class);

  @ExceptionHandler
  ResponseEntity<String> hindered(SmartException e, HttpServletRequest request) {
    LOG.warn("launch refused: {}", e.detail());
    return SmartPages.problem(request, e.problem(), null, null);
  }

  @ExceptionHandler
  ResponseEntity<String> ended(LaunchEndedException e, HttpServletRequest request) {
    return SmartPages.problem(request, Problem.ENDED, null, null);
  }

  @ExceptionHandler
  ResponseEntity<String> unreachable(RecordUnreachableException e, HttpServletRequest request) {
    return SmartPages.problem(request, Problem.UNREACHABLE, null, null);
  }

  @ExceptionHandler
  ResponseEntity<String> away(DataAccessException e, HttpServletRequest request) {
    LOG.error("the database does not answer: {}", e.getClass().getName());
    return SmartPages.problem(request, Problem.AWAY, null, null);
  }
}
