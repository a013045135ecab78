package dev.entrepot.manifest;

import java.util.Locale;
import java.util.Set;

/**
 * What an image runs on, such as {@code linux/arm64}. The variant every machine of its kind has is
 * left out.
 *
 * @param variant empty if there is none
 */
public record Platform(String os, String architecture, String variant) {

  private static final Set<String> USUAL = Set.of("arm64/v8", "amd64/v1");

  public Platform {
    os = os.toLowerCase(Locale.ROOT);
    architecture = architecture.toLowerCase(Locale.ROOT);
    variant = USUAL.contains(architecture + "/" + variant) ? "" : variant.toLowerCase(Locale.ROOT);
  }

  /** Reads {@code os/architecture} or {@code os/architecture/variant}. */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3 || text.startsWith("/") || text.endsWith("/")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no platform; say for example linux/amd64 or linux/arm/v7");
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
  }

  /** What containers on this machine run on. */
  public static Platform ofThisMachine() {
    String machine = System.getProperty("os.arch", "amd64");
    String architecture =
        switch (machine) {
          case "x86_64", "x64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> machine;
        };
    return new Platform("linux", architecture, "");
  }

  /** Whether this is what was asked for; who asks without a variant takes any. */
  public boolean satisfies(Platform wanted) {
    return os.equals(wanted.os)
        && architecture.equals(wanted.architecture)
        && (wanted.variant.isEmpty() || variant.equals(wanted.variant));
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
