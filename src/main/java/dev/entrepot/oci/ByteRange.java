package dev.entrepot.oci;

/**
 * A part of some content, in bytes.
 *
 * @param first the first byte
 * @param end the byte behind the last
 */
public record ByteRange(long first, long end) {

  public ByteRange {
    if (first < 0 || end <= first) {
      throw new IllegalArgumentException("no byte range: " + first + " to " + end);
    }
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
