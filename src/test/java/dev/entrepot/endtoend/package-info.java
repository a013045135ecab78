/**
 * The promises of the product, kept with real clients and real registries. It owns what is true of
 * the whole program, started as its users start it, and refuses to know how any of it is done.
 */
@NullMarked
package dev.entrepot.endtoend;

import org.jspecify.annotations.NullMarked;
