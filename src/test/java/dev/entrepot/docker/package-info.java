/**
 * Checks what can be known of the image without building it; refuses to know a container engine.
 */
@NullMarked
package dev.entrepot.docker;

import org.jspecify.annotations.NullMarked;
