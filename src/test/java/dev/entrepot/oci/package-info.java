/** Tests of the protocol's words. */
@NullMarked
package dev.entrepot.oci;

import org.jspecify.annotations.NullMarked;
