package dev.entrepot.upstream;

import io.netty.buffer.ByteBuf;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * An open answer with a blob's bytes, unverified.
 *
 * @param offset where in the blob the first byte lies
 * @param length of the whole blob, if upstream said so
 * @param bytes must be subscribed to once; whoever does releases the buffers, cancelling closes the
 *     answer
 */
public record UpstreamBlob(long offset, OptionalLong length, Flux<ByteBuf> bytes) {}
