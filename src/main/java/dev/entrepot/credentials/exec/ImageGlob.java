package dev.entrepot.credentials.exec;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One of kubelet's {@code matchImages}: the port must be the same, each label of the host is a glob
 * of its own, and the path is the start of the image's, letter by letter. Does what {@code
 * urlsMatch} of kubelet does (pkg/credentialprovider/keyring.go), not what its documentation says.
 */
record ImageGlob(List<Pattern> labels, String port, String path) {

  /** Names of images here never have this port. */
  private static final String DEFAULT_PORT = "443";

  /** The glob as it is written; none if no image can match it. */
  static Optional<ImageGlob> of(String text) {
    Name name = Name.of(text);
    if (name.host().isEmpty() || !name.port().matches("[0-9]*") || name.path().startsWith("//")) {
      return Optional.empty();
    }
    List<Optional<Pattern>> labels =
        name.labels().stream()
            .map(label -> name.isAddress() ? Optional.of(literal(label)) : LabelGlob.of(label))
            .toList();
    return labels.stream().anyMatch(Optional::isEmpty)
        ? Optional.empty()
        : Optional.of(
            new ImageGlob(
                labels.stream().flatMap(Optional::stream).toList(),
                name.port().equals(DEFAULT_PORT) ? "" : name.port(),
                name.path()));
  }

  /**
   * Whether it is for this image.
   *
   * @param image registry and repository, without tag and digest
   */
  boolean matches(String image) {
    Name name = Name.of(image);
    List<String> parts = name.labels();
    if (!port.equals(name.port())
        || labels.size() != parts.size()
        || !name.path().startsWith(path)) {
      return false;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!labels.get(i).matcher(parts.get(i)).matches()) {
        return false;
      }
    }
    return true;
  }

  private static Pattern literal(String text) {
    return Pattern.compile(Pattern.quote(text));
  }

  /** Host, port and path of an image or a glob; the path begins with its slash. */
  private record Name(String host, String port, String path) {

    static Name of(String text) {
      int slash = text.indexOf('/');
      String authority = slash < 0 ? text : text.substring(0, slash);
      String path = slash < 0 ? "" : text.substring(slash);
      int colon = authority.lastIndexOf(':');
      return colon < 0 || authority.endsWith("]")
          ? new Name(authority, "", path)
          : new Name(authority.substring(0, colon), authority.substring(colon + 1), path);
    }

    boolean isAddress() {
      return host.startsWith("[") && host.contains(":");
    }

    List<String> labels() {
      return isAddress() ? List.of(host) : List.of(host.split("\\.", -1));
    }
  }
}
