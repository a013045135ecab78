package dev.entrepot.oci;

/**
 * A part of some content, in bytes.
 *
 * @param first the first byte
 * @param end the byte behind the last
 * @param isOpen whether it means all that follows the first byte, wherever that ends
 */
public record ByteRange(long first, long end, boolean isOpen) {

  public ByteRange {
    if (first < 0 || end <= first) {
      throw new IllegalArgumentException("no byte range: " + first + " to " + end);
    }
  }

  /** A part with an end of its own. */
  public ByteRange(long first, long end) {
    this(first, end, false);
  }

  /** All from a byte on, of content whose length is not known. */
  public static ByteRange from(long first) {
    return new ByteRange(first, Long.MAX_VALUE, true);
  }

  /** How many bytes. */
  public long length() {
    return end - first;
  }

  /**
   * The {@code Content-Range} of this part of content that is {@code whole} bytes long (RFC 9110
   * §14.4).
   */
  public String contentRange(long whole) {
    return "bytes " + first + "-" + (end - 1) + "/" + whole;
  }
}
