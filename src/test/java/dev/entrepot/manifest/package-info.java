@NullMarked
package dev.entrepot.manifest;

import org.jspecify.annotations.NullMarked;
