package no.marg.access;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A call whose body ends at a size and at a time, whether or not it says its length. */
final class LimitedBody extends HttpServletRequestWrapper {
  private final long largest;
  private final long longestNanos;
  private final long start = System.nanoTime();
  private final long length;
  private long read;
  private @Nullable Stream stream;
  private @Nullable BufferedReader reader;

  LimitedBody(HttpServletRequest call, long largest, Duration longest) {
    super(call);
    this.largest = largest;
    this.longestNanos = longest.toNanos();
    this.length = call.getContentLengthLong();
  }

  /** Whether a call announces a body. */
  static boolean isIn(HttpServletRequest call) {
    return call.getContentLengthLong() > 0 || call.getHeader("Transfer-Encoding") != null;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    if (stream == null) {
      stream = new Stream(super.getInputStream());
    }
    return stream;
  }

  @Override
  public BufferedReader getReader() throws IOException {
    if (reader == null) {
      String named = getCharacterEncoding();
      Charset charset = named == null ? StandardCharsets.UTF_8 : Charset.forName(named);
      reader = new BufferedReader(new InputStreamReader(getInputStream(), charset));
    }
    return reader;
  }

  private boolean late() {
    return System.nanoTime() - start > longestNanos;
  }

  private int counted(int count) {
    if (count < 0) {
      return count;
    }
    read += count;
    if (read > largest) {
      throw new BodyRefusedException(Outcome.TOO_LARGE);
    }
    // What has arrived whole is not late, however long its use takes.
    if (read != length && late()) {
      throw new BodyRefusedException(Outcome.TOO_SLOW);
    }
    return count;
  }

  private final class Stream extends ServletInputStream {
    private final ServletInputStream whole;

    Stream(ServletInputStream whole) {
      this.whole = whole;
    }

    @Override
    public int read() throws IOException {
      int value = whole.read();
      counted(value < 0 ? -1 : 1);
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      return counted(whole.read(bytes, offset, count));
    }

    @Override
    public boolean isFinished() {
      return whole.isFinished();
    }

    @Override
    public boolean isReady() {
      return whole.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new IllegalStateException("Bodies are read by the thread of the call");
    }

    @Override
    public int available() throws IOException {
      return whole.available();
    }
  }
}
