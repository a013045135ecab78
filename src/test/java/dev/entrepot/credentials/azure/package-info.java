/** Entra tokens, against an Entra of our own. */
@NullMarked
package dev.entrepot.credentials.azure;

import org.jspecify.annotations.NullMarked;
