package no.marg;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does several things at one time. */
public final class AtOnce {
  private AtOnce() {}

  /** What each came to; all start together. */
  public static <T> List<T> all(List<Callable<T>> things) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(things.size());
    try {
      CyclicBarrier start = new CyclicBarrier(things.size());
      List<Future<T>> begun = new ArrayList<>();
      for (Callable<T> thing : things) {
        begun.add(
            threads.submit(
                () -> {
                  start.await();
                  return thing.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : begun) {
        results.add(each.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
