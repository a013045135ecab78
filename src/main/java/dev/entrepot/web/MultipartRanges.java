package dev.entrepot.web;

import dev.entrepot.cache.Content;
import dev.entrepot.oci.ByteRange;
import dev.entrepot.oci.Digest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Several ranges of one blob as {@code multipart/byteranges} (RFC 9110 §14.6). */
final class MultipartRanges {

  private final String boundary;
  private final List<ByteRange> ranges;
  private final long length;

  MultipartRanges(Digest digest, List<ByteRange> ranges, long length) {
    // Content cannot hold its own digest, so the digest cannot occur between the parts.
    this.boundary = "entrepot-" + digest.hex().substring(0, 32);
    this.ranges = ranges;
    this.length = length;
  }

  String contentType() {
    return "multipart/byteranges; boundary=" + boundary;
  }

  long contentLength() {
    long parts = ranges.stream().mapToLong(range -> opening(range).length + range.length()).sum();
    return parts + closing().length;
  }

  Flux<ByteBuf> body(Content content) {
    return Flux.fromIterable(ranges)
        .concatMap(
            range ->
                Flux.concat(
                    buffer(opening(range)),
                    content.read(range.first(), BlobWriter.end(range, length))),
            1)
        .concatWith(buffer(closing()));
  }

  private static Mono<ByteBuf> buffer(byte[] bytes) {
    return Mono.fromSupplier(() -> Unpooled.wrappedBuffer(bytes));
  }

  private byte[] opening(ByteRange range) {
    return ascii(
        "\r\n--"
            + boundary
            + "\r\nContent-Type: application/octet-stream\r\nContent-Range: "
            + range.contentRange(length)
            + "\r\n\r\n");
  }

  private byte[] closing() {
    return ascii("\r\n--" + boundary + "--\r\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
