package dev.entrepot.pull;

import dev.entrepot.oci.Descriptor;
import dev.entrepot.oci.Digest;
import dev.entrepot.upstream.UpstreamDescriptor;
import java.util.Optional;

/**
 * Whether what an upstream says of a manifest in answer to HEAD may be repeated to clients.
 *
 * <p>containerd and Docker give a pull up for good over a description that lacks the digest, has a
 * size of zero or a media type that is no manifest's; then the manifest itself has to be looked at.
 */
final class Described {

  /** What every kind of manifest is called by; all else is a server's default. */
  private static final String SPECIFIC = "application/vnd.";

  private Described() {}

  /** The description of whatever a tag points to. */
  static Optional<Descriptor> fully(UpstreamDescriptor said) {
    return said.digest().flatMap(digest -> as(digest, said));
  }

  /** The description of this digest; an upstream need not repeat it, but must not say another. */
  static Optional<Descriptor> as(Digest digest, UpstreamDescriptor said) {
    boolean usable =
        said.digest().map(digest::equals).orElse(true)
            && said.size().orElse(0) > 0
            && said.mediaType().startsWith(SPECIFIC);
    return usable
        ? Optional.of(new Descriptor(said.mediaType(), digest, said.size().getAsLong()))
        : Optional.empty();
  }
}
