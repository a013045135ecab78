/**
 * Content by digest, the links and tags that make it visible, flights that fetch it once, and
 * eviction. Does not know where bytes come from: it is handed a {@link
 * dev.entrepot.cache.BlobSource}.
 */
@NullMarked
package dev.entrepot.cache;

import org.jspecify.annotations.NullMarked;
