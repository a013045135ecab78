/** Tests of docker's configuration and its helpers. */
@NullMarked
package dev.entrepot.credentials.docker;

import org.jspecify.annotations.NullMarked;
