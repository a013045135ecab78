package dev.entrepot.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Which build this is, from what Maven wrote down. */
final class BuildVersion implements IVersionProvider {

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"entrepot " + text()};
  }

  static String text() throws IOException {
    Properties build = new Properties();
    try (InputStream written = BuildVersion.class.getResourceAsStream("/git.properties")) {
      if (written != null) {
        build.load(written);
      }
    }
    return build.getProperty("git.build.version", packaged())
        + " (commit "
        + build.getProperty("git.commit.id.abbrev", "unknown")
        + ")";
  }

  /** What the jar says of itself, for builds outside a Git checkout. */
  private static String packaged() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }
}
