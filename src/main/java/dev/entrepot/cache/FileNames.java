package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.Tag;

/**
 * How names of the protocol are spelled as file names. No two names are spelled alike: no host may
 * pass for another with a port.
 */
final class FileNames {

  private FileNames() {}

  /** {@code registry.corp:5000} is {@code registry.corp_5000}; an underscore is doubled. */
  static String of(RegistryHost host) {
    String text = host.value();
    boolean isAddress = text.startsWith("[");
    return (isAddress ? text : text.replace("_", "__")).replace(':', '_');
  }

  /** {@code library/nginx} is {@code library+nginx}. */
  static String of(RepositoryName repository) {
    return repository.value().replace('/', '+');
  }

  /** {@code sha256:9f86…} is {@code sha256-9f86…}. */
  static String of(Digest digest) {
    return digest.algorithm() + "-" + digest.hex();
  }

  /** As it is: its grammar allows nothing that means something to a file system. */
  static String of(Tag tag) {
    return tag.value();
  }
}
