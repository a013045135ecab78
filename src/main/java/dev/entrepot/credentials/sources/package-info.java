/** Which source of credentials stands for which settings. Knows all the others; none knows it. */
@NullMarked
package dev.entrepot.credentials.sources;

import org.jspecify.annotations.NullMarked;
