package dev.entrepot;

import dev.entrepot.cli.EntrepotCommand;
import java.util.Map;

/** The program's entry point. */
public final class Entrepot {

  /**
   * Network buffers in chunks of 1 MiB, of which each event loop sets few aside: what a thousand
   * connections held for a moment is given back. Netty reads these once, when it is first used.
   */
  private static final Map<String, String> NETWORK_BUFFERS =
      Map.of(
          "io.netty.allocator.maxOrder", "7",
          "io.netty.allocator.smallCacheSize", "32",
          "io.netty.allocator.normalCacheSize", "8");

  private Entrepot() {}

  public static void main(String[] arguments) {
    NETWORK_BUFFERS.forEach(Entrepot::unlessSaidOtherwise);
    int exitCode = EntrepotCommand.run(arguments);
    if (exitCode != EntrepotCommand.KEEPS_RUNNING) {
      System.exit(exitCode);
    }
  }

  private static void unlessSaidOtherwise(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
