package dev.entrepot.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The registries.conf that skopeo and podman read in a test's directory. */
public final class RegistriesConf {

  private RegistriesConf() {}

  /** Replaces it by this text. */
  public static void write(Path directory, String toml) {
    try {
      Files.writeString(directory.resolve("registries.conf"), toml);
    } catch (IOException broken) {
      throw new UncheckedIOException("tried to write registries.conf but could not", broken);
    }
  }

  /** Where it is; empty until a test writes it. */
  static Path file(Path directory) {
    var file = directory.resolve("registries.conf");
    if (!Files.exists(file)) {
      write(directory, "");
    }
    return file;
  }
}
