package no.marg.access;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

/**
 * After the answer, reads what is left of a body, so that the client gets the answer and can use
 * its connection again; ends the connection when that is much or comes slowly. Tomcat itself would
 * read for as long as the sender pleases, and hold a thread for it.
 */
final class UnreadBodies extends ValveBase {
  private static final long MOST = 2_000_000;

  private final long longestNanos;

  UnreadBodies(Duration longest) {
    super(true);
    this.longestNanos = longest.toNanos();
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    getNext().invoke(request, response);
    if (LimitedBody.isIn(request)) {
      response.finishResponse();
      if (!endReached(request.getCoyoteRequest())) {
        request.getCoyoteRequest().action(ActionCode.DISABLE_SWALLOW_INPUT, null);
      }
    }
  }

  private boolean endReached(org.apache.coyote.Request request) {
    Ignored ignored = new Ignored();
    long left = MOST;
    try {
      while (left > 0 && System.nanoTime() - request.getStartTimeNanos() < longestNanos) {
        int count = request.doRead(ignored);
        if (count < 0) {
          return true;
        }
        left -= count;
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /** Takes bytes and forgets them. */
  private static final class Ignored implements ApplicationBufferHandler {
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer given) {
      buffer = given;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return buffer;
    }

    @Override
    public void expand(int size) {
      // What was read is not kept, so there is nothing to make room for.
    }
  }
}
