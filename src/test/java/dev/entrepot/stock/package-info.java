@NullMarked
package dev.entrepot.stock;

import org.jspecify.annotations.NullMarked;
