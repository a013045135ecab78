@NullMarked
package dev.entrepot.archive;

import org.jspecify.annotations.NullMarked;
