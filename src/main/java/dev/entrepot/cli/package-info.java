/**
 * The commands a person types, and the settings they start from. Thin: no logic that a server needs
 * lives here.
 */
@NullMarked
package dev.entrepot.cli;

import org.jspecify.annotations.NullMarked;
