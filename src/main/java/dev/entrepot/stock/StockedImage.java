package dev.entrepot.stock;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image, as far as it is stored.
 *
 * @param image its name: a tag's, or a digest's if no tag points at it
 * @param bytes stored, with what it shares with others
 * @param lastUse of the most lately used of its content
 */
public record StockedImage(
    String image,
    String digest,
    String mediaType,
    long bytes,
    @Nullable Instant lastUse,
    boolean pinned) {}
