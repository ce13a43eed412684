package no.marg.access;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Work beside the calls, by one thread: reading key sets ahead of time, forgetting old tokens. */
final class AccessWork implements AutoCloseable {
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, AccessWork::daemon);

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "access");
    thread.setDaemon(true);
    return thread;
  }

  /** Does it as soon as the thread is free. */
  void soon(Runnable work) {
    thread.execute(work);
  }

  /** Does it a minute after it was done last. */
  void eachMinute(Runnable work) {
    thread.scheduleWithFixedDelay(work, 1, 1, TimeUnit.MINUTES);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
