package dev.entrepot.node;

/** The text of a {@code _default/hosts.toml} that every containerd from 1.6 to 2.4 reads alike. */
final class HostsToml {

  private HostsToml() {}

  /**
   * Renders the file.
   *
   * @param certs the directory containerd's {@code config_path} names, as the node sees it
   * @param ca where the CA lies, as the node sees it; used only if the mirror has one and speaks
   *     TLS
   */
  static String render(Mirror mirror, String certs, String ca) {
    return MarkedFile.MARKER
        + explanation(mirror, certs, ca)
        + (mirror.strict() ? strict(mirror, ca) : fallback(mirror, ca));
  }

  /** Whether the rendered file names a CA. */
  static boolean namesCa(Mirror mirror) {
    return mirror.isTls() && mirror.ca().isPresent();
  }

  // An unknown capability makes containerd drop the whole file, and "referrers" is unknown before
  // 2.2.
  private static String fallback(Mirror mirror, String ca) {
    return """
    [host."%s"]
      capabilities = ["pull", "resolve"]
    %s  dial_timeout = "2s"
    """
        .formatted(mirror.url(), namesCa(mirror) ? "  ca = \"%s\"\n".formatted(ca) : "");
  }

  // Before 1.7.32 a file that has no host tree is dropped, so an empty one ends it.
  private static String strict(Mirror mirror, String ca) {
    return """
    server = "%s"
    capabilities = ["pull", "resolve"]
    %s[host]
    """
        .formatted(mirror.url(), namesCa(mirror) ? "ca = \"%s\"\n".formatted(ca) : "");
  }

  private static String explanation(Mirror mirror, String certs, String ca) {
    return """
    # Place: %1$s/_default/hosts.toml; containerd reads it anew for every pull.
    # %2$s
    # %3$s
    #
    # containerd looks here only if its config.toml says so; restart it after a change there.
    #   containerd 1.x, version = 2:  [plugins."io.containerd.grpc.v1.cri".registry]
    #                                   config_path = "%1$s"
    #   containerd 2.x, version = 3:  [plugins."io.containerd.cri.v1.images".registry]
    #                                   config_path = "%1$s"
    # Name this one directory. A list with a colon, which is what 2.2 and later take unasked, is read
    # as one directory that does not exist, and every mirror is passed over without a word.
    # Any other directory beside _default, such as docker.io, hides this file from that registry's images.

    """
        .formatted(
            certs,
            mirror.strict()
                ? "Images come through the mirror or not at all."
                : "Where the mirror fails, containerd asks the image's own registry.",
            trust(mirror, ca));
  }

  private static String trust(Mirror mirror, String ca) {
    if (!mirror.isTls()) {
      return "The mirror is reached without TLS.";
    }
    return namesCa(mirror)
        ? "The CA must be in place before this file, or every pull fails: " + ca
        : "No CA was given: the mirror's certificate must be one that the node's system trusts.";
  }
}
