/**
 * Archives that images travel in: OCI image layouts, read and written, and what {@code docker save}
 * writes, read. Whatever an archive names, nothing outside of it is ever touched.
 */
@NullMarked
package dev.entrepot.archive;

import org.jspecify.annotations.NullMarked;
