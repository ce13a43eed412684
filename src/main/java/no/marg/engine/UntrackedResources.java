package no.marg.engine;

import java.lang.reflect.Field;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.opencds.cqf.cql.engine.execution.CqlEngine;
import org.opencds.cqf.cql.engine.execution.State;

/**
 * Keeps the CQL engine from collecting, for every reference to a definition, the set of resources
 * behind it. Evidence here comes from facts, so nobody reads those sets, and copying them is the
 * largest part of an evaluation over a long record (docs/decisions/0003). Where the engine's field
 * is not as expected the engine is left as it is: slower, with the same answers.
 */
final class UntrackedResources {
  private static final @Nullable Field STACK = stack();

  private UntrackedResources() {}

  private static @Nullable Field stack() {
    try {
      Field field = State.class.getDeclaredField("evaluatedResourceStack");
      field.setAccessible(true);
      return field.getType().isAssignableFrom(Levels.class) ? field : null;
    } catch (NoSuchFieldException | RuntimeException e) {
      return null;
    }
  }

  /** Turns the collecting off for a new engine. */
  static void turnOff(CqlEngine engine) {
    if (STACK == null) {
      return;
    }
    try {
      STACK.set(engine.getState(), new Levels());
    } catch (IllegalAccessException e) {
      // Left as it is; the answers are the same.
      return;
    }
  }

  /** The engine's stack, whose every level is the set that holds nothing. */
  private static final class Levels extends ArrayDeque<Collection<Object>> {
    private static final long serialVersionUID = 1L;

    @Override
    public void push(Collection<Object> ignored) {
      super.push(Nothing.INSTANCE);
    }
  }

  /** Takes everything and keeps nothing. */
  private static final class Nothing extends AbstractSet<Object> {
    static final Nothing INSTANCE = new Nothing();

    @Override
    public boolean add(Object resource) {
      return false;
    }

    @Override
    public boolean addAll(Collection<?> resources) {
      return false;
    }

    @Override
    public Iterator<Object> iterator() {
      return Collections.emptyIterator();
    }

    @Override
    public int size() {
      return 0;
    }
  }
}
