package dev.entrepot.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program as a person meets it on the command line. */
@Command(
    name = "entrepot",
    description = "An authenticating pull-through proxy for OCI registries.",
    subcommands = {ServeCommand.class, DemoCommand.class, NodeCommand.class, CertsCommand.class},
    mixinStandardHelpOptions = true,
    versionProvider = BuildVersion.class,
    footer = {
      "",
      "Without a command, `serve` is meant. `entrepot COMMAND --help` tells more.",
      "The commented defaults of every setting are in application.yaml."
    })
public final class EntrepotCommand implements Runnable {

  /** Not an exit code: a server was started and the JVM lives as long as it does. */
  public static final int KEEPS_RUNNING = -1;

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final Set<String> ANSWERED_HERE = Set.of("--help", "-h", "--version", "-V");

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the field in
  EntrepotCommand() {}

  /** Runs the command line and returns the exit code, or {@link #KEEPS_RUNNING}. */
  public static int run(String... arguments) {
    return run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments);
  }

  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine commandLine = new CommandLine(new EntrepotCommand()).setOut(out).setErr(err);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(EntrepotCommand::explain);
    return commandLine.execute(withCommand(commandLine, arguments));
  }

  private static String[] withCommand(CommandLine commandLine, String[] arguments) {
    boolean named =
        Arrays.stream(arguments)
            .anyMatch(
                argument ->
                    ANSWERED_HERE.contains(argument)
                        || commandLine.getSubcommands().containsKey(argument));
    boolean mistaken = arguments.length > 0 && !arguments[0].startsWith("-");
    if (named || mistaken) {
      return arguments;
    }
    List<String> serving = new ArrayList<>(List.of("serve"));
    serving.addAll(List.of(arguments));
    return serving.toArray(String[]::new);
  }

  private static int explain(Exception error, CommandLine command, CommandLine.ParseResult parsed) {
    if (error instanceof UsageException) {
      command.getErr().println("entrepot: " + error.getMessage());
      return WRONG_USAGE;
    }
    command.getErr().println("entrepot: " + Failures.sentence(error));
    return FAILED;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
