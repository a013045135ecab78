package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.RegistryException;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryName;
import dev.entrepot.oci.Tag;
import java.util.Optional;
import java.util.function.Function;

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

  /** The host that is spelled so, if any is. */
  static Optional<RegistryHost> host(String name) {
    String text =
        name.startsWith("[")
            ? name.replace('_', ':')
            : name.replace("__", "\0").replace('_', ':').replace('\0', '_');
    return named(text, RegistryHost::new, FileNames::of, name);
  }

  /** The repository that is spelled so, if any is. */
  static Optional<RepositoryName> repository(String name) {
    return named(name.replace('+', '/'), RepositoryName::new, FileNames::of, name);
  }

  /** The digest that is spelled so, if any is. */
  static Optional<Digest> digest(String name) {
    return named(name.replace('-', ':'), Digest::parse, FileNames::of, name);
  }

  /** The tag that is spelled so, if any is. */
  static Optional<Tag> tag(String name) {
    return named(name, Tag::new, FileNames::of, name);
  }

  /** Only what would be spelled so again: others put files here, too. */
  private static <T> Optional<T> named(
      String text, Function<String, T> parse, Function<T, String> spell, String name) {
    try {
      return Optional.of(parse.apply(text)).filter(parsed -> spell.apply(parsed).equals(name));
    } catch (RegistryException _) {
      return Optional.empty();
    }
  }
}
