/** Tests of the places that credentials come from. */
@NullMarked
package dev.entrepot.credentials.sources;

import org.jspecify.annotations.NullMarked;
