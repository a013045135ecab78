/**
 * Renders the Helm chart as Helm does; owns what must hold in every rendering and refuses to know
 * the program.
 */
@NullMarked
package dev.entrepot.charts;

import org.jspecify.annotations.NullMarked;
