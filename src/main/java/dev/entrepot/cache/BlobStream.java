package dev.entrepot.cache;

import io.netty.buffer.ByteBuf;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * An open stream of one blob's bytes.
 *
 * @param offset where in the blob the first byte lies
 * @param length of the whole blob in bytes, if the source said so
 * @param hasRanges whether it is worth asking the source for parts; false if it is known to start
 *     over all the same
 * @param retries how often the source had to ask in vain before, there or elsewhere
 * @param bytes the rest of the blob; whoever subscribes releases the buffers, cancelling closes the
 *     source
 */
public record BlobStream(
    long offset, OptionalLong length, boolean hasRanges, int retries, Flux<ByteBuf> bytes) {}
