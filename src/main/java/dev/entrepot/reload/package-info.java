/** Taking up files that change while the program runs. */
@NullMarked
package dev.entrepot.reload;

import org.jspecify.annotations.NullMarked;
