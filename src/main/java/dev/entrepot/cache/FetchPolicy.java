package dev.entrepot.cache;

/**
 * What a flight fetches, and by how many requests at once.
 *
 * @param fill whether it goes on to the whole blob when only a part was asked for
 * @param connections how many requests share a large blob
 * @param parallelAbove from which size on
 * @param part what one of several requests fetches
 * @param lead a reader that waits for bytes further ahead than this gets a request of its own
 * @param mostRequests of one flight, those for waiting readers included
 */
record FetchPolicy(
    CacheProperties.Fill fill,
    int connections,
    long parallelAbove,
    long part,
    long lead,
    int mostRequests) {

  private static final long MEBIBYTE = 1024L * 1024;

  static FetchPolicy of(CacheProperties properties) {
    return new FetchPolicy(
        properties.fill(),
        properties.connections(),
        properties.parallelAbove().toBytes(),
        Math.clamp(properties.parallelAbove().toBytes() / 4, MEBIBYTE, 16 * MEBIBYTE),
        2 * MEBIBYTE,
        properties.connections() + 8);
  }

  boolean fillsBlob() {
    return fill == CacheProperties.Fill.BLOB;
  }
}
