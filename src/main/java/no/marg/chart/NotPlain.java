package no.marg.chart;

/** Something in a resource that {@link RecordReader} or {@link ResourceWriter} leaves to HAPI. */
final class NotPlain extends RuntimeException {
  private static final long serialVersionUID = 1L;
  static final NotPlain HERE = new NotPlain();

  private NotPlain() {
    super("not plain", null, false, false);
  }

  /** Leaves the resource to HAPI unless that is so. */
  static void unless(boolean isPlain) {
    if (!isPlain) {
      throw HERE;
    }
  }
}
