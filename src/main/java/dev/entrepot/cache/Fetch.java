package dev.entrepot.cache;

import reactor.core.publisher.Mono;

/**
 * Content that is on its way from a source.
 *
 * @param collapsed whether somebody else's request to the source brings it
 * @param kept whether the disk is taking it; else it is passed through
 * @param done ends when the flight is over: empty when the content is stored, or was passed on
 *     because the disk would not take it; an error when the source failed or sent something else
 */
public record Fetch(Content content, boolean collapsed, boolean kept, Mono<Void> done) {}
