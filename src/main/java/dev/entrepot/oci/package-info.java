/**
 * The words of the OCI distribution specification as types that cannot hold a wrong value. Knows
 * neither Spring nor Netty, and nothing of how content is found.
 */
@NullMarked
package dev.entrepot.oci;

import org.jspecify.annotations.NullMarked;
