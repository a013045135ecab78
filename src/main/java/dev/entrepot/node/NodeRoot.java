package dev.entrepot.node;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A node's file tree, in which links lead where the node itself would find them: never out of it.
 */
final class NodeRoot {

  private static final int MOST_LINKS = 40;

  private final Path root;

  private NodeRoot(Path root) {
    this.root = root;
  }

  static NodeRoot of(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      throw new NodeConfigurationException(
          "tried to use %s as the node's root but it is not a directory".formatted(root));
    }
    return new NodeRoot(root.toRealPath());
  }

  /** Where the file or directory of that absolute path lies, if it is there. */
  Optional<Path> find(Path path) throws IOException {
    return walk(path, false);
  }

  /** The directory of that absolute path, made if it is missing. */
  Path directory(Path path) throws IOException {
    var directory = walk(path, true).orElseThrow();
    if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
      throw new NodeConfigurationException(
          "tried to write into %s but it is not a directory".formatted(directory));
    }
    return directory;
  }

  private Optional<Path> walk(Path path, boolean create) throws IOException {
    Deque<Path> ahead = new ArrayDeque<>();
    path.forEach(ahead::addLast);
    var here = root;
    var links = 0;
    // While more names than these are ahead, we are on our way along some link.
    var beyondLink = Integer.MAX_VALUE;
    while (!ahead.isEmpty()) {
      var name = ahead.removeFirst().toString();
      var next = here.resolve(name);
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        here = here.equals(root) ? root : Optional.ofNullable(here.getParent()).orElse(root);
      } else if (Files.isSymbolicLink(next)) {
        if (++links > MOST_LINKS) {
          throw new NodeConfigurationException(
              "tried to find %s under %s but its links lead in a circle".formatted(path, root));
        }
        beyondLink = Math.min(beyondLink, ahead.size());
        here = follow(next, here, ahead);
      } else if (Files.exists(next, NOFOLLOW_LINKS)) {
        here = next;
      } else if (!create) {
        return Optional.empty();
      } else if (ahead.size() >= beyondLink) {
        throw new NodeConfigurationException(
            "tried to write into %s under %s but a link on the way leads to what is not there: %s"
                .formatted(path, root, next));
      } else {
        Files.createDirectory(next);
        MarkedFile.sync(here);
        here = next;
      }
    }
    return Optional.of(here);
  }

  private Path follow(Path link, Path from, Deque<Path> ahead) throws IOException {
    var target = Files.readSymbolicLink(link);
    for (var i = target.getNameCount() - 1; i >= 0; i--) {
      ahead.addFirst(target.getName(i));
    }
    return target.isAbsolute() ? root : from;
  }
}
