/** Entrepot, an authenticating pull-through proxy for OCI registries. */
@NullMarked
package dev.entrepot;

import org.jspecify.annotations.NullMarked;
