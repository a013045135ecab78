/** Tests of the registry client against registries, token servers and blob hosts that misbehave. */
@NullMarked
package dev.entrepot.upstream;

import org.jspecify.annotations.NullMarked;
