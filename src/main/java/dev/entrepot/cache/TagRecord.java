package dev.entrepot.cache;

import dev.entrepot.oci.Descriptor;
import java.time.Instant;

/**
 * What a tag pointed at.
 *
 * @param checked when upstream last said so
 */
public record TagRecord(Descriptor descriptor, Instant checked) {}
