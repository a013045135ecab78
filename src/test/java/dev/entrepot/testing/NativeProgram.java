package dev.entrepot.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Finds the real programs that some tests run. */
public final class NativeProgram {

  private NativeProgram() {}

  /**
   * Where the program is; without it the test is skipped, or fails when the environment says
   * CI=true.
   */
  public static Path require(String name) {
    var found = find(name);
    if (found.isEmpty()) {
      missing("this test runs the program '" + name + "' but it is not installed");
    }
    return found.orElseThrow();
  }

  /** Skips the test, or fails it when CI=true, unless it runs as root. */
  public static void requireRoot() {
    if (!"root".equals(System.getProperty("user.name"))) {
      missing("this test starts containers and so needs root");
    }
  }

  /** Skips the test, or fails it when CI=true, unless the machine allows what it needs. */
  public static void requireThat(boolean allowed, String otherwise) {
    if (!allowed) {
      missing(otherwise);
    }
  }

  private static void missing(String message) {
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(message);
    }
    Assumptions.abort(message);
  }

  private static Optional<Path> find(String name) {
    var directories =
        Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator);
    // Debian keeps runc where only root's PATH looks.
    return Stream.concat(Stream.of(directories), Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
