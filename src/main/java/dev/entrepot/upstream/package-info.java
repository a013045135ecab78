/**
 * The registry client: challenges and tokens, redirects, retries, failover, time limits, and the
 * one judge of every URL a server hands us. Refuses to know that anything is cached.
 */
@NullMarked
package dev.entrepot.upstream;

import org.jspecify.annotations.NullMarked;
