/**
 * Node configuration: owns what each kind of node needs to pull through a mirror, as text and as
 * files put under a root and taken away again, never losing what was there before. Refuses to know
 * the running server, the command line and the network.
 */
@NullMarked
package dev.entrepot.node;

import org.jspecify.annotations.NullMarked;
