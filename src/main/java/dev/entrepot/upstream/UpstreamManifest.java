package dev.entrepot.upstream;

import dev.entrepot.oci.Descriptor;

/**
 * A manifest as an upstream sent it.
 *
 * @param descriptor its digest is computed from the bytes
 * @param bytes nobody changes them
 */
@SuppressWarnings("ArrayRecordComponent") // a manifest is passed on, never compared
public record UpstreamManifest(Descriptor descriptor, byte[] bytes) {}
