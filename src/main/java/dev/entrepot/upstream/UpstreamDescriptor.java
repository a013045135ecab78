package dev.entrepot.upstream;

import dev.entrepot.oci.Digest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an upstream says of a manifest in answer to a HEAD: nothing of it is proved.
 *
 * @param mediaType empty if it said none
 * @param size in bytes
 */
public record UpstreamDescriptor(String mediaType, Optional<Digest> digest, OptionalLong size) {}
