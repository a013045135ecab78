/** Tests of Google's access tokens. */
@NullMarked
package dev.entrepot.credentials.google;

import org.jspecify.annotations.NullMarked;
