package dev.entrepot.cache;

import dev.entrepot.oci.Digest;
import dev.entrepot.oci.Reference;
import dev.entrepot.oci.RegistryHost;
import dev.entrepot.oci.RepositoryAddress;
import dev.entrepot.oci.Tag;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which repositories are known, and by what names they hold something. Every method blocks.
 *
 * <p>What the disk does not say yet is looked at before the disk: what is written in between is
 * seen twice rather than not at all.
 */
final class Repositories {

  private static final Logger log = LoggerFactory.getLogger(Repositories.class);
  private static final String JSON = ".json";
  private static final String DIGEST = "+digest";

  private final CacheDirectory directory;
  private final Links links;
  private final Tags tags;

  Repositories(CacheDirectory directory, Links links, Tags tags) {
    this.directory = directory;
    this.links = links;
    this.tags = tags;
  }

  /** All of them, in order. */
  Set<RepositoryAddress> all() {
    Set<RepositoryAddress> found = ordered();
    links.forEachUnwritten((address, _, _) -> found.add(address));
    tags.forEachUnwritten((address, _) -> found.add(address));
    directories(
        directory.upstreams(),
        host ->
            FileNames.host(name(host)).ifPresent(registry -> repositories(host, registry, found)));
    return found;
  }

  Set<Tag> tags(RepositoryAddress address) {
    Set<Tag> found = ordered();
    tags.forEachUnwritten(
        (repository, tag) -> {
          if (repository.equals(address)) {
            found.add(tag);
          }
        });
    records(address, "tags", FileNames::tag, found::add);
    return found;
  }

  Set<Digest> links(RepositoryAddress address, Links.Kind kind) {
    Set<Digest> found = ordered();
    links.forEachUnwritten(
        (repository, unwritten, digest) -> {
          if (repository.equals(address) && unwritten == kind) {
            found.add(digest);
          }
        });
    records(address, kind.name().toLowerCase(Locale.ROOT) + "s", FileNames::digest, found::add);
    return found;
  }

  Set<Reference> pins(RepositoryAddress address) {
    Set<Reference> found = ordered();
    records(address, "pins", Repositories::reference, found::add);
    return found;
  }

  private void repositories(Path host, RegistryHost registry, Set<RepositoryAddress> found) {
    directories(
        host,
        path ->
            FileNames.repository(name(path))
                .ifPresent(repository -> found.add(new RepositoryAddress(registry, repository))));
  }

  private <T> void records(
      RepositoryAddress address,
      String kinds,
      Function<String, Optional<T>> parse,
      Consumer<T> found) {
    Path repository = directory.repository(address);
    Path parent = repository.getParent();
    if (parent == null || !isDirectory(parent) || !isDirectory(repository)) {
      return;
    }
    each(
        repository.resolve(kinds),
        path -> {
          String name = name(path);
          if (name.endsWith(JSON)) {
            parse.apply(name.substring(0, name.length() - JSON.length())).ifPresent(found);
          }
        });
  }

  private static Optional<Reference> reference(String name) {
    return name.endsWith(DIGEST)
        ? FileNames.digest(name.substring(0, name.length() - DIGEST.length()))
            .map(digest -> (Reference) digest)
        : FileNames.tag(name).map(tag -> (Reference) tag);
  }

  private static void directories(Path parent, Consumer<Path> action) {
    each(
        parent,
        path -> {
          if (isDirectory(path)) {
            action.accept(path);
          }
        });
  }

  /** What cannot be listed holds nothing. */
  private static void each(Path parent, Consumer<Path> action) {
    if (!isDirectory(parent)) {
      return;
    }
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(parent)) {
      paths.forEach(action);
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("directory not listed path={} reason={}", parent, e.toString());
    }
  }

  private static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static <T> Set<T> ordered() {
    return new TreeSet<>(Comparator.comparing(Object::toString));
  }
}
