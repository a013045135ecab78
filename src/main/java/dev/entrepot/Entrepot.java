package dev.entrepot;

import dev.entrepot.cli.EntrepotCommand;

/** The program's entry point. */
public final class Entrepot {

  private Entrepot() {}

  public static void main(String[] arguments) {
    int exitCode = EntrepotCommand.run(arguments);
    if (exitCode != EntrepotCommand.KEEPS_RUNNING) {
      System.exit(exitCode);
    }
  }
}
