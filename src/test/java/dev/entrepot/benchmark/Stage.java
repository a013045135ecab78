package dev.entrepot.benchmark;

import dev.entrepot.testing.TestCertificates;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import org.springframework.util.FileSystemUtils;

/**
 * Where measurements take place, and how large they are.
 *
 * @param jar the program to measure
 * @param flags of its JVM
 * @param scale what sizes and numbers of clients are multiplied by; 1 for real
 * @param runs how many times each thing is measured
 */
record Stage(
    Path jar,
    List<String> flags,
    Path directory,
    TestCertificates authority,
    TestCertificates.Issued certificate,
    PrintStream out,
    double scale,
    int runs) {

  private static final long MIB = 1 << 20;
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final int WARMING_CLIENTS = 8;

  SSLContext trust() {
    return authority.trust();
  }

  /** So many MiB, at this scale. */
  long mebibytes(long count) {
    return Math.max(MIB, ((long) (count * scale)) * MIB);
  }

  /** So many of something, at this scale. */
  int scaled(int count) {
    return Math.max(2, (int) (count * scale));
  }

  /** Blobs of so many bytes, as files. */
  List<Path> blobs(String name, int count, long size) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int blob = 0; blob < count; blob++) {
      Path file = fresh(name + "-blobs").resolve("blob");
      files.add(DistantUpstream.write(file, name.hashCode() + blob, size));
    }
    return files;
  }

  /** Entrepot before this upstream, its JVM having compiled what a cold pull takes. */
  EntrepotProcess entrepot(DistantUpstream upstream, String... arguments) throws IOException {
    String settings =
        """
        upstreams:
          - match: registry.example
            endpoints: [%s]
        """
            .formatted(upstream.uri());
    EntrepotProcess entrepot =
        EntrepotProcess.start(jar, flags, fresh("entrepot"), certificate, settings, arguments);
    try {
      TimedPull.keepOn(
          WARMING_CLIENTS, WARM_UP, entrepot.peer(), upstream::pathOfSmallBlob, trust());
      return entrepot;
    } catch (RuntimeException e) {
      entrepot.close();
      throw e;
    }
  }

  Nginx nginxCache(URI upstream) throws IOException {
    return Nginx.startCache(fresh("nginx"), upstream, certificate);
  }

  /** A directory that is nobody else's. */
  Path fresh(String name) throws IOException {
    return Files.createTempDirectory(directory, name);
  }

  /** Gives the disk back what a measurement has put there. */
  void sweep() throws IOException {
    try (var left = Files.list(directory)) {
      for (Path path : left.toList()) {
        FileSystemUtils.deleteRecursively(path);
      }
    }
  }

  void title(String text, Object... arguments) {
    out.printf(Locale.ROOT, "%n" + text + "%n", arguments);
  }

  void line(String text, Object... arguments) {
    out.printf(Locale.ROOT, "  " + text + "%n", arguments);
  }
}
