/** Who is calling and what they may pull. Refuses to know how content is found. */
@NullMarked
package dev.entrepot.access;

import org.jspecify.annotations.NullMarked;
