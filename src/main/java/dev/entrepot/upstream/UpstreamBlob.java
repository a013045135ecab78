package dev.entrepot.upstream;

import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * An open answer with a blob's bytes, unverified.
 *
 * @param offset where in the blob the first byte lies
 * @param length of the whole blob, if upstream said so
 * @param validator to name when the rest is asked for, if upstream gave one
 * @param hasRanges whether it is worth asking for a part; false if one was refused lately
 * @param retries how often it had been asked for in vain before
 * @param bytes must be subscribed to once; whoever does releases the buffers, cancelling closes the
 *     answer
 * @param sender to be told if the bytes turn out not to be what the digest says
 */
public record UpstreamBlob(
    long offset,
    OptionalLong length,
    Optional<Validator> validator,
    boolean hasRanges,
    int retries,
    Flux<ByteBuf> bytes,
    Sender sender) {}
