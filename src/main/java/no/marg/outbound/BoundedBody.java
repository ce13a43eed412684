package no.marg.outbound;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Takes a response body into memory, up to a number of bytes. */
public final class BoundedBody implements HttpResponse.BodySubscriber<byte[]> {
  private final long limit;
  private final AtomicLong budget;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CompletableFuture<byte[]> result = new CompletableFuture<>();
  private Flow.@Nullable Subscription subscription;

  /**
   * A body.
   *
   * @param limit most bytes of this body
   * @param budget bytes left for all bodies that belong together; counted down here
   */
  public BoundedBody(long limit, AtomicLong budget) {
    this.limit = limit;
    this.budget = budget;
  }

  /** A body that stands alone, of so many bytes at most. */
  public BoundedBody(long limit) {
    this(limit, new AtomicLong(limit));
  }

  /** The body was larger than allowed. */
  public static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLargeException() {
      super("The response is larger than allowed");
    }
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return result;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      int size = buffer.remaining();
      if (bytes.size() + (long) size > limit || budget.addAndGet(-size) < 0) {
        if (subscription != null) {
          subscription.cancel();
        }
        result.completeExceptionally(new TooLargeException());
        return;
      }
      byte[] part = new byte[size];
      buffer.get(part);
      bytes.write(part, 0, size);
    }
  }

  @Override
  public void onError(Throwable failure) {
    result.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    result.complete(bytes.toByteArray());
  }
}
