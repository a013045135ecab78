/**
 * What the entrepôt holds and how it is looked after: listed, kept, taken away, read again, carried
 * out in archives and in again. Refuses to know who asks, and where content comes from.
 */
@NullMarked
package dev.entrepot.stock;

import org.jspecify.annotations.NullMarked;
