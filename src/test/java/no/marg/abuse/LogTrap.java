package no.marg.abuse;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Reads along everything that is logged or printed, and keeps what holds a mark that was put into
 * requests only.
 */
final class LogTrap implements AutoCloseable {
  private final String mark;
  private final Queue<String> caught = new ConcurrentLinkedQueue<>();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Appender appender = new Appender();
  private int events;

  LogTrap(String mark) {
    this.mark = mark.toLowerCase(Locale.ROOT);
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
    System.setOut(new PrintStream(new Both(out), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Both(err), true, StandardCharsets.UTF_8));
  }

  /** What was logged or printed with the mark in it; must be empty. */
  List<String> caught() {
    String text;
    synchronized (printed) {
      text = printed.toString(StandardCharsets.UTF_8);
    }
    text.lines().filter(this::isMarked).limit(20).forEach(caught::add);
    return List.copyOf(caught);
  }

  /** What was logged as an error. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** How many lines were seen, so that a trap that hears nothing is noticed. */
  int events() {
    return events;
  }

  private boolean isMarked(String text) {
    return text != null && text.toLowerCase(Locale.ROOT).contains(mark);
  }

  @Override
  public void close() {
    System.setOut(out);
    System.setErr(err);
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(appender);
    appender.stop();
  }

  private final class Appender extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      events++;
      StringBuilder all = new StringBuilder(event.getLoggerName());
      all.append(' ').append(event.getFormattedMessage()).append(' ');
      all.append(event.getMDCPropertyMap());
      for (IThrowableProxy e = event.getThrowableProxy(); e != null; e = e.getCause()) {
        all.append(' ').append(e.getClassName()).append(": ").append(e.getMessage());
      }
      String text = all.toString();
      if (isMarked(text)) {
        caught.add(text);
      }
      if (event.getLevel().isGreaterOrEqual(ch.qos.logback.classic.Level.ERROR)) {
        errors.add(text);
      }
    }
  }

  private final class Both extends OutputStream {
    private final OutputStream to;

    Both(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int one) throws java.io.IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws java.io.IOException {
      synchronized (printed) {
        printed.write(bytes, from, length);
      }
      to.write(bytes, from, length);
    }
  }
}
