package dev.entrepot;

import dev.entrepot.cli.EntrepotCommand;
import java.util.Map;

/** The program's entry point. */
public final class Entrepot {

  /**
   * How Netty is to be, which reads these once, when it is first used. Network buffers come in
   * chunks of 1 MiB, of which each event loop sets few aside: what a thousand connections held for
   * a moment is given back. And an event loop reads from its connections after no more than 100 ms
   * of writing to them, not after a second: with a crowd of readers there is always more to write,
   * and whoever comes next waits to be heard.
   */
  private static final Map<String, String> NETTY =
      Map.of(
          "io.netty.allocator.maxOrder", "7",
          "io.netty.allocator.smallCacheSize", "32",
          "io.netty.allocator.normalCacheSize", "8",
          "io.netty.eventLoop.maxTaskProcessingQuantumMs", "100");

  private Entrepot() {}

  public static void main(String[] arguments) {
    NETTY.forEach(Entrepot::unlessSaidOtherwise);
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
