/** Tests of credentials that programs give, with programs that tell how they were run. */
@NullMarked
package dev.entrepot.credentials.exec;

import org.jspecify.annotations.NullMarked;
