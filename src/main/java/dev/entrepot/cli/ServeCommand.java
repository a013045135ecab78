package dev.entrepot.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.springframework.core.io.ClassPathResource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the proxy. */
@Command(
    name = "serve",
    description = "Run the proxy (also without a command).",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Option(
      names = "--defaults",
      description = "Print every setting with its default, as YAML with comments, and end.")
  private boolean defaults;

  @Spec private CommandSpec spec;

  @Mixin private ConfigurationOptions configuration = new ConfigurationOptions();

  @SuppressWarnings("NullAway.Init") // picocli fills the fields in
  ServeCommand() {}

  @Override
  public Integer call() throws IOException {
    if (defaults) {
      PrintWriter out = spec.commandLine().getOut();
      out.print(new ClassPathResource("application.yaml").getContentAsString(UTF_8));
      out.flush();
      return 0;
    }
    Server.startAndFollow(configuration.load());
    return EntrepotCommand.KEEPS_RUNNING;
  }
}
