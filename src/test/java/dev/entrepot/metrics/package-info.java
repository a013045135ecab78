@NullMarked
package dev.entrepot.metrics;

import org.jspecify.annotations.NullMarked;
