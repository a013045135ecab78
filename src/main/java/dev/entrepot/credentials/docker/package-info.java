/** Credentials from docker's own configuration files. */
@NullMarked
package dev.entrepot.credentials.docker;

import org.jspecify.annotations.NullMarked;
