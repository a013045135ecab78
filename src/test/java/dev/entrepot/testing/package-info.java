/**
 * Hand-written doubles of registries, token servers and blob hosts, and wrappers that run the real
 * programs. It owns everything a test needs that is not ours; it refuses to know any package of the
 * program under test.
 */
@NullMarked
package dev.entrepot.testing;

import org.jspecify.annotations.NullMarked;
