package dev.entrepot.pull;

import org.jspecify.annotations.Nullable;

/**
 * How far the warming of one image is.
 *
 * @param digest of what the name points to, once that is known
 * @param blobs how many blobs are stored, of those that are known to be needed
 * @param bytes how many of their bytes are stored; these grow as manifests are read
 * @param fetched how many of them came from upstream just now
 * @param problem why it failed
 */
public record WarmReport(
    String image,
    State state,
    @Nullable String digest,
    int blobs,
    int blobsTotal,
    long bytes,
    long bytesTotal,
    long fetched,
    @Nullable String problem) {

  /** Where it is. */
  public enum State {
    UNDER_WAY,
    DONE,
    FAILED
  }

  static WarmReport begun(String image) {
    return new WarmReport(image, State.UNDER_WAY, null, 0, 0, 0, 0, 0, null);
  }

  /** Whether this is the last word on the image. */
  public boolean isOver() {
    return state != State.UNDER_WAY;
  }
}
