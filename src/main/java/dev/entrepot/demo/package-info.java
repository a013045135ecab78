/**
 * The parts of the demonstration that are not Entrepot: a small private registry with its token
 * server, and a client that pulls as containerd does. Knows nothing of the proxy between them.
 */
@NullMarked
package dev.entrepot.demo;

import org.jspecify.annotations.NullMarked;
