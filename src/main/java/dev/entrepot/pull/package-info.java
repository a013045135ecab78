/**
 * The use case: route, authorise, cache, upstream. The only package that sees both the cache and
 * the upstreams. Refuses to know WebFlux and how an answer looks on the wire.
 */
@NullMarked
package dev.entrepot.pull;

import org.jspecify.annotations.NullMarked;
