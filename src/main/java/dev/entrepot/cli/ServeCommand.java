package dev.entrepot.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs the proxy. */
@Command(
    name = "serve",
    description = "Run the proxy (also without a command).",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @Override
  public Integer call() {
    Server.start(configuration.load());
    return EntrepotCommand.KEEPS_RUNNING;
  }
}
