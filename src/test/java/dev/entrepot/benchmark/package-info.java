/**
 * How fast and how small Entrepot is beside its peers, measured in one run on one machine. It owns
 * the load, the peers and the report; it refuses to know anything of the inside of the program
 * under test, which runs as its users run it.
 */
@NullMarked
package dev.entrepot.benchmark;

import org.jspecify.annotations.NullMarked;
