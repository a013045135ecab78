/**
 * Every meter's name and tags, in one place. Knows nothing of what is measured; no repository or
 * digest is ever a tag.
 */
@NullMarked
package dev.entrepot.metrics;

import org.jspecify.annotations.NullMarked;
