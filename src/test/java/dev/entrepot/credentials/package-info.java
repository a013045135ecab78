/** Tests of the places that credentials come from. */
@NullMarked
package dev.entrepot.credentials;

import org.jspecify.annotations.NullMarked;
