@NullMarked
package dev.entrepot.credentials.aws;

import org.jspecify.annotations.NullMarked;
