package dev.entrepot.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * A JVM with this one's classes that starts quickly, for programs that run many times and never
 * long. The first that comes to its end leaves an archive of its classes to those that follow.
 */
public final class QuickStart {

  private final String classPath;
  private final Path archive;

  private QuickStart(String classPath, Path archive) {
    this.classPath = classPath;
    this.archive = archive;
  }

  /** Puts what it needs into this directory. */
  public static QuickStart in(Path directory) {
    return new QuickStart(
        packed(directory.resolve("classes.jar")), directory.resolve("classes.jsa"));
  }

  /** The command that runs a class, without its arguments. */
  public List<String> command(Class<?> main, String... flags) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + archive,
                "-Xlog:disable",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", classPath, main.getName()));
    return command;
  }

  /** Archives hold no classes that lie in directories. */
  private static String packed(Path jar) {
    var path = new ArrayList<String>();
    var names = new HashSet<String>();
    try (var packing = new JarOutputStream(Files.newOutputStream(jar))) {
      path.add(jar.toString());
      for (var entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        if (Files.isDirectory(Path.of(entry))) {
          pack(Path.of(entry), names, packing);
        } else if (Files.exists(Path.of(entry))) {
          path.add(entry);
        }
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(
          "tried to pack classes into " + jar + " but could not", broken);
    }
    return String.join(File.pathSeparator, path);
  }

  private static void pack(Path directory, Set<String> names, JarOutputStream packing)
      throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var name = directory.relativize(file).toString();
        if (names.add(name)) {
          packing.putNextEntry(new JarEntry(name));
          Files.copy(file, packing);
        }
      }
    }
  }
}
