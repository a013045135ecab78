@NullMarked
package dev.entrepot.reload;

import org.jspecify.annotations.NullMarked;
