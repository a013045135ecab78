/**
 * Health and metrics, for those who run Entrepot. Refuses to serve registry content. Boot's own
 * WebFlux server is this listener.
 */
@NullMarked
package dev.entrepot.admin;

import org.jspecify.annotations.NullMarked;
